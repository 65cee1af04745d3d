//! The `collabcanvas` command, built as part of this package so that its tests know where to find it.

fn main() -> std::process::ExitCode {
    collabcanvas_server::main()
}
