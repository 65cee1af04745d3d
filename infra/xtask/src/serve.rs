//! Builds everything and serves a canvas from this checkout.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::step::{Outcome, say, step};
use crate::workspace::Workspace;
use crate::{plugins, process, web};

/// Builds plugins, web and server, then becomes the server.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let (own, servers) = match arguments.iter().position(|argument| argument == "--") {
        Some(place) => (&arguments[..place], &arguments[place + 1..]),
        None => (arguments, &[][..]),
    };
    let profile = match own {
        [] => "debug",
        [option] if option == "--release" => "release",
        [other, ..] => bail!("`serve` knows --release, not `{other}`; the server's own arguments follow after `--`"),
    };
    plugins::build_plugins(workspace)?;
    web::build(workspace)?;
    build_server(workspace, profile)?;
    say("");
    let mut server = Command::new(workspace.program(profile, "collabcanvas"));
    let is_set = |variable: &str| std::env::var_os(variable).is_some();
    server.arg("serve").args(with_defaults(workspace, servers, is_set)).current_dir(workspace.root());
    become_program(server)
}

/// Builds the server's program in the profile's folder.
pub fn build_server(workspace: &Workspace, profile: &str) -> Result<()> {
    step("server", || {
        let mut command = process::cargo(workspace);
        // The whole workspace's features, as the tests have them: alone, the server would compile
        // Wasmtime a second time.
        command.args(["build", "--workspace", "--bin", "collabcanvas"]);
        if profile == "release" {
            command.arg("--release");
        }
        process::run(&mut command)?;
        let program = workspace.program(profile, "collabcanvas");
        Ok(Outcome::Done(workspace.relative(&program).display().to_string()))
    })
}

/// The server's arguments: where this checkout keeps things, but for what the person said otherwise.
fn with_defaults(workspace: &Workspace, given: &[String], is_set: impl Fn(&str) -> bool) -> Vec<String> {
    let place = |path: std::path::PathBuf| path.display().to_string();
    let defaults = [
        ("--listen", "127.0.0.1:8080".to_owned()),
        ("--data", place(workspace.root().join(".data"))),
        ("--plugins", place(workspace.plugins())),
        ("--web", place(workspace.web_dist())),
    ];
    let is_given = |name: &str| {
        let variable = format!("COLLABCANVAS_{}", name.trim_start_matches('-').to_uppercase());
        // A flag would override what the person has set in the environment.
        is_set(&variable)
            || given
                .iter()
                .any(|word| word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    };
    let missing = defaults.into_iter().filter(|(name, _)| !is_given(name));
    let mut arguments: Vec<String> = missing.flat_map(|(name, value)| [name.to_owned(), value]).collect();
    arguments.extend_from_slice(given);
    arguments
}

/// Replaces this process by the program, so that signals reach it and its status is the command's.
#[cfg(unix)]
fn become_program(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    // It returns only when the program could not be started.
    Err(command.exec()).with_context(|| format!("`{}` could not be started", process::line(&command)))
}

/// Runs the program and takes over its status. The console sends Ctrl-C to both: the program saves
/// and ends, and this process waits for it.
#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<ExitCode> {
    #[cfg(windows)]
    ctrl_c::leave_to_the_program();
    let status = command.status().with_context(|| format!("`{}` could not be started", process::line(&command)))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(u8::from(!status.success()))))
}

#[cfg(windows)]
mod ctrl_c {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn SetConsoleCtrlHandler(handler: Option<extern "system" fn(u32) -> i32>, add: i32) -> i32;
    }

    extern "system" fn handled(_event: u32) -> i32 {
        1
    }

    /// Ignores Ctrl-C in this process alone: a handler, unlike none, is not inherited.
    pub fn leave_to_the_program() {
        // SAFETY: the handler touches nothing and lives as long as the process.
        unsafe { SetConsoleCtrlHandler(Some(handled), 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(given: &[&str]) -> Vec<String> {
        let given: Vec<String> = given.iter().map(|word| (*word).to_owned()).collect();
        with_defaults(&Workspace::find().unwrap(), &given, |_| false)
    }

    #[test]
    fn what_the_environment_says_is_not_overridden() {
        let arguments = with_defaults(&Workspace::find().unwrap(), &[], |variable| variable == "COLLABCANVAS_DATA");
        let names: Vec<_> = arguments.iter().step_by(2).map(String::as_str).collect();
        assert_eq!(names, ["--listen", "--plugins", "--web"]);
    }

    #[test]
    fn the_server_is_told_where_this_checkout_keeps_things() {
        let arguments = arguments(&[]);
        let names: Vec<_> = arguments.iter().step_by(2).map(String::as_str).collect();
        assert_eq!(names, ["--listen", "--data", "--plugins", "--web"]);
        assert_eq!(arguments[1], "127.0.0.1:8080");
    }

    #[test]
    fn what_a_person_says_goes_before_the_default() {
        let arguments = arguments(&["--listen", "127.0.0.1:9000", "--data=/srv/canvas"]);
        assert_eq!(arguments.iter().filter(|word| word.starts_with("--listen")).count(), 1);
        assert_eq!(arguments.iter().filter(|word| word.starts_with("--data")).count(), 1);
        assert!(arguments.ends_with(&["127.0.0.1:9000".to_owned(), "--data=/srv/canvas".to_owned()]));
    }

    #[test]
    fn an_option_that_only_begins_alike_is_another() {
        assert!(arguments(&["--data-key", "x"]).contains(&"--data".to_owned()));
    }

    #[test]
    fn an_unknown_option_is_refused_with_the_way_to_pass_it_on() {
        let error = run(&Workspace::find().unwrap(), &["--listen".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("follow after `--`"), "{error}");
    }
}
