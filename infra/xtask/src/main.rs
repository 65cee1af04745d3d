//! The build tool behind `cargo xtask`: it builds the plugins, the web and the host, serves them, tests
//! them and measures them, and sets up what that needs.
//!
//! Each command is a list of [steps](step), shown with the time they took. What is already up to date
//! costs next to nothing: cargo decides that for Rust, a [stamp] of the sources for the rest.
//! It depends on nothing but `anyhow`, so that a fresh clone has it within seconds.

mod apt;
mod bench;
mod chromium;
mod node;
mod plugins;
mod process;
mod serve;
mod stage;
mod stamp;
mod step;
mod sysroot;
mod system;
mod test;
mod tools;
mod tracked;
mod wasm_target;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--release] [-- ARGS]  build plugins, web and server, then serve a canvas kept in .data/
                               (ARGS go to `collabcanvas serve`, for example --listen 127.0.0.1:9000)
  test [--only STAGES] [--list]
                               set up what the tests need and run everything, or only the named stages
  bench [NAMES]                run the benchmarks, or only those named (`drawing` and `opening` are the browser's)
  plugins                      build the plugins into target/plugins/
  guests                       build the guests that the tests load into target/guests/
  web                          build the web application into web/dist/
  help                         show this

Environment:
  COLLABCANVAS_WASM_TARGET=installed|rustup|debian
                               where plugins get Rust's standard library for WebAssembly from
                               (unset: the first of the three that works)
  CHROMIUM=PATH                the browser of the end-to-end tests and benchmarks
  COLLABCANVAS_DYNOXIDE=PATH, COLLABCANVAS_REDIS=PATH
                               the servers of the tests (unset: found, or installed)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    let workspace = Workspace::find()?;
    match command {
        "serve" => return serve::run(&workspace, rest),
        "test" => return test::run(&workspace, rest),
        "bench" => return bench::run(&workspace, rest),
        "plugins" => no_arguments(command, rest).and_then(|()| plugins::build_plugins(&workspace))?,
        "guests" => no_arguments(command, rest).and_then(|()| plugins::build_guests(&workspace))?,
        "web" => no_arguments(command, rest).and_then(|()| web::build(&workspace))?,
        "help" | "-h" | "--help" => print!("{HELP}"),
        other => bail!("`{other}` is no command of cargo xtask\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn no_arguments(command: &str, rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => bail!("`cargo xtask {command}` takes no arguments, but was given `{argument}`"),
    }
}
