//! What concerns the store in one file: processes that die, files that are not as expected, rounds of writes.

mod cut;
mod kill;
mod opening;
mod rounds;
mod unreadable;

use std::path::{Path, PathBuf};

use collabcanvas_storage::SqliteStore;
use rusqlite::Connection;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("store.db")
}

fn store_in(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(&file_in(folder)).unwrap()
}

/// The file without the store around it, to see or do what the store would not.
fn raw(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    connection
}
