//! The `collabcanvas` command, built as part of this package so that its tests know where to find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    collabcanvas_server::run(collabcanvas_server::Command::read())
}
