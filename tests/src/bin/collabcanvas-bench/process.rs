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
        Cost::of(self.id())
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

/// CPU time since a process began, of all its threads, those that have ended too: none where the kernel does not tell.
#[derive(Clone, Copy, Debug)]
pub struct Cost(Option<Duration>);

impl Cost {
    /// Of this process.
    pub fn own() -> Self {
        Self::of(std::process::id())
    }

    #[cfg(target_os = "linux")]
    fn of(process: u32) -> Self {
        use nix::time::{clock_getcpuclockid, clock_gettime};

        let id = nix::unistd::Pid::from_raw(process.cast_signed());
        Self(clock_getcpuclockid(id).and_then(clock_gettime).ok().map(Duration::from))
    }

    #[cfg(not(target_os = "linux"))]
    fn of(_process: u32) -> Self {
        Self(None)
    }

    /// What was spent between an earlier reading and this one.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        Some(self.0?.saturating_sub(earlier.0?))
    }
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_thread_that_has_ended_is_not_lost() {
        let spin = || {
            let began = Cost::own();
            while Cost::own().since(began) < Some(Duration::from_millis(5)) {}
            Cost::own()
        };
        let while_it_ran = std::thread::spawn(spin).join().unwrap();
        let after = Cost::own();
        assert!(after.0.is_some() && after.0 >= while_it_ran.0, "{after:?} after {while_it_ran:?}");
    }
}
