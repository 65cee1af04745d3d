//! The servers that tests run against, a DynamoDB, a Redis and a Valkey, and what gives hosts networks and clocks of their
//! own.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::stamp::{Fingerprint, Stamp};
use crate::step::{Outcome, step};
use crate::system::{Installer, Program};
use crate::workspace::Workspace;
use crate::{apt, process, system};

/// The environment variable that names the program that serves DynamoDB's API.
pub const DYNOXIDE: &str = "COLLABCANVAS_DYNOXIDE";

/// The environment variable that names the Redis server.
pub const REDIS: &str = "COLLABCANVAS_REDIS";

/// The one release that the tests are known to pass with. It is a program of its own because it needs another SQLite
/// than the server does.
const DYNOXIDE_PACKAGE: &str = "dynoxide-rs@3.2.0";

/// Without encryption and import, which would take longer to build.
const DYNOXIDE_FEATURES: &str = "native-sqlite,http-server,cli";

/// The environment variable that names the Valkey server.
pub const VALKEY: &str = "COLLABCANVAS_VALKEY";

/// The program of Valkey's server, and Debian's package with it.
const VALKEY_NAME: &str = "valkey-server";

/// Names of the Redis server; Valkey is its successor on some systems.
const REDIS_NAMES: [&str; 2] = ["redis-server", "valkey-server"];

/// Programs that give hosts networks and clocks of their own, to be cut off and set wrong.
const MACHINE_PROGRAMS: [&str; 4] = ["faketime", "ip", "nsenter", "unshare"];

/// Debian's packages with them.
const MACHINE_PACKAGES: [&str; 3] = ["faketime", "iproute2", "util-linux"];

/// Finds or installs all of them.
pub fn install(workspace: &Workspace) -> Result<()> {
    install_dynoxide(workspace)?;
    install_redis()?;
    install_valkey(workspace)?;
    install_machines()
}

/// The program that serves DynamoDB's API, if it is there.
pub fn dynoxide(workspace: &Workspace) -> Option<PathBuf> {
    let installed = workspace.tools().join("bin").join(format!("dynoxide{}", env::consts::EXE_SUFFIX));
    named(DYNOXIDE).or_else(|| Some(installed).filter(|program| program.is_file()))
}

/// The Redis server, if it is there.
pub fn redis() -> Option<PathBuf> {
    named(REDIS).or_else(|| REDIS_NAMES.iter().find_map(|name| process::find(name)))
}

fn install_dynoxide(workspace: &Workspace) -> Result<()> {
    step("dynoxide", || {
        if let Some(named) = named(DYNOXIDE) {
            return given(DYNOXIDE, named);
        }
        let place = workspace.relative(&workspace.tools().join("bin")).display().to_string();
        let wanted = Fingerprint::default().word(DYNOXIDE_PACKAGE).word(DYNOXIDE_FEATURES);
        let stamp = Stamp::new(workspace.target(), "dynoxide");
        if stamp.is(&wanted) && dynoxide(workspace).is_some() {
            return Ok(Outcome::Fresh(place));
        }
        let mut command = process::cargo(workspace);
        command.args(["install", "--locked", "--force", DYNOXIDE_PACKAGE, "--no-default-features"]);
        command.args(["--features", DYNOXIDE_FEATURES, "--root"]).arg(workspace.tools());
        process::run(&mut command)?;
        stamp.set(&wanted)?;
        Ok(Outcome::Done(place))
    })
}

fn install_redis() -> Result<()> {
    step("Redis", || {
        if let Some(named) = named(REDIS) {
            return given(REDIS, named);
        }
        if let Some(found) = redis() {
            return Ok(Outcome::Fresh(found.display().to_string()));
        }
        if !system::is_debian() {
            let how_to = Installer::here().how_to(Program::Redis);
            bail!("no `redis-server` was found in PATH: {how_to}, or name yours in the variable {REDIS}");
        }
        apt::install(&["redis-server"])?;
        let found = redis().with_context(|| {
            format!("the package redis-server is installed, but the program is not in PATH: name it in {REDIS}")
        })?;
        Ok(Outcome::Done(found.display().to_string()))
    })
}

/// Tests run without it too, on Redis alone.
fn install_valkey(workspace: &Workspace) -> Result<()> {
    step("Valkey", || {
        if let Some(named) = named(VALKEY) {
            return given(VALKEY, named);
        }
        install_if_possible(&[VALKEY_NAME], "Valkey", || {
            std::fs::create_dir_all(workspace.tools())?;
            apt::install_backported(&[VALKEY_NAME], &workspace.tools().join("backports.list"))
        })
    })
}

/// Tests run without these too.
fn install_machines() -> Result<()> {
    step("clocks and networks of hosts", || {
        install_if_possible(&MACHINE_PROGRAMS, "clocks and networks that fail", || apt::install(&MACHINE_PACKAGES))
    })
}

/// Finds programs that tests can do without, or installs them. Tests that need them are left out where they are missing;
/// not on the machines that judge changes, where that is an error.
fn install_if_possible(programs: &[&str], what: &str, install: impl FnOnce() -> Result<()>) -> Result<Outcome> {
    let missing = || programs.iter().copied().filter(|name| process::find(name).is_none()).collect::<Vec<_>>();
    if missing().is_empty() {
        return Ok(Outcome::Fresh(programs.join(", ")));
    }
    match install() {
        Ok(()) => Ok(Outcome::Done(programs.join(", "))),
        Err(error) if env::var_os("CI").is_some() && system::is_debian() => Err(error),
        Err(error) => {
            let missing = missing().join(", ");
            Ok(Outcome::Done(format!("tests leave out {what}: {missing} is not there ({error})")))
        }
    }
}

/// The program that a person names in the environment.
fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from)
}

fn given(variable: &str, program: PathBuf) -> Result<Outcome> {
    if !program.is_file() {
        bail!("{variable} is {}, but there is no such file", program.display());
    }
    Ok(Outcome::Fresh(program.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_named_but_missing_is_told_with_the_variable() {
        let error = given(REDIS, "/no/such/server".into()).err().unwrap();
        assert_eq!(error.to_string(), "COLLABCANVAS_REDIS is /no/such/server, but there is no such file");
    }
}
