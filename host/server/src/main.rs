//! The `collabcanvas` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    collabcanvas_server::run(collabcanvas_server::Command::parse())
}
