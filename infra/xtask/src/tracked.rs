//! Checks what git tracks: sources, and nothing that a build, a test or a person's machine left.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::stage::Verdict;
use crate::workspace::Workspace;

/// Endings of files that are built, or private, or a database's.
const ENDINGS: [&str; 14] = [
    ".wasm",
    ".cwasm",
    ".rlib",
    ".so",
    ".dll",
    ".exe",
    ".o",
    ".sqlite",
    ".sqlite-wal",
    ".sqlite-shm",
    ".db",
    ".pem",
    ".log",
    ".orig",
];

/// Names of files that people's machines make.
const NAMES: [&str; 4] = [".DS_Store", "Thumbs.db", ".env", "npm-debug.log"];

/// A source is smaller than this; larger things belong elsewhere.
const LARGEST: u64 = 1_000_000;

/// Fails when a file is tracked that should not be.
pub fn check(workspace: &Workspace) -> Result<Verdict> {
    if !workspace.root().join(".git").exists() {
        return Ok(Verdict::Skipped("this is no git checkout".to_owned()));
    }
    let ignored = git(workspace, &["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"])?;
    let mut wrong: Vec<String> = paths(&ignored).map(|path| format!("{path}: .gitignore names it")).collect();
    for path in paths(&git(workspace, &["ls-files", "-z"])?) {
        let size = workspace.root().join(path).metadata().map_or(0, |metadata| metadata.len());
        wrong.extend(fault(path, size).map(|fault| format!("{path}: {fault}")));
    }
    if !wrong.is_empty() {
        bail!("git tracks what it should not (`git rm --cached` lets go of it):\n  {}", wrong.join("\n  "));
    }
    Ok(Verdict::Passed)
}

/// What git says of the checkout, one line a file that differs from the last commit.
pub fn state(workspace: &Workspace) -> Result<String> {
    if !workspace.root().join(".git").exists() {
        return Ok(String::new());
    }
    git(workspace, &["status", "--porcelain"])
}

fn fault(path: &str, size: u64) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if NAMES.contains(&name) {
        return Some("a machine's own file");
    }
    if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Some("built, private or a database's");
    }
    (size > LARGEST).then_some("larger than 1 MB")
}

fn paths(list: &str) -> impl Iterator<Item = &str> {
    list.split('\0').filter(|path| !path.is_empty())
}

fn git(workspace: &Workspace, arguments: &[&str]) -> Result<String> {
    process::output(Command::new("git").args(arguments).current_dir(workspace.root()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_private_or_large_is_no_source() {
        assert!(fault("plugins/basic/basic.wasm", 10).is_some());
        assert!(fault("host/server/canvas.sqlite-wal", 10).is_some());
        assert!(fault("web/.env", 10).is_some());
        assert!(fault("docs/film.png", 5_000_000).is_some());
        assert!(fault("docs/screenshot.png", 300_000).is_none());
        assert!(fault("web/src/environment.ts", 10).is_none());
        assert!(fault("tests/src/so.rs", 10).is_none());
    }

    #[test]
    fn a_list_of_paths_is_read_to_its_end() {
        assert_eq!(paths("a b\0c\0").collect::<Vec<_>>(), ["a b", "c"]);
        assert_eq!(paths("").count(), 0);
    }
}
