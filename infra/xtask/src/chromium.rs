//! The browser of the end-to-end tests and benchmarks.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::step::{Outcome, step};
use crate::system::{Installer, Program};
use crate::{apt, process, system};

/// The environment variable that names the browser, for people and for what the build tool starts.
pub const CHROMIUM: &str = "CHROMIUM";

/// Names under which systems put a browser of Chromium's family into `PATH`.
const NAMES: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome"];

/// Where macOS and Windows keep them; `%NAME%` stands for an environment variable.
const PLACES: [&str; 8] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "%ProgramFiles%\\Google\\Chrome\\Application\\chrome.exe",
    "%ProgramFiles(x86)%\\Google\\Chrome\\Application\\chrome.exe",
    "%LOCALAPPDATA%\\Google\\Chrome\\Application\\chrome.exe",
    "%LOCALAPPDATA%\\Chromium\\Application\\chrome.exe",
    "%ProgramFiles(x86)%\\Microsoft\\Edge\\Application\\msedge.exe",
];

/// Finds the browser; on Debian, installs it if it is missing.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(named) = env::var_os(CHROMIUM).map(PathBuf::from) {
        if !named.is_file() {
            bail!("{CHROMIUM} is {}, but there is no such file", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    if !system::is_debian() {
        let how_to = Installer::here().how_to(Program::Chromium);
        bail!("no Chromium, Chrome or Edge was found: {how_to}, or name yours in the variable {CHROMIUM}");
    }
    step("Chromium", || {
        // Without a font, a page without text would pass for a page with it.
        apt::install(&["chromium", "fonts-liberation"])?;
        Ok(Outcome::Done("installed".to_owned()))
    })?;
    match find() {
        Some(found) => Ok(found),
        None => bail!("the package chromium is installed, but `chromium` is not in PATH: name it in {CHROMIUM}"),
    }
}

fn find() -> Option<PathBuf> {
    let in_path = NAMES.iter().find_map(|name| process::find(name));
    in_path.or_else(|| PLACES.iter().filter_map(|place| expand(place)).find(|path| path.is_file()))
}

/// The place with its variable's value; nothing when the variable is not set.
fn expand(place: &str) -> Option<PathBuf> {
    let Some((variable, rest)) = place.strip_prefix('%').and_then(|place| place.split_once('%')) else {
        return Some(PathBuf::from(place));
    };
    let folder = env::var_os(variable)?;
    Some(Path::new(&folder).join(rest.trim_start_matches('\\')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_completed_from_the_environment() {
        assert_eq!(expand("/Applications/Chromium"), Some(PathBuf::from("/Applications/Chromium")));
        let path = PathBuf::from(env::var_os("PATH").unwrap());
        assert_eq!(expand("%PATH%\\chrome.exe"), Some(path.join("chrome.exe")));
        assert_eq!(expand("%NO_VARIABLE_HAS_THIS_NAME%\\chrome.exe"), None);
    }
}
