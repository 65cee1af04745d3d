//! Reading beside the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::StoreError;

/// Reads at a time: more would only wait for the same disk and two or four cores.
const MOST_READERS: usize = 4;

/// Read-only connections, opened when they are needed and kept.
pub(super) struct Readers {
    path: PathBuf,
    places: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), places: Arc::new(Semaphore::new(MOST_READERS)), idle: Arc::default() }
    }

    /// Runs `read` on a thread that may block. It sees everything that was answered by the writer before.
    pub(super) async fn run<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let place = self.places.clone().acquire_owned().await.map_err(|error| StoreError::Failed(error.to_string()))?;
        let (path, idle) = (self.path.clone(), self.idle.clone());
        let task = spawn_blocking(move || {
            let waiting = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => connect(&path)?,
            };
            let answer = read(&mut connection);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(place);
            answer
        });
        task.await.map_err(|error| StoreError::Failed(format!("a read did not end: {error}")))?
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "cache_size", -8 * 1024)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}
