//! Builds optimised programs and runs the benchmarks.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::stage::with_places;
use crate::step::{Outcome, say, step};
use crate::workspace::Workspace;
use crate::{chromium, plugins, process, web};

/// The benchmarks that run in the browser, each `web/bench/NAME.mjs`; all others are `collabcanvas-bench`'s.
const IN_BROWSER: [&str; 2] = ["drawing", "opening"];

/// What is to be run: the names and options of each program.
struct Plan {
    /// The arguments of the server's benchmarks; none where none is asked for.
    servers: Option<Vec<String>>,
    /// The benchmarks in the browser.
    in_browser: Vec<&'static str>,
    /// What goes to each of those.
    options: Vec<String>,
}

/// Runs the named benchmarks, or all; the arguments that are options go to each of them.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let Plan { servers, in_browser, options } = plan(arguments);
    if let Some(arguments) = servers {
        build_servers(workspace)?;
        servers_benchmarks(workspace, &arguments)?;
    }
    for name in in_browser {
        browser_benchmark(workspace, name, &options)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &[String]) -> Plan {
    let (options, names): (Vec<String>, Vec<String>) =
        arguments.iter().cloned().partition(|argument| argument.starts_with('-'));
    let all = names.is_empty();
    let in_browser = IN_BROWSER.into_iter().filter(|name| all || names.iter().any(|named| named == name)).collect();
    let others: Vec<String> = names.into_iter().filter(|name| !IN_BROWSER.contains(&name.as_str())).collect();
    let servers = (all || !others.is_empty()).then(|| [others, options.clone()].concat());
    Plan { servers, in_browser, options }
}

/// Builds the optimised server and everything that it runs. What is there already costs next to nothing.
fn build_servers(workspace: &Workspace) -> Result<()> {
    plugins::build_plugins(workspace)?;
    plugins::build_guests(workspace)?;
    step("optimised programs", || {
        let packages = ["-p", "collabcanvas-server", "-p", "collabcanvas-tests"];
        process::run(process::cargo(workspace).args(["build", "--release", "--bins"]).args(packages))?;
        Ok(Outcome::Done(workspace.relative(&workspace.target().join("release")).display().to_string()))
    })
}

fn servers_benchmarks(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let mut command = Command::new(workspace.program("release", "collabcanvas-bench"));
    with_release(workspace, &mut command);
    process::run(command.args(arguments).current_dir(workspace.root()))
}

fn browser_benchmark(workspace: &Workspace, name: &str, options: &[String]) -> Result<()> {
    let program = workspace.web().join(format!("bench/{name}.mjs"));
    if !program.is_file() {
        say(&format!("{} is missing: {name} is not measured", workspace.relative(&program).display()));
        return Ok(());
    }
    // Drawing needs no server; opening goes through all of it.
    if name == "opening" {
        build_servers(workspace)?;
    }
    web::build(workspace)?;
    let browser = chromium::find_or_install()?;
    let mut command = Command::new("node");
    command.arg(program).args(options).env(chromium::CHROMIUM, browser).current_dir(workspace.web());
    process::run(with_release(workspace, &mut command))
}

/// Tells a program where everything is, the optimised server among it.
fn with_release<'a>(workspace: &Workspace, command: &'a mut Command) -> &'a mut Command {
    with_places(workspace, command).env("COLLABCANVAS_BIN", workspace.program("release", "collabcanvas"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(arguments: &[&str]) -> (Option<String>, String, String) {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let Plan { servers, in_browser, options } = plan(&arguments);
        (servers.map(|it| it.join(" ")), in_browser.join(" "), options.join(" "))
    }

    fn expected(servers: Option<&str>, in_browser: &str, options: &str) -> (Option<String>, String, String) {
        (servers.map(str::to_owned), in_browser.to_owned(), options.to_owned())
    }

    #[test]
    fn without_names_every_benchmark_runs() {
        assert_eq!(planned(&[]), expected(Some(""), "drawing opening", ""));
        assert_eq!(planned(&["--quick"]), expected(Some("--quick"), "drawing opening", "--quick"));
    }

    #[test]
    fn a_name_goes_to_the_program_that_knows_it() {
        assert_eq!(planned(&["drawing"]), expected(None, "drawing", ""));
        assert_eq!(planned(&["opening", "--quick"]), expected(None, "opening", "--quick"));
        assert_eq!(planned(&["fan-out", "paste"]), expected(Some("fan-out paste"), "", ""));
        let both = expected(Some("paste --quick"), "drawing", "--quick");
        assert_eq!(planned(&["drawing", "paste", "--quick"]), both);
    }
}
