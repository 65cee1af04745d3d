//! Builds what runs as WebAssembly: the plugins that ship and the guests that the tests load.
//!
//! What comes out are core modules with the contract embedded; the server makes components of them
//! when it installs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::stamp::write_atomically;
use crate::step::{Outcome, step};
use crate::wasm_target::{TARGET, WasmTarget};
use crate::workspace::Workspace;

/// A module as cargo leaves it, and the name under which it is handed on.
struct Module {
    built: PathBuf,
    name: String,
}

/// Builds every crate in `plugins/` into `target/plugins/<name>.wasm`.
pub fn build_plugins(workspace: &Workspace) -> Result<()> {
    step("plugins", || {
        let names = plugin_names(&workspace.root().join("plugins"))?;
        let packages: Vec<&str> = names.iter().flat_map(|name| ["-p", name]).collect();
        compile(workspace, &packages)?;
        let modules = names.iter().map(|name| module(&profile_folder(workspace), name)).collect();
        hand_on(workspace, modules, &workspace.plugins())
    })
}

/// Builds every example of `tests/guests` into `target/guests/<name>.wasm`.
pub fn build_guests(workspace: &Workspace) -> Result<()> {
    step("guests", || {
        let names = example_names(&workspace.root().join("tests/guests/examples"))?;
        compile(workspace, &["-p", "guests", "--examples"])?;
        let folder = profile_folder(workspace).join("examples");
        let modules = names.iter().map(|name| module(&folder, name)).collect();
        hand_on(workspace, modules, &workspace.guests())
    })
}

fn compile(workspace: &Workspace, what: &[&str]) -> Result<()> {
    let mut command = process::cargo(workspace);
    command.args(["build", "--profile", "plugin", "--target-dir"]).arg(workspace.wasm());
    WasmTarget::find_or_make(workspace)?.apply(&mut command);
    process::run(command.args(what))
}

fn profile_folder(workspace: &Workspace) -> PathBuf {
    workspace.wasm().join(TARGET).join("plugin")
}

fn module(folder: &Path, name: &str) -> Module {
    // Cargo names a library's file as the language names the crate.
    Module { built: folder.join(format!("{}.wasm", name.replace('-', "_"))), name: name.to_owned() }
}

/// The plugins written in Rust: the folders that hold a crate, each named like it.
fn plugin_names(folder: &Path) -> Result<Vec<String>> {
    let is_crate = |path: &PathBuf| path.join("Cargo.toml").is_file();
    names(folder, is_crate)
}

/// The examples as cargo finds them: a file, or a folder with a `main.rs`.
fn example_names(folder: &Path) -> Result<Vec<String>> {
    let is_example = |path: &PathBuf| path.extension().is_some_and(|it| it == "rs") || path.join("main.rs").is_file();
    names(folder, is_example)
}

fn names(folder: &Path, wanted: impl Fn(&PathBuf) -> bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let path = entry?.path();
        if wanted(&path) {
            names.push(path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        bail!("{} holds nothing to build", folder.display());
    }
    names.sort();
    Ok(names)
}

/// Copies the modules where they are looked for, touching only what changed, and removes those whose
/// source is gone.
fn hand_on(workspace: &Workspace, modules: Vec<Module>, folder: &Path) -> Result<Outcome> {
    let mut changed = Vec::new();
    for module in &modules {
        let content = fs::read(&module.built).with_context(|| {
            format!("cargo made no {}: is the crate-type of {} cdylib?", module.built.display(), module.name)
        })?;
        let path = folder.join(&module.name).with_extension("wasm");
        if fs::read(&path).ok().as_ref() != Some(&content) {
            write_atomically(&path, &content)?;
            changed.push(format!("{} ({} KB)", module.name, content.len().div_ceil(1024)));
        }
    }
    changed.extend(remove_others(&modules, folder)?.iter().map(|name| format!("{name} (gone)")));
    let place = workspace.relative(folder).display().to_string();
    Ok(match changed.is_empty() {
        true => Outcome::Fresh(format!("{} in {place}", modules.len())),
        false => Outcome::Done(format!("{} in {place}; changed: {}", modules.len(), changed.join(", "))),
    })
}

fn remove_others(modules: &[Module], folder: &Path) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "wasm") && modules.iter().all(|it| it.name != name) {
            fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
            removed.push(name);
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    fn modules(folder: &Path, names: &[&str]) -> Vec<Module> {
        names.iter().map(|name| module(folder, name)).collect()
    }

    #[test]
    fn every_crate_in_the_plugins_folder_is_built_and_nothing_else() {
        let folder = folder();
        let folder = folder.path();
        for name in ["text", "basic"] {
            fs::create_dir(folder.join(name)).unwrap();
            fs::write(folder.join(name).join("Cargo.toml"), "").unwrap();
        }
        fs::create_dir(folder.join("in-another-language")).unwrap();
        fs::write(folder.join("README.md"), "").unwrap();
        assert_eq!(plugin_names(folder).unwrap(), ["basic", "text"]);
    }

    #[test]
    fn an_example_is_a_file_or_a_folder() {
        let folder = folder();
        let folder = folder.path();
        fs::write(folder.join("endless_loop.rs"), "").unwrap();
        fs::create_dir(folder.join("memory-bomb")).unwrap();
        fs::write(folder.join("memory-bomb/main.rs"), "").unwrap();
        fs::create_dir(folder.join("shared")).unwrap();
        assert_eq!(example_names(folder).unwrap(), ["endless_loop", "memory-bomb"]);
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_gone_is_removed() {
        let workspace = Workspace::find().unwrap();
        let (built, out) = (folder(), folder());
        let (built, out) = (built.path(), out.path());
        fs::write(built.join("save_interval.wasm"), "one").unwrap();
        fs::write(built.join("text.wasm"), "two").unwrap();
        fs::write(out.join("removed.wasm"), "old").unwrap();

        let both = || modules(built, &["save-interval", "text"]);
        let first = hand_on(&workspace, both(), out).unwrap().to_string();
        assert!(first.ends_with("changed: save-interval (1 KB), text (1 KB), removed (gone)"), "{first}");
        assert_eq!(fs::read_to_string(out.join("save-interval.wasm")).unwrap(), "one");
        assert!(!out.join("removed.wasm").exists());

        assert!(matches!(hand_on(&workspace, both(), out).unwrap(), Outcome::Fresh(_)));

        fs::write(built.join("text.wasm"), "three").unwrap();
        let third = hand_on(&workspace, both(), out).unwrap().to_string();
        assert!(third.ends_with("changed: text (1 KB)"), "{third}");
    }

    #[test]
    fn a_crate_that_makes_no_module_is_named_with_the_mend() {
        let workspace = Workspace::find().unwrap();
        let folder = folder();
        let error = hand_on(&workspace, modules(folder.path(), &["basic"]), folder.path()).err().unwrap();
        assert!(error.to_string().ends_with("is the crate-type of basic cdylib?"), "{error}");
    }
}
