//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout that `cargo xtask` was started in; every path of the build tool comes from here.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds the checkout: cargo names this package's folder to the programs it runs.
    pub fn find() -> Result<Self> {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.ancestors().nth(2).context("infra/xtask lies two folders below the workspace")?.to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => env::current_dir().context("the current folder is gone")?.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The top folder of the checkout; every command runs in it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder, where everything lies that can be made again.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The web application's folder.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// The web application as built.
    pub fn web_dist(&self) -> PathBuf {
        self.web().join("dist")
    }

    /// The plugins as built, one `.wasm` each.
    pub fn plugins(&self) -> PathBuf {
        self.target.join("plugins")
    }

    /// The tests' guests as built, one `.wasm` each.
    pub fn guests(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// The target folder of everything that is compiled to WebAssembly.
    pub fn wasm(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// Where tools that tests need are installed.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A program of the workspace as built by the profile (`debug` or `release`).
    pub fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// The path as a person in the checkout would write it.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
