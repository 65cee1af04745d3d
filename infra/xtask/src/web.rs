//! Builds the web application.

use anyhow::{Result, bail};

use crate::stamp::{Fingerprint, Stamp};
use crate::step::{Outcome, step};
use crate::workspace::Workspace;
use crate::{node, process};

/// Builds `web/` into `web/dist/`, unless nothing in it changed since it was built.
pub fn build(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    step("web", || {
        let place = workspace.relative(&workspace.web_dist()).display().to_string();
        let sources = Fingerprint::default().folder(&workspace.web(), is_made)?;
        let stamp = Stamp::new(workspace.target(), "web");
        if stamp.is(&sources) && workspace.web_dist().join("index.html").is_file() {
            return Ok(Outcome::Fresh(place));
        }
        script(workspace, "build")?;
        stamp.set(&sources)?;
        Ok(Outcome::Done(place))
    })
}

/// Installs the packages that the application is built from.
pub fn install(workspace: &Workspace) -> Result<()> {
    if !workspace.web().join("package.json").is_file() {
        bail!("{} has no package.json: the web application is not in this checkout", workspace.web().display());
    }
    node::install(workspace, "web", &workspace.web())
}

/// Runs one of the scripts that `web/package.json` names.
pub fn script(workspace: &Workspace, name: &str) -> Result<()> {
    process::run(node::npm(&workspace.web()).args(["run", name]))
}

/// Whether an entry of `web/` is made by a tool, and so no source.
fn is_made(name: &str) -> bool {
    matches!(name, "node_modules" | "dist" | "coverage" | "test-results" | ".vite") || name.ends_with(".tsbuildinfo")
}
