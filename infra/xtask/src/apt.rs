//! Installs Debian's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::say;
use crate::{process, system};

/// Installs the packages, or says by which command a person can.
///
/// It acts only as root, or where `sudo` asks nothing: a build must not stop at a password prompt.
pub fn install(packages: &[&str]) -> Result<()> {
    install_with(&[], packages)
}

/// The same of packages that this release may have among its backports only, which are looked at for this call alone:
/// `list` is the file that names them to apt.
pub fn install_backported(packages: &[&str], list: &Path) -> Result<()> {
    let release = system::debian_codename().context("this is not Debian, or it does not say which release it is")?;
    let format = ["indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"];
    let sources = process::output(Command::new("apt-get").args(format))?;
    let main = sources.lines().find_map(|line| line.strip_prefix(&format!("{release} main ")));
    let main = main.with_context(|| format!("apt knows no archive of {release}"))?;
    let own = fs::read_to_string("/etc/apt/sources.list").unwrap_or_default();
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    fs::write(list, format!("{own}\ndeb [signed-by={keys}] {main} {release}-backports main\n"))?;
    let sources = format!("Dir::Etc::SourceList={}", list.display());
    install_with(&["-o", &sources, "-o", &format!("APT::Default-Release={release}-backports")], packages)
}

fn install_with(options: &[&str], packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !system::is_debian() || process::find("apt-get").is_none() {
        bail!("this is not Debian, so `{by_hand}` cannot be run here");
    }
    let Some(become_root) = become_root()? else {
        bail!("packages are missing, and only root can install them: run `sudo {by_hand}` and try again");
    };
    say(&format!("  installing {}", packages.join(", ")));
    process::run(apt_get(become_root).args(options).arg("update"))?;
    let install = ["install", "-y", "--no-install-recommends"];
    process::run(apt_get(become_root).args(options).args(install).args(packages))
}

fn apt_get(become_root: &[&str]) -> Command {
    let words = [become_root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]].concat();
    let mut command = Command::new(words[0]);
    // Another installation may be under way: wait for its lock instead of failing.
    command.args(&words[1..]).args(["-q", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

/// The words to put before a command to run it as root; nothing when that takes a password.
fn become_root() -> Result<Option<&'static [&'static str]>> {
    if process::output(Command::new("id").arg("-u"))?.trim() == "0" {
        return Ok(Some(&[]));
    }
    let sudo = process::find("sudo").is_some() && process::output(Command::new("sudo").args(["-n", "true"])).is_ok();
    Ok(sudo.then_some(&["sudo", "-n"]))
}
