//! The plugins' files: every build that was ever installed is kept under its digest, so that a project finds the exact
//! one that it pinned (P2), whatever was built or uploaded since. A server on its own keeps them in its data folder;
//! many hosts keep them in the object store that they share, each fetching what a project has pinned when it needs it.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use collabcanvas_plugins::Plugin;
use collabcanvas_rooms::{Catalog, PluginSource};
use futures_util::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::site::{IMMUTABLE, StaticFile};

/// Digests of the builds that came with the server, now or before: one a line.
const BUNDLED_LIST: &str = "bundled";
/// The same in an object store: an empty object for each, so that hosts of different releases add to it at once.
const BUNDLED_MARKS: &str = "plugins/bundled";
/// Where an object store has the files.
const FILES: &str = "plugins/files";
/// What a file's name ends with.
const ENDING: &str = ".wasm";

/// Where plugins' files are kept, and what of them browsers are sent.
pub(crate) struct PluginFiles {
    place: Place,
    /// The plugins that come with the server.
    bundled: Vec<Arc<Plugin>>,
    /// Files of browser builds that have been asked for, by digest and name, compressed.
    served: Mutex<HashMap<(String, String), Arc<StaticFile>>>,
}

enum Place {
    Folder(PathBuf),
    Shared(Arc<dyn ObjectStore>),
}

impl PluginFiles {
    /// In a folder, which is made if need be. Blocks.
    pub fn in_folder(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self::at(Place::Folder(folder)))
    }

    /// In an object store.
    pub fn shared(store: Arc<dyn ObjectStore>) -> Self {
        Self::at(Place::Shared(store))
    }

    fn at(place: Place) -> Self {
        Self { place, bundled: Vec::new(), served: Mutex::default() }
    }

    /// The plugins that come with the server.
    pub fn bundled(&self) -> Vec<Arc<Plugin>> {
        self.bundled.clone()
    }

    /// Says which plugins come with the server.
    pub fn set_bundled(&mut self, plugins: Vec<Arc<Plugin>>) {
        self.bundled = plugins;
    }

    /// The files in the folder, with the digests that they are named by; none where hosts share them, which are fetched
    /// one by one.
    pub fn kept(&self) -> io::Result<Vec<PathBuf>> {
        match &self.place {
            Place::Folder(folder) => wasm_files(folder),
            Place::Shared(_) => Ok(Vec::new()),
        }
    }

    /// Keeps a build.
    pub async fn keep(&self, digest: &str, file: &[u8]) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(format!("{digest}{ENDING}"));
                if path.try_exists()? {
                    return Ok(());
                }
                write_whole(path, file.to_vec()).await
            }
            Place::Shared(store) => {
                let path = file_path(digest);
                match store.head(&path).await {
                    Ok(_) => Ok(()),
                    Err(object_store::Error::NotFound { .. }) => {
                        Ok(store.put(&path, PutPayload::from(file.to_vec())).await.map(drop)?)
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    /// Installs what other hosts have installed since this one began.
    pub async fn install_shared(&self, catalog: &Catalog) -> io::Result<()> {
        let Place::Shared(store) = &self.place else { return Ok(()) };
        let mut objects = store.list(Some(&ObjectPath::from(FILES)));
        while let Some(object) = objects.try_next().await? {
            let digest = object.location.filename().and_then(|name| name.strip_suffix(ENDING));
            if let Some(digest) = digest {
                catalog.ensure(digest).await;
            }
        }
        Ok(())
    }

    /// The digests of all builds that have ever come with the server.
    pub async fn ever_bundled(&self) -> io::Result<BTreeSet<String>> {
        match &self.place {
            Place::Folder(folder) => match std::fs::read_to_string(folder.join(BUNDLED_LIST)) {
                Ok(list) => Ok(list.lines().map(str::to_owned).collect()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
                Err(error) => Err(error),
            },
            Place::Shared(store) => {
                let marks = store.list(Some(&ObjectPath::from(BUNDLED_MARKS)));
                let digests = marks.map_ok(|mark| mark.location.filename().unwrap_or_default().to_owned());
                Ok(digests.try_collect().await?)
            }
        }
    }

    /// Notes which builds come with the server, besides those that are noted already.
    pub async fn note_bundled(&self, noted: &BTreeSet<String>, new: &BTreeSet<String>) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let list: String = noted.union(new).flat_map(|digest| [digest, "\n"]).collect();
                write_whole(folder.join(BUNDLED_LIST), list.into_bytes()).await
            }
            Place::Shared(store) => {
                for digest in new {
                    let mark = ObjectPath::from(format!("{BUNDLED_MARKS}/{digest}"));
                    store.put(&mark, PutPayload::new()).await?;
                }
                Ok(())
            }
        }
    }

    /// Where a catalog finds what this host has not installed; none for a server on its own, which has everything.
    pub fn source(&self) -> Option<Arc<dyn PluginSource>> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Shared(store) => Some(Arc::new(SharedFiles(store.clone()))),
        }
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

/// The files that many hosts share.
struct SharedFiles(Arc<dyn ObjectStore>);

#[async_trait]
impl PluginSource for SharedFiles {
    async fn file(&self, digest: &str) -> Result<Option<Vec<u8>>, String> {
        let read = async { self.0.get(&file_path(digest)).await?.bytes().await };
        match read.await {
            Ok(file) => Ok(Some(file.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn file_path(digest: &str) -> ObjectPath {
    ObjectPath::from(format!("{FILES}/{digest}{ENDING}"))
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
