//! A program that ends with the test, also when the test is killed, and can be stopped at any moment.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// Runs the program below a shell that kills it as soon as its own input ends, which it does when this process ends,
/// however it does. Linux could ask the kernel for that, but only in the name of a thread.
const GUARD: &str = r#"
log=$1; shift
exec 3<&0 2> /dev/null
"$@" < /dev/null >> "$log" 2>&1 3<&- &
program=$!
echo $program
exec >&-
(read -r _ <&3; kill -9 $program) &
watcher=$!
wait $program
status=$?
kill $watcher
exit $status
"#;

/// A running program. Dropping it kills it.
pub struct Guarded {
    guard: Child,
    pid: Pid,
}

impl Guarded {
    /// Starts a program that writes its output to the end of `log`.
    pub fn start(program: &Path, arguments: &[OsString], log: &Path) -> anyhow::Result<Self> {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(log).arg(program).args(arguments);
        // What these tests look at needs no web interface, which may not have been built yet.
        guard.env_remove("COLLABCANVAS_WEB").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guard = guard.spawn().with_context(|| format!("could not start {}", program.display()))?;
        let mut line = String::new();
        BufReader::new(guard.stdout.take().context("the guard has an output")?).read_line(&mut line)?;
        let pid = line.trim().parse().ok().and_then(Pid::from_raw);
        Ok(Self { guard, pid: pid.with_context(|| format!("the guard says the process id, not {line:?}"))? })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.guard.try_wait()?)
    }

    /// Ends it without a word, as `kill -9` does. When this returns, it is gone.
    pub fn kill(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }

    /// Stops it where it is: it keeps its sockets and its memory, and does nothing.
    pub fn pause(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Has it go on after [`Guarded::pause`].
    pub fn resume(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks it to end, as an operator does. It may take its time.
    pub fn ask_to_end(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)
    }

    /// One that has ended already hears nothing.
    fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if self.ended()?.is_some() {
            return Ok(());
        }
        match kill_process(self.pid, signal) {
            Err(Errno::SRCH) => Ok(()),
            result => Ok(result?),
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}
