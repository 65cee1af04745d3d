//! The plugins' files in the data folder: every build that was ever installed is kept under its digest, so that a
//! project finds the exact one that it pinned (P2), whatever was built or uploaded since.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use collabcanvas_plugins::Plugin;
use collabcanvas_rooms::Catalog;

use crate::site::{IMMUTABLE, StaticFile};

/// Digests of the builds that came with the server, now or before: one a line.
const BUNDLED_LIST: &str = "bundled";

/// Where plugins' files are kept, and what of them browsers are sent.
pub(crate) struct PluginFolder {
    folder: PathBuf,
    /// The plugins that come with the server.
    bundled: Vec<Arc<Plugin>>,
    /// Files of browser builds that have been asked for, by digest and name, compressed.
    served: Mutex<HashMap<(String, String), Arc<StaticFile>>>,
}

impl PluginFolder {
    /// Makes the folder if need be. Blocks.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, bundled: Vec::new(), served: Mutex::default() })
    }

    /// The plugins that come with the server.
    pub fn bundled(&self) -> Vec<Arc<Plugin>> {
        self.bundled.clone()
    }

    /// Says which plugins come with the server.
    pub fn set_bundled(&mut self, plugins: Vec<Arc<Plugin>>) {
        self.bundled = plugins;
    }

    /// The files that are kept, with the digests that they are named by.
    pub fn kept(&self) -> io::Result<Vec<PathBuf>> {
        wasm_files(&self.folder)
    }

    /// Keeps a build.
    pub async fn keep(&self, digest: &str, file: &[u8]) -> io::Result<()> {
        let path = self.folder.join(format!("{digest}.wasm"));
        if path.try_exists()? {
            return Ok(());
        }
        write_whole(path, file.to_vec()).await
    }

    /// The digests of all builds that have ever come with the server.
    pub fn ever_bundled(&self) -> io::Result<BTreeSet<String>> {
        match std::fs::read_to_string(self.folder.join(BUNDLED_LIST)) {
            Ok(list) => Ok(list.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    /// Notes which builds come with the server.
    pub async fn note_bundled(&self, digests: &BTreeSet<String>) -> io::Result<()> {
        let list: String = digests.iter().flat_map(|digest| [digest, "\n"]).collect();
        write_whole(self.folder.join(BUNDLED_LIST), list.into_bytes()).await
    }

    /// A file of a plugin's browser build.
    pub fn browser_file(&self, catalog: &Catalog, digest: &str, name: &str) -> Option<Arc<StaticFile>> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (digest.to_owned(), name.to_owned());
        if let Some(file) = served.get(&key) {
            return Some(file.clone());
        }
        let plugin = catalog.get(digest)?;
        let file = plugin.browser_build().files.get(name)?;
        let file = Arc::new(StaticFile::new(file.media_type, IMMUTABLE, file.bytes.clone()));
        served.insert(key, file.clone());
        Some(file)
    }
}

/// The `.wasm` files of a folder, in order of their names.
pub(crate) fn wasm_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wasm") && path.is_file());
    files.sort();
    Ok(files)
}

/// Writes a file so that it is there whole or not at all, whatever happens meanwhile.
pub(crate) async fn write_whole(path: PathBuf, content: Vec<u8>) -> io::Result<()> {
    let write = move || {
        let mut name = path.clone().into_os_string();
        name.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // The file of a server that is ready holds its operator's key.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(&content)?;
        file.sync_all()?;
        std::fs::rename(&part, &path)
    };
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}
