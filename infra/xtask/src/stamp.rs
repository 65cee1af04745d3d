//! Remembers what something was built from, for the builds that cargo does not look after.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What a build was made from, as one number: the content of its sources and whatever else decides.
///
/// Content, not time: a branch switched back and forth leaves nothing to build.
#[derive(Default)]
pub struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Takes a word into account: a version, an option.
    pub fn word(mut self, word: &str) -> Self {
        word.hash(&mut self.0);
        self
    }

    /// Takes a file into account: its content, or that it is missing.
    pub fn file(mut self, path: &Path) -> Result<Self> {
        match fs::read(path) {
            Ok(content) => content.hash(&mut self.0),
            Err(error) if error.kind() == ErrorKind::NotFound => "missing".hash(&mut self.0),
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
        Ok(self)
    }

    /// Takes all files below a folder into account, but for entries that `skip` names.
    pub fn folder(mut self, folder: &Path, skip: fn(&str) -> bool) -> Result<Self> {
        let mut files = Vec::new();
        list(folder, skip, &mut files)?;
        files.sort();
        for file in files {
            file.hash(&mut self.0);
            self = self.file(&file)?;
        }
        Ok(self)
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

fn list(folder: &Path, skip: fn(&str) -> bool, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))? {
        let entry = entry?;
        if skip(&entry.file_name().to_string_lossy()) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => list(&entry.path(), skip, files)?,
            false => files.push(entry.path()),
        }
    }
    Ok(())
}

/// A file that holds the fingerprint of the last build that succeeded.
pub struct Stamp(PathBuf);

impl Stamp {
    /// The stamp of that name in the target folder.
    pub fn new(target: &Path, name: &str) -> Self {
        Self(target.join("xtask").join(name))
    }

    /// Whether the last build was made from the same.
    pub fn is(&self, fingerprint: &Fingerprint) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|text| text == fingerprint.text())
    }

    /// Remembers a build that succeeded. Take the fingerprint before it starts: what changes
    /// meanwhile has not been built.
    pub fn set(&self, fingerprint: &Fingerprint) -> Result<()> {
        write_atomically(&self.0, fingerprint.text().as_bytes())
    }
}

/// Writes a file so that others see all of it or none, making its folder first.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        fs::write(&partial, content)?;
        fs::rename(&partial, path)
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in [("src/a.ts", "one"), ("out/a.js", "built")] {
            write_atomically(&folder.path().join(path), content.as_bytes()).unwrap();
        }
        folder
    }

    fn fingerprint(folder: &Path) -> Fingerprint {
        Fingerprint::default().word("20").folder(folder, |name| name == "out").unwrap()
    }

    #[test]
    fn nothing_changed_needs_no_build_and_a_changed_source_does() {
        let folder = folder();
        let folder = folder.path();
        let stamp = Stamp::new(&folder.join("out"), "web");
        assert!(!stamp.is(&fingerprint(folder)), "never built");

        stamp.set(&fingerprint(folder)).unwrap();
        assert!(stamp.is(&fingerprint(folder)));

        fs::write(folder.join("src/a.ts"), "two").unwrap();
        assert!(!stamp.is(&fingerprint(folder)), "changed");

        fs::write(folder.join("src/a.ts"), "one").unwrap();
        assert!(stamp.is(&fingerprint(folder)), "changed back");
    }

    #[test]
    fn what_a_build_writes_is_no_source_of_it() {
        let folder = folder();
        let folder = folder.path();
        let stamp = Stamp::new(&folder.join("out"), "web");
        stamp.set(&fingerprint(folder)).unwrap();
        fs::write(folder.join("out/a.js"), "built again").unwrap();
        assert!(stamp.is(&fingerprint(folder)));
    }

    #[test]
    fn a_moved_or_added_file_and_another_version_need_a_build() {
        let folder = folder();
        let folder = folder.path();
        let stamp = Stamp::new(&folder.join("out"), "web");
        stamp.set(&fingerprint(folder)).unwrap();
        assert!(!stamp.is(&Fingerprint::default().word("22").folder(folder, |name| name == "out").unwrap()));

        fs::rename(folder.join("src/a.ts"), folder.join("src/b.ts")).unwrap();
        assert!(!stamp.is(&fingerprint(folder)));
    }
}
