//! Node.js and npm, which build and test the web application.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::stamp::{Fingerprint, Stamp};
use crate::step::{Outcome, step};
use crate::system::{Installer, Program};
use crate::workspace::Workspace;

/// The oldest Node.js that Vite and the tests run on.
const OLDEST: (u32, u32) = (20, 19);

/// npm is a script, and on Windows a script has an ending.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Checks that Node.js is there and new enough, and npm with it, and returns Node's version; an error
/// says how to install them.
pub fn check() -> Result<String> {
    let how_to = Installer::here().how_to(Program::Node);
    let (major, minor) = OLDEST;
    if process::find("node").is_none() {
        bail!("Node.js {major}.{minor} or later is needed, but there is no `node` in PATH: {how_to}");
    }
    let printed = process::output(Command::new("node").arg("--version"))?;
    let found = printed.trim();
    let version = version(found).with_context(|| format!("`node --version` printed `{found}`, which is no version"))?;
    if version < OLDEST {
        bail!(
            "Node.js {major}.{minor} or later is needed, but `node` is {found}: {how_to}, \
             or take a newer one from https://nodejs.org/en/download"
        );
    }
    if process::find(NPM).is_none() {
        bail!("npm is needed, but there is no `{NPM}` in PATH: {how_to}");
    }
    Ok(found.to_owned())
}

/// An npm command in the folder.
pub fn npm(folder: &Path) -> Command {
    let mut command = Command::new(NPM);
    command.current_dir(folder);
    command
}

/// Installs what the folder's lock file names, unless that has been done.
pub fn install(workspace: &Workspace, name: &str, folder: &Path) -> Result<()> {
    step(&format!("{name}: packages"), || {
        let version = check()?;
        if !folder.join("package-lock.json").is_file() {
            bail!("{} has no package-lock.json: run `npm install` there once and commit it", folder.display());
        }
        let (package, lock) = (folder.join("package.json"), folder.join("package-lock.json"));
        // With the version, because packages hold programs for the Node.js that installed them.
        let wanted = Fingerprint::default().word(&version).file(&package)?.file(&lock)?;
        let stamp = Stamp::new(workspace.target(), &format!("{name}-packages"));
        if stamp.is(&wanted) && folder.join("node_modules").is_dir() {
            return Ok(Outcome::Fresh("installed".to_owned()));
        }
        process::run(npm(folder).args(["ci", "--no-audit", "--no-fund"]))?;
        stamp.set(&wanted)?;
        Ok(Outcome::Done("installed".to_owned()))
    })
}

/// The first two numbers of a version as Node.js prints it: `v20.19.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_node_prints_it() {
        assert_eq!(version("v20.19.1"), Some((20, 19)));
        assert_eq!(version("v26.0.0-nightly20260101"), Some((26, 0)));
        assert_eq!(version("20.19.1"), None);
        assert_eq!(version("v20"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("v9.99.0").unwrap() < OLDEST);
        assert!(version("v20.9.0").unwrap() < OLDEST);
        assert!(version("v20.19.0").unwrap() >= OLDEST);
        assert!(version("v100.0.0").unwrap() >= OLDEST);
    }
}
