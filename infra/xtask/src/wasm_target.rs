//! Finds or makes what compiles Rust to WebAssembly: a compiler and, for it, the standard library of
//! `wasm32-unknown-unknown`, which not every machine has and not every machine can fetch.
//!
//! Three ways, tried in this order unless `COLLABCANVAS_WASM_TARGET` names one:
//!
//! 1. `installed`: the compiler's own libraries are there. Costs milliseconds, needs no network.
//! 2. `rustup`: rustup fetches them, if its server answers.
//! 3. `debian`: Debian's packaged compiler and library sources; the `sysroot` is
//!    built once and kept. Once made, it goes before `rustup`, so that no later build waits for a network.

use std::env;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::step::say;
use crate::sysroot::{self, Sysroot};
use crate::workspace::Workspace;

/// What plugins are compiled to.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The environment variable that forces a way.
const FORCE: &str = "COLLABCANVAS_WASM_TARGET";

/// How long rustup's server may take to answer at all.
const REACH: Duration = Duration::from_secs(5);

/// How long rustup may take: 30 MB on a slow line. A server that accepts and then says nothing would
/// hold it for ever.
const FETCH: Duration = Duration::from_secs(180);

/// Where rustup fetches from, unless `RUSTUP_DIST_SERVER` says otherwise.
const DIST_SERVER: &str = "https://static.rust-lang.org";

/// How this machine compiles to WebAssembly.
pub enum WasmTarget {
    /// With the compiler that builds everything else.
    Installed,
    /// With Debian's compiler and a standard library built from Debian's sources.
    Debian(Sysroot),
}

impl WasmTarget {
    /// Finds a way, or makes one, which may take minutes the first time.
    pub fn find_or_make(workspace: &Workspace) -> Result<Self> {
        match env::var(FORCE).unwrap_or_default().as_str() {
            "" => Self::first_that_works(workspace),
            "installed" => installed(workspace).context(format!("{FORCE}=installed, but {NOT_INSTALLED}")),
            "rustup" => fetched(workspace).with_context(|| format!("{FORCE}=rustup does not work here")),
            "debian" => made(workspace).with_context(|| format!("{FORCE}=debian does not work here")),
            other => bail!("{FORCE} is `{other}`; it can be `installed`, `rustup` or `debian`"),
        }
    }

    fn first_that_works(workspace: &Workspace) -> Result<Self> {
        if let Some(target) = installed(workspace) {
            return Ok(target);
        }
        if let Some(sysroot) = Sysroot::existing(workspace) {
            return Ok(Self::Debian(sysroot));
        }
        let rustup = match fetched(workspace) {
            Ok(target) => return Ok(target),
            Err(error) => error,
        };
        let debian = match made(workspace) {
            Ok(target) => return Ok(target),
            Err(error) => error,
        };
        bail!(
            "Rust's standard library for {TARGET} is missing, and none of three ways leads to it:\n  \
             1. installed: {NOT_INSTALLED}\n  2. rustup:    {rustup:#}\n  3. Debian:    {debian:#}\n\
             Run `rustup target add {TARGET}` on a machine with a network, or install the package of \
             your system that holds it (Fedora: rust-std-static-{TARGET}, Arch: rust-wasm)"
        );
    }

    /// Makes a cargo command compile for WebAssembly by this way.
    pub fn apply(&self, command: &mut Command) {
        command.args(["--target", TARGET]);
        // They would replace the flags of the one target, and are meant for the host's programs.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Self::Debian(sysroot) = self {
            sysroot.apply(command);
        }
    }
}

const NOT_INSTALLED: &str = "the compiler has no wasm32-unknown-unknown library beside its own";

fn installed(workspace: &Workspace) -> Option<WasmTarget> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(workspace.root());
    let folder = process::output(&mut command).ok()?;
    has_standard_library(Path::new(folder.trim())).then_some(WasmTarget::Installed)
}

/// Whether a folder of libraries holds the standard library: `libcore-<hash>.rlib` and `libstd-<hash>.rlib`.
pub fn has_standard_library(folder: &Path) -> bool {
    let names: Vec<String> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect(),
        Err(_) => return false,
    };
    let has = |library: &str| names.iter().any(|name| name.starts_with(library) && name.ends_with(".rlib"));
    has("libcore-") && has("libstd-")
}

fn fetched(workspace: &Workspace) -> Result<WasmTarget> {
    let Some(rustup) = process::find("rustup") else { bail!("rustup is not installed") };
    let server = env::var("RUSTUP_DIST_SERVER").unwrap_or_else(|_| DIST_SERVER.to_owned());
    if !answers(&server)? {
        bail!("rustup fetches from {server}, which could not be reached within {} s", REACH.as_secs());
    }
    say(&format!("  rustup fetches {TARGET}"));
    let mut command = Command::new(rustup);
    command.args(["target", "add", TARGET]).current_dir(workspace.root());
    if !process::run_within(&mut command, FETCH)? {
        bail!("`rustup target add {TARGET}` did not succeed within {} s", FETCH.as_secs());
    }
    installed(workspace).context("rustup succeeded, but the compiler in use is not its own")
}

/// Whether the server answers in time. curl knows proxies and tells a refusal from an answer; where
/// it is missing, a connection has to do.
fn answers(server: &str) -> Result<bool> {
    if let Some(curl) = process::find("curl") {
        let seconds = REACH.as_secs().to_string();
        let mut command = Command::new(curl);
        command.args(["--silent", "--fail", "--head", "--location", "--max-time", &seconds]);
        command.arg(format!("{server}/rustup/release-stable.toml")).stdout(Stdio::null());
        return process::run_within(&mut command, REACH + Duration::from_secs(1));
    }
    let (sender, receiver) = mpsc::channel();
    let address = host_and_port(server);
    // A thread, because the look-up of the name knows no time limit of its own.
    thread::spawn(move || {
        let reached = address
            .to_socket_addrs()
            .is_ok_and(|mut addresses| addresses.any(|address| TcpStream::connect_timeout(&address, REACH).is_ok()));
        let _ = sender.send(reached);
    });
    Ok(receiver.recv_timeout(REACH).unwrap_or(false))
}

fn host_and_port(server: &str) -> String {
    let (default_port, rest) = match server.split_once("://") {
        Some(("http", rest)) => ("80", rest),
        Some((_, rest)) => ("443", rest),
        None => ("443", server),
    };
    let host = rest.split('/').next().unwrap_or(rest);
    if host.contains(':') { host.to_owned() } else { format!("{host}:{default_port}") }
}

fn made(workspace: &Workspace) -> Result<WasmTarget> {
    sysroot::make(workspace).map(WasmTarget::Debian)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_reached_at_its_own_port() {
        assert_eq!(host_and_port("https://static.example"), "static.example:443");
        assert_eq!(host_and_port("http://mirror.example/rust"), "mirror.example:80");
        assert_eq!(host_and_port("http://mirror.example:8081/rust/dist"), "mirror.example:8081");
        assert_eq!(host_and_port("mirror.example"), "mirror.example:443");
    }

    #[test]
    fn a_folder_without_core_and_std_is_no_standard_library() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("lib");
        assert!(!has_standard_library(&folder), "missing");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("libcore-5cd4604a1d571a6e.rlib"), "").unwrap();
        fs::write(folder.join("libstd-5cd4604a1d571a6e.rmeta"), "").unwrap();
        assert!(!has_standard_library(&folder), "half there");
        fs::write(folder.join("libstd-5cd4604a1d571a6e.rlib"), "").unwrap();
        assert!(has_standard_library(&folder));
    }
}
