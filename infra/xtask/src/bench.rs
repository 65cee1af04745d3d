//! Builds optimised programs and runs the benchmarks.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::stage::with_places;
use crate::step::{Outcome, say, step};
use crate::workspace::Workspace;
use crate::{chromium, plugins, process, web};

/// The name of the benchmark that runs in the browser; all others are `collabcanvas-bench`'s.
const DRAWING: &str = "drawing";

/// Runs the named benchmarks, or all; the arguments that are options go to each of them.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let (servers, drawing) = share(arguments);
    if let Some(arguments) = servers {
        servers_benchmarks(workspace, &arguments)?;
    }
    if let Some(arguments) = drawing {
        drawing_benchmark(workspace, &arguments)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The arguments of the server's benchmarks and of the browser's; none where none is asked for.
fn share(arguments: &[String]) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let (options, names): (Vec<String>, Vec<String>) =
        arguments.iter().cloned().partition(|argument| argument.starts_with('-'));
    if names.is_empty() {
        return (Some(options.clone()), Some(options));
    }
    let drawing = names.iter().any(|name| name == DRAWING).then(|| options.clone());
    let others: Vec<String> = names.into_iter().filter(|name| name != DRAWING).collect();
    let servers = (!others.is_empty()).then(|| [others, options].concat());
    (servers, drawing)
}

fn servers_benchmarks(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    plugins::build_plugins(workspace)?;
    plugins::build_guests(workspace)?;
    step("optimised programs", || {
        let packages = ["-p", "collabcanvas-server", "-p", "collabcanvas-tests"];
        process::run(process::cargo(workspace).args(["build", "--release", "--bins"]).args(packages))?;
        Ok(Outcome::Done(workspace.relative(&workspace.target().join("release")).display().to_string()))
    })?;
    let mut command = Command::new(workspace.program("release", "collabcanvas-bench"));
    with_places(workspace, &mut command);
    command.env("COLLABCANVAS_BIN", workspace.program("release", "collabcanvas"));
    process::run(command.args(arguments).current_dir(workspace.root()))
}

fn drawing_benchmark(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let program = workspace.web().join("bench/drawing.mjs");
    if !program.is_file() {
        say(&format!("{} is missing: drawing is not measured", workspace.relative(&program).display()));
        return Ok(());
    }
    web::build(workspace)?;
    let browser = chromium::find_or_install()?;
    let mut command = Command::new("node");
    command.arg(program).args(arguments).env(chromium::CHROMIUM, browser).current_dir(workspace.web());
    process::run(with_places(workspace, &mut command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(arguments: &[&str]) -> (Option<String>, Option<String>) {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (servers, drawing) = share(&arguments);
        (servers.map(|it| it.join(" ")), drawing.map(|it| it.join(" ")))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn without_names_every_benchmark_runs() {
        assert_eq!(shared(&[]), (some(""), some("")));
        assert_eq!(shared(&["--quick"]), (some("--quick"), some("--quick")));
    }

    #[test]
    fn a_name_goes_to_the_program_that_knows_it() {
        assert_eq!(shared(&["drawing"]), (None, some("")));
        assert_eq!(shared(&["fan-out", "paste"]), (some("fan-out paste"), None));
        assert_eq!(shared(&["drawing", "paste", "--quick"]), (some("paste --quick"), some("--quick")));
    }
}
