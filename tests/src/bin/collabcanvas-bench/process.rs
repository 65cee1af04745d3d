//! Processes: starting them on a core of their own, ending them, and what the kernel knows of what they cost.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

/// The core of what is measured.
const MEASURED_CORE: &str = "0";
/// The core of the people.
const PEOPLE_CORE: &str = "1";
/// Open files that 2,000 connections and their rooms need.
const FILES: &str = "16384:";

/// Gives the people a core of their own, and enough open files. Where that is not to be had (it takes Linux, two
/// cores and util-linux), everything shares: the figures are then only roughly comparable.
pub fn prepare_this_process() {
    let own = std::process::id().to_string();
    if !has_two_cores() || !quietly("taskset", &["--cpu-list", "--pid", PEOPLE_CORE, &own]) {
        eprintln!("note: what is measured and who measures share the cores of this machine");
    }
    if !quietly("prlimit", &["--pid", &own, &format!("--nofile={FILES}")]) {
        eprintln!("note: the limit of open files could not be raised: scenarios with many connections may fail");
    }
}

fn has_two_cores() -> bool {
    // Asked before this process is pinned; children that ask later see one.
    static CORES: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2))
}

fn quietly(program: &str, arguments: &[&str]) -> bool {
    let ran = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ran.is_ok_and(|status| status.success())
}

/// A command that runs on the core of what is measured.
pub fn on_its_own_core(program: impl AsRef<OsStr>) -> Command {
    on_core(MEASURED_CORE, program)
}

/// A command that takes nothing from what is measured: it runs on the people's core, when they do not want it.
pub fn in_the_background(program: impl AsRef<OsStr>) -> Command {
    const LEAST: [&str; 2] = ["-n", "19"];
    if !quietly("nice", &[LEAST[0], LEAST[1], "true"]) {
        return on_core(PEOPLE_CORE, program);
    }
    let mut command = on_core(PEOPLE_CORE, "nice");
    command.args(LEAST).arg(program);
    command
}

fn on_core(core: &str, program: impl AsRef<OsStr>) -> Command {
    if has_two_cores() && quietly("taskset", &["--cpu-list", core, "true"]) {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(program);
        return command;
    }
    Command::new(program)
}

/// A process that is killed when this is dropped, whatever happens.
pub struct Process {
    child: Child,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().to_owned();
        let child = command.spawn().with_context(|| format!("{} does not start", program.display()))?;
        Ok(Self { child })
    }

    /// What it writes to its standard output, when that was asked to be a pipe.
    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// How it ended, if it has.
    pub fn has_ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Its id: `taskset` becomes the program that it starts.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end in order, and waits until it has.
    pub fn end_in_order(mut self) -> Result<()> {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        anyhow::ensure!(asked.success(), "the process {} cannot be asked to end", self.id());
        self.child.wait()?;
        Ok(())
    }

    /// What it has cost so far.
    pub fn cost(&self) -> Cost {
        Cost::of(&self.id().to_string())
    }

    /// Its memory in bytes.
    pub fn memory(&self) -> Result<u64> {
        memory(&self.id().to_string())
    }
}

/// This process's memory in bytes.
pub fn own_memory() -> Result<u64> {
    memory("self")
}

/// CPU time since a process began: none where the kernel does not tell.
#[derive(Clone, Copy, Debug)]
pub struct Cost(Option<Duration>);

impl Cost {
    /// Of this process.
    pub fn own() -> Self {
        Self::of("self")
    }

    fn of(process: &str) -> Self {
        Self(threads_time(process).ok().or_else(|| process_time(process)))
    }

    /// What was spent between an earlier reading and this one.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        Some(self.0?.saturating_sub(earlier.0?))
    }
}

/// The time on a core of all threads that live, to the nanosecond. Threads of tokio and SQLite outlive a measurement.
fn threads_time(process: &str) -> Result<Duration> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let path = thread?.path().join("schedstat");
        // A thread may end between the listing and here.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let first = text.split(' ').next().unwrap_or_default();
        nanoseconds += first.parse::<u64>().with_context(|| format!("{} holds {text:?}", path.display()))?;
    }
    anyhow::ensure!(nanoseconds > 0, "this kernel does not keep scheduler statistics");
    Ok(Duration::from_nanos(nanoseconds))
}

/// User and system time of a process, in hundredths of a second (`man 5 proc`, fields 14 and 15 of `stat`).
fn process_time(process: &str) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in parentheses, may hold anything.
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * 10))
}

/// Bytes that would be free again if the process ended: its own pages, and its share of those that others map too.
fn memory(process: &str) -> Result<u64> {
    let path = PathBuf::from(format!("/proc/{process}/smaps_rollup"));
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read: memory is measured on Linux only", path.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    Ok(kilobytes.context("the kernel's account of a process's memory has no line Pss")? * 1024)
}
