//! The cache of what installing makes: compiled code and browser builds, by digest.

use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::InstallError;

/// A folder that only this server's user may enter.
pub(crate) struct Artefacts {
    folder: PathBuf,
    /// Names what compiled code depends on beside the plugin: Wasmtime's version, the processor, the configuration.
    compatibility: String,
}

impl Artefacts {
    /// Opens the folder, making it if need be, and refuses one that others may write to or enter.
    pub(crate) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        check_private(folder)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder: folder.to_owned(), compatibility: format!("{:016x}", hasher.finish()) })
    }

    /// The compiled component: from the cache in some 100 µs, else compiled now, which takes 13 ms and more.
    pub(crate) fn component(&self, engine: &Engine, digest: &str, component: &[u8]) -> Result<Component, InstallError> {
        let path = self.folder.join(format!("{digest}-{}.cwasm", self.compatibility));
        if path.exists() {
            match load(engine, &path) {
                Ok(component) => return Ok(component),
                Err(error) => tracing::warn!(%error, digest, "a cached artefact does not load: compiling it again"),
            }
        }
        let compile = |error: wasmtime::Error| InstallError::Compile { reason: format!("{error:#}") };
        let component = Component::new(engine, component).map_err(compile)?;
        let artefact = component.serialize().map_err(compile)?;
        self.keep(&path, &artefact);
        Ok(component)
    }

    /// The bytes kept under this name for this digest.
    pub(crate) fn read(&self, digest: &str, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(format!("{digest}-{name}"))).ok()
    }

    /// Keeps bytes under a name. Failing to is only slower the next time, so it is logged and no error.
    pub(crate) fn write(&self, digest: &str, name: &str, bytes: &[u8]) {
        self.keep(&self.folder.join(format!("{digest}-{name}")), bytes);
    }

    fn keep(&self, path: &Path, bytes: &[u8]) {
        if let Err(error) = self.replace(path, bytes) {
            tracing::warn!(%error, path = %path.display(), "cannot write to the plugins' cache: the next start will be slower");
        }
    }

    /// All or nothing, even when power fails: whole and on the disk before it has its name.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        static UNIQUE: AtomicU64 = AtomicU64::new(0);
        let unique = UNIQUE.fetch_add(1, Ordering::Relaxed);
        let draft = self.folder.join(format!(".draft-{}-{unique}", std::process::id()));
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    }
}

/// Loads code that [`Artefacts::component`] wrote.
fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the file must be what `Component::serialize` gave, unchanged. Only `Artefacts::component` writes files
    // of this name, straight from `serialize`; they get their name by a rename after an fsync, so none is half
    // written; the folder was checked to belong to this user and to be closed to all others (mode 0700), so nobody
    // else can have put or changed one, and files of plugins never land in it under a name of their choosing (digests
    // are hexadecimal). The name holds a hash of Wasmtime's version and configuration, which Wasmtime checks again
    // while it loads. Nobody shortens or rewrites a file while it is mapped: a new one takes its name, the old inode stays.
    unsafe { Component::deserialize_file(engine, path) }
}

fn check_private(folder: &Path) -> io::Result<()> {
    let found = fs::metadata(folder)?;
    // The user that this process is: a file that it makes belongs to it.
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    let own = File::create(&probe)?.metadata()?.uid();
    fs::remove_file(&probe)?;
    if found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let message = format!(
        "{} holds compiled code and must be a folder of the server's own user with mode 0700; it has mode {:o}: run chmod 700 on it",
        folder.display(),
        found.mode() & 0o777
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_cache_that_others_may_enter_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let error = Artefacts::open(folder.path(), &Engine::default()).err().unwrap();
        assert!(error.to_string().contains("chmod 700"), "{error}");
    }

    #[test]
    fn a_cached_artefact_that_is_damaged_is_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let artefacts = Artefacts::open(&folder.path().join("cache"), &engine).unwrap();
        let path = artefacts.folder.join(format!("d-{}.cwasm", artefacts.compatibility));
        fs::write(&path, b"rubbish").unwrap();
        let empty = b"\0asm\x0d\0\x01\0";
        artefacts.component(&engine, "d", empty).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 7);
    }
}
