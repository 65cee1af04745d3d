//! The stages of the test command: what each checks, and what has to be built before.

use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{chromium, node, plugins, process, tools, tracked, web};

/// How a stage that found nothing wrong ended.
pub enum Verdict {
    /// It ran.
    Passed,
    /// It could not run here, for this reason; the result does not depend on it.
    Skipped(String),
}

/// One stage.
pub struct Stage {
    /// The name for `--only`.
    pub name: &'static str,
    /// What it checks, for `--list`.
    pub about: &'static str,
    /// Stages whose results it uses; `--only` runs them too.
    pub needs: &'static [&'static str],
    /// Runs it.
    pub run: fn(&Workspace) -> Result<Verdict>,
}

/// All stages in the order in which they run: quick ones first, and each after those that it needs.
pub const STAGES: [Stage; 14] = [
    Stage { name: "tracked", about: "no file is tracked that should not be", needs: &[], run: tracked::check },
    Stage { name: "fmt", about: "Rust is formatted", needs: &[], run: fmt },
    Stage { name: "plugins", about: "plugins and the tests' guests build", needs: &[], run: wasm },
    Stage { name: "tools", about: "the servers that tests run against are there", needs: &[], run: servers },
    Stage { name: "clippy", about: "Rust without lint warnings", needs: &[], run: clippy },
    Stage { name: "doc", about: "Rust's documentation without warnings", needs: &[], run: doc },
    Stage { name: "deny", about: "licences and bans of dependencies (if cargo-deny is there)", needs: &[], run: deny },
    Stage { name: "build", about: "Rust programs and tests build", needs: &[], run: build },
    Stage { name: "rust", about: "Rust tests", needs: &["plugins", "tools", "build"], run: rust },
    Stage { name: "web-lint", about: "the web's linter and formatter", needs: &[], run: |w| script(w, "lint") },
    Stage { name: "web-types", about: "the web's type check", needs: &[], run: |w| script(w, "check") },
    Stage { name: "web-unit", about: "the web's unit tests", needs: &[], run: |w| script(w, "test") },
    Stage { name: "web-build", about: "the web application builds", needs: &[], run: web_build },
    Stage {
        name: "e2e",
        about: "end to end in Chromium",
        needs: &["plugins", "tools", "build", "web-build"],
        run: e2e,
    },
];

fn fmt(workspace: &Workspace) -> Result<Verdict> {
    passed(process::cargo(workspace).args(["fmt", "--all", "--check"]))
}

fn wasm(workspace: &Workspace) -> Result<Verdict> {
    plugins::build_plugins(workspace)?;
    plugins::build_guests(workspace)?;
    Ok(Verdict::Passed)
}

fn servers(workspace: &Workspace) -> Result<Verdict> {
    tools::install(workspace)?;
    Ok(Verdict::Passed)
}

fn clippy(workspace: &Workspace) -> Result<Verdict> {
    passed(process::cargo(workspace).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn doc(workspace: &Workspace) -> Result<Verdict> {
    let mut command = process::cargo(workspace);
    passed(command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny(workspace: &Workspace) -> Result<Verdict> {
    if process::find("cargo-deny").is_none() {
        let install = "cargo install --locked cargo-deny";
        return Ok(Verdict::Skipped(format!("cargo-deny is not installed (`{install}`)")));
    }
    passed(process::cargo(workspace).args(["deny", "check", "bans", "licenses", "sources"]))
}

fn build(workspace: &Workspace) -> Result<Verdict> {
    // Programs and tests at once: apart, each would compile dependencies with other features.
    passed(process::cargo(workspace).args(["build", "--workspace", "--bins", "--tests"]))
}

fn rust(workspace: &Workspace) -> Result<Verdict> {
    passed(with_places(workspace, process::cargo(workspace).args(["test", "--workspace", "--no-fail-fast"])))
}

fn script(workspace: &Workspace, name: &str) -> Result<Verdict> {
    web::install(workspace)?;
    // Some unit tests look into a page; the first of them would not find the browser that a later stage installs.
    let browser = chromium::find_or_install()?;
    passed(with_places(workspace, node::npm(&workspace.web()).args(["run", name]).env(chromium::CHROMIUM, browser)))
}

fn web_build(workspace: &Workspace) -> Result<Verdict> {
    web::build(workspace)?;
    Ok(Verdict::Passed)
}

fn e2e(workspace: &Workspace) -> Result<Verdict> {
    let folder = workspace.root().join("tests/e2e");
    if !folder.is_dir() {
        bail!("{} is missing: there is no end-to-end test in this checkout", folder.display());
    }
    web::install(workspace)?;
    if folder.join("package.json").is_file() {
        node::install(workspace, "e2e", &folder)?;
    }
    let browser = chromium::find_or_install()?;
    let mut command = Command::new("node");
    // One file at a time: each starts servers and browsers of its own.
    command.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).current_dir(folder);
    passed(with_places(workspace, command.env(chromium::CHROMIUM, browser)))
}

/// Tells tests where to find what was built for them.
pub fn with_places<'a>(workspace: &Workspace, command: &'a mut Command) -> &'a mut Command {
    let servers = [(tools::DYNOXIDE, tools::dynoxide(workspace)), (tools::REDIS, tools::redis())];
    command.envs(servers.into_iter().filter_map(|(variable, program)| Some((variable, program?))));
    command
        .env("COLLABCANVAS_PLUGINS", workspace.plugins())
        .env("COLLABCANVAS_GUESTS", workspace.guests())
        .env("COLLABCANVAS_WEB", workspace.web_dist())
        .env("COLLABCANVAS_BIN", workspace.program("debug", "collabcanvas"))
}

fn passed(command: &mut Command) -> Result<Verdict> {
    process::run(command).map(|()| Verdict::Passed)
}
