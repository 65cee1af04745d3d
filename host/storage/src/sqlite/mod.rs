//! The store in one SQLite file.
//!
//! All writes go to one thread ([`writer`]), which takes whatever waits, writes it in one transaction and answers
//! everybody after that transaction's one fsync. Reads go to a few read-only connections ([`readers`]), which in WAL
//! mode never wait for the writer. The tables are in [`schema`]; one file per trait holds what it does to them.

mod accounts;
mod canvas;
mod checkpoint;
mod plugin_data;
mod positions;
mod projects;
mod readers;
mod schema;
mod versions;
mod writer;

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use collabcanvas_canvas::ProjectId;
use rusqlite::{Connection, ErrorCode, OptionalExtension};

use crate::StoreError;
use readers::Readers;
use writer::Writer;

/// The embedded store: one file, one writer thread, group commit. Cloning is cheap; when the last clone goes, what
/// waits is written, the file closed and its lock released.
///
/// ```
/// # use collabcanvas_storage::*;
/// # use collabcanvas_canvas::UserId;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), StoreError> {
/// # let folder = tempfile::tempdir().unwrap();
/// let store = SqliteStore::open(&folder.path().join("collabcanvas.db"))?;
/// let ada = User { id: UserId::parse("ada").unwrap(), name: "Ada".into(), operator: true, created_ms: 0 };
/// store.create_user(&ada).await?;
/// assert_eq!(store.first_operator().await?, Some(ada));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    parts: Arc<Parts>,
}

/// In the order in which they are to go: the lock last, when nobody writes any more.
struct Parts {
    writer: Writer,
    readers: Readers,
    _lock: File,
}

impl SqliteStore {
    /// Opens the store in this file and brings it to the current format; makes it when there is none. The folder must
    /// exist. Blocks for some milliseconds, or for as long as recovery after a crash takes.
    ///
    /// Errors: [`StoreError::CannotOpen`] when another process uses it, when a newer version wrote it, or when it is
    /// no store of ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let mut connection = Connection::open(path).map_err(|error| cannot_open(path, error.to_string()))?;
        schema::prepare(&mut connection).map_err(|reason| cannot_open(path, reason))?;
        let writer = Writer::start(connection)?;
        Ok(Self { parts: Arc::new(Parts { writer, readers: Readers::of(path), _lock: lock }) })
    }

    fn writer(&self) -> &Writer {
        &self.parts.writer
    }

    fn readers(&self) -> &Readers {
        &self.parts.readers
    }
}

/// Keeps a second process away. The kernel releases the lock however this process ends.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| cannot_open(path, format!("its lock {} cannot be made: {error}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(cannot_open(
            path,
            "another collabcanvas uses this data folder: end it, or use another folder".to_owned(),
        )),
        Err(TryLockError::Error(error)) => {
            Err(cannot_open(path, format!("its lock {} cannot be taken: {error}", name.display())))
        }
    }
}

fn cannot_open(path: &Path, reason: String) -> StoreError {
    StoreError::CannotOpen { path: path.display().to_string(), reason }
}

/// The number that stands for a project in all other tables.
fn project_key(db: &Connection, project: &ProjectId) -> Result<Option<i64>, StoreError> {
    let mut find = db.prepare_cached("SELECT key FROM projects WHERE id = ?1")?;
    Ok(find.query_row([project.as_str()], |row| row.get(0)).optional()?)
}

/// The same, for what makes no sense without the project.
fn existing_project_key(db: &Connection, project: &ProjectId) -> Result<i64, StoreError> {
    project_key(db, project)?.ok_or_else(|| StoreError::NoSuchProject(project.clone()))
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Failed("the disk is full: free some space".to_owned()),
            Some(ErrorCode::ReadOnly) => {
                Self::Failed(format!("the file cannot be written, see to its permissions: {error}"))
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}
