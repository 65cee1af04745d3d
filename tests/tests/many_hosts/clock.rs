//! A host's own clock, which may be wrong, and jump while it runs: libfaketime answers when the host asks what time it
//! is. How much time has passed it is told truthfully, as by a real machine whose clock is set.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Where systems keep the library, below the folders of their libraries; a variable names another place.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const VARIABLE: &str = "COLLABCANVAS_FAKETIME";

/// A clock. It is right until it is told otherwise.
pub struct Clock {
    library: PathBuf,
    /// What the library reads the offset from.
    offset: PathBuf,
}

impl Clock {
    /// A clock that keeps its offset in a file of this folder; none where the library is not installed.
    pub fn find(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(library) = library() else { return Ok(None) };
        let clock = Self { library, offset: folder.join("clock") };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// What gives this clock to a program, before its name.
    pub fn giver(&self) -> Vec<OsString> {
        let variable = |name: &str, value: &Path| {
            let mut variable = OsString::from(name);
            variable.push("=");
            variable.push(value);
            variable
        };
        vec![
            "env".into(),
            variable("LD_PRELOAD", &self.library),
            variable("FAKETIME_TIMESTAMP_FILE", &self.offset),
            "FAKETIME_CACHE_DURATION=1".into(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
            "DONT_FAKE_MONOTONIC=1".into(),
            "NO_FAKE_STAT=1".into(),
        ]
    }

    /// Sets it so many seconds off. A program that runs notices within a second.
    pub fn set(&self, seconds: i64) -> anyhow::Result<()> {
        let folder = self.offset.parent().context("the offset is in a folder")?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{seconds:+}")?;
        file.persist(&self.offset)?;
        Ok(())
    }
}

fn library() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return Some(named.into());
    }
    let machine = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let folders = [Path::new(&machine), Path::new("/usr/lib"), Path::new("/usr/lib64")];
    folders.into_iter().map(|folder| folder.join(LIBRARY)).find(|library| library.is_file())
}

#[test]
fn a_program_is_told_the_time_of_its_clock() {
    let folder = tempfile::tempdir().unwrap();
    let Some(clock) = Clock::find(folder.path()).unwrap() else { return };
    let seconds = || {
        let mut words = clock.giver();
        words.extend(["date", "+%s"].map(OsString::from));
        let said = std::process::Command::new(&words[0]).args(&words[1..]).output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().parse::<i64>().unwrap()
    };
    let right = seconds();
    clock.set(-7_200).unwrap();
    let wrong = seconds();
    assert!((-7_200..-7_100).contains(&(wrong - right)), "{right}, then {wrong}");
}
