//! The standard library for WebAssembly, built from Debian's packaged sources.
//!
//! Debian's `rustc-web` is a current compiler and `rust-web-src` its library's sources, but there is
//! no package of the library compiled for WebAssembly. Cargo compiles it here (one to three minutes)
//! with the options of `-Z build-std`, and the result is kept as a sysroot, so that the plugins
//! themselves are built like anything else, without options for experiments.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::say;
use crate::wasm_target::{TARGET, has_standard_library};
use crate::workspace::Workspace;
use crate::{apt, process};

/// Debian's packages: the compiler, its library's sources, the linker.
const PACKAGES: [&str; 3] = ["rustc-web", "rust-web-src", "lld-19"];

/// Debian's compiler, wherever rustup's may stand in `PATH`.
const RUSTC: &str = "/usr/bin/rustc";

/// What `rust-web-src` brings.
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// What `lld-19` brings.
const LINKER: &str = "/usr/bin/wasm-ld-19";

/// A compiler and the standard library that fits it.
pub struct Sysroot {
    folder: PathBuf,
}

impl Sysroot {
    /// The sysroot that was made for the compiler as it is now, if there is one.
    pub fn existing(workspace: &Workspace) -> Option<Self> {
        // The sources served their purpose when it was made.
        if !are_there(&[RUSTC, LINKER]) {
            return None;
        }
        let sysroot = Self::for_compiler(workspace).ok()?;
        has_standard_library(&libraries(&sysroot.folder)).then_some(sysroot)
    }

    /// Where the sysroot for the compiler as it is now belongs: a library fits only the very compiler
    /// that made it, so its whole description is the key.
    fn for_compiler(workspace: &Workspace) -> Result<Self> {
        let description = process::output(Command::new(RUSTC).arg("-vV"))?;
        Ok(Self { folder: workspace.target().join("wasm-std").join(key(&description)) })
    }

    /// Makes a cargo command use this compiler and library, for WebAssembly only: build scripts and
    /// macros run on the host and use the compiler's own library.
    pub fn apply(&self, command: &mut Command) {
        debian_compiler(command);
        // The encoded form, because a checkout's path may hold spaces.
        command.env("CARGO_ENCODED_RUSTFLAGS", format!("--sysroot={}", self.folder.display()));
    }
}

/// Installs Debian's packages and builds the library, unless that has been done.
pub fn make(workspace: &Workspace) -> Result<Sysroot> {
    let wanted = [RUSTC, SOURCES, LINKER];
    if let Some(sysroot) = Sysroot::existing(workspace) {
        return Ok(sysroot);
    }
    if !are_there(&wanted) {
        apt::install(&PACKAGES)?;
    }
    if !are_there(&wanted) {
        bail!("{} are installed, but {} are not all there", PACKAGES.join(", "), wanted.join(", "));
    }
    let sysroot = Sysroot::for_compiler(workspace)?;
    // Two builds at a time would do the same work twice; the second waits and finds it done.
    let folder = workspace.target().join("wasm-std");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let lock = File::create(folder.join("lock")).context("the lock of the standard library cannot be made")?;
    lock.lock().context("the lock of the standard library cannot be taken")?;
    if !has_standard_library(&libraries(&sysroot.folder)) {
        say("  compiling the standard library for WebAssembly (once; one to three minutes)");
        build(workspace, &folder.join("build"), &sysroot.folder)?;
    }
    Ok(sysroot)
}

fn build(workspace: &Workspace, scratch: &Path, sysroot: &Path) -> Result<()> {
    // What an earlier attempt left would end up in the sysroot twice, and the compiler would refuse both.
    let from_nothing = || {
        for folder in [scratch, sysroot] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        fs::create_dir_all(scratch.join("seed/src"))?;
        fs::write(scratch.join("seed/Cargo.toml"), SEED)?;
        fs::write(scratch.join("seed/src/lib.rs"), "#![no_std]\n")
    };
    from_nothing().with_context(|| format!("{} cannot be prepared", scratch.display()))?;
    process::run(&mut build_std(workspace, scratch))?;
    let made = scratch.join("sysroot");
    collect(&scratch.join(TARGET).join("release/deps"), &libraries(&made))?;
    fs::rename(&made, sysroot).with_context(|| format!("{} cannot be put in place", sysroot.display()))?;
    fs::remove_dir_all(scratch).with_context(|| format!("{} cannot be removed", scratch.display()))?;
    // Crates compiled against an earlier library do not link with this one.
    match fs::remove_dir_all(workspace.wasm().join(TARGET)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("old plugins are in the way"),
        _ => Ok(()),
    }
}

/// The package whose dependency, the standard library, is all that is wanted.
const SEED: &str = "[package]\nname = \"seed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n";

fn build_std(workspace: &Workspace, scratch: &Path) -> Command {
    let mut command = process::cargo(workspace);
    command.args(["build", "--release", "-Z", "build-std=std,panic_abort", "--target", TARGET]);
    command.arg("--target-dir").arg(scratch).current_dir(scratch.join("seed"));
    debian_compiler(&mut command);
    // build-std is an experiment of cargo's, allowed for this one build.
    command.env("RUSTC_BOOTSTRAP", "1");
    // Without bitcode, plugins could not be optimised together with the library, and would be far larger.
    command.env("CARGO_ENCODED_RUSTFLAGS", "-Cembed-bitcode=yes");
    command
}

fn debian_compiler(command: &mut Command) {
    command.env("RUSTC", RUSTC).env(target_variable("LINKER"), LINKER);
    // `cargo run` sets it to the other compiler's libraries.
    command.env_remove("LD_LIBRARY_PATH");
}

/// Cargo's environment variable for a setting of the WebAssembly target alone.
fn target_variable(setting: &str) -> String {
    format!("CARGO_TARGET_{}_{setting}", TARGET.to_uppercase().replace('-', "_"))
}

/// Moves the libraries where the compiler looks for them.
fn collect(built: &Path, libraries: &Path) -> Result<()> {
    fs::create_dir_all(libraries).with_context(|| format!("{} cannot be made", libraries.display()))?;
    for entry in fs::read_dir(built).with_context(|| format!("{} cannot be listed", built.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with("lib") && text.ends_with(".rlib") && !text.starts_with("libseed-") {
            fs::rename(entry.path(), libraries.join(&name))?;
        }
    }
    if !has_standard_library(libraries) {
        bail!("the build made no standard library in {}", built.display());
    }
    Ok(())
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn are_there(paths: &[&str]) -> bool {
    paths.iter().all(|path| Path::new(path).exists())
}

/// A folder's name for a compiler: its release for people, and all that it says of itself as a number.
fn key(description: &str) -> String {
    let release = description.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or("unknown");
    let mut hasher = DefaultHasher::new();
    description.hash(&mut hasher);
    format!("{release}-{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTION: &str =
        "rustc 1.96.0 (ac68faa20 2026-05-25)\nbinary: rustc\nrelease: 1.96.0\nLLVM version: 22.1.8\n";

    #[test]
    fn a_library_is_kept_for_the_very_compiler_that_made_it() {
        let name = key(DESCRIPTION);
        assert!(name.starts_with("1.96.0-"), "{name}");
        assert_eq!(name, key(DESCRIPTION));
        assert_ne!(name, key(&DESCRIPTION.replace("22.1.8", "22.1.9")), "another LLVM");
        assert_ne!(name, key(&DESCRIPTION.replace("ac68faa20", "bc68faa20")), "another commit");
    }

    #[test]
    fn settings_are_for_the_webassembly_target_alone() {
        assert_eq!(target_variable("LINKER"), "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER");
    }

    #[test]
    fn only_the_library_itself_is_collected() {
        let folder = tempfile::tempdir().unwrap();
        let (built, libraries) = (folder.path().join("deps"), folder.path().join("lib"));
        fs::create_dir_all(&built).unwrap();
        for name in ["libcore-1.rlib", "libstd-2.rlib", "libstd-2.rmeta", "libseed-3.rlib", "seed-3.d"] {
            fs::write(built.join(name), "").unwrap();
        }
        collect(&built, &libraries).unwrap();
        let mut names: Vec<_> = fs::read_dir(&libraries).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["libcore-1.rlib", "libstd-2.rlib"]);
    }
}
