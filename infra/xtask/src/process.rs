//! Starts other programs and tells clearly when they fail.

use std::env;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The cargo that runs this tool, in the workspace's folder.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace.root());
    command
}

/// Runs the command to its end with its output shown; anything but success is an error that quotes it.
pub fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs the command to its end without input and returns how it ended.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).status().with_context(|| format!("`{}` could not be started", line(command)))
}

/// Runs the command and returns what it printed; anything but success is an error with what it said.
pub fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("`{}` could not be started", line(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` ended with {}: {}", line(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not print text", line(command)))
}

/// Runs the command for at most `limit` and kills it then; false when it failed or was killed.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<bool> {
    let mut child = match command.stdin(Stdio::null()).spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        spawned => spawned.with_context(|| format!("`{}` could not be started", line(command)))?,
    };
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        // The standard library has no wait with a time limit.
        sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// The program's place in `PATH`, if it is there. The system's suffix is added to a name that has none.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = if name.contains('.') { name.to_owned() } else { format!("{name}{}", env::consts::EXE_SUFFIX) };
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let words = std::iter::once(program.file_stem().unwrap_or(program.as_os_str())).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_quoted_as_it_was_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["build", "-p", "basic"]);
        assert_eq!(line(&command), "cargo build -p basic");
    }

    #[test]
    fn a_program_that_is_not_there_is_no_success_and_no_failure_of_ours() {
        let mut missing = Command::new("no-program-has-this-name");
        assert!(!run_within(&mut missing, Duration::from_secs(1)).unwrap());
        assert!(find("no-program-has-this-name").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_hangs_is_ended_at_its_limit() {
        let start = Instant::now();
        let ended = run_within(Command::new("sleep").arg("600"), Duration::from_millis(50)).unwrap();
        assert!(!ended);
        assert!(start.elapsed() < Duration::from_secs(300), "the child was waited for instead of killed");
    }

    #[test]
    fn a_failure_quotes_the_command() {
        let error = run(Command::new("cargo").arg("no-such-command").stderr(Stdio::null())).unwrap_err();
        assert!(error.to_string().starts_with("`cargo no-such-command` ended with"), "{error}");
    }
}
