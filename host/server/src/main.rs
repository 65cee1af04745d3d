//! The `collabcanvas` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    collabcanvas_server::run(collabcanvas_server::Command::read())
}
