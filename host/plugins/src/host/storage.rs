//! `storage`: a key-value store of the plugin's own in the project.

use bytes::Bytes;
use collabcanvas_canvas::Problem;

use super::Answer;
use crate::contract::imports::storage::{Entry, Host};
use crate::instance::GuestState;

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 256;
/// Largest value, in bytes.
const MAX_VALUE_BYTES: usize = 64 << 10;
/// Most values read at a time: 4 MiB together, if all are as large as may be.
const MAX_READ: usize = 64;
/// Most keys set, removed or listed at a time.
const MAX_KEYS: usize = 1_000;

impl Host for GuestState {
    async fn get(&mut self, keys: Vec<String>) -> Answer<Vec<Option<Vec<u8>>>> {
        self.serve("storage", "get", async |visit| {
            check_keys(keys.iter())?;
            if keys.len() > MAX_READ {
                let message =
                    format!("{} values were asked for; at most {MAX_READ} at a time: ask in parts", keys.len());
                return Err(Problem::new("too-many", message));
            }
            let values = visit.services.stored(&visit.caller, keys).await?;
            Ok(values.into_iter().map(|value| value.map(Vec::from)).collect())
        })
        .await
    }

    async fn set(&mut self, entries: Vec<Entry>) -> Answer<()> {
        self.serve("storage", "set", async |visit| {
            check_count(entries.len())?;
            check_keys(entries.iter().map(|entry| &entry.key))?;
            if let Some(entry) = entries.iter().find(|entry| entry.value.len() > MAX_VALUE_BYTES) {
                let found = entry.value.len();
                let message =
                    format!("the value of {} has {found} bytes; at most {MAX_VALUE_BYTES}: split it", entry.key);
                return Err(Problem::new("too-large", message));
            }
            let entries = entries.into_iter().map(|entry| (entry.key, Bytes::from(entry.value))).collect();
            visit.services.store(&visit.caller, entries).await
        })
        .await
    }

    async fn delete(&mut self, keys: Vec<String>) -> Answer<()> {
        self.serve("storage", "delete", async |visit| {
            check_count(keys.len())?;
            check_keys(keys.iter())?;
            visit.services.forget(&visit.caller, keys).await
        })
        .await
    }

    async fn list_keys(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<String>> {
        self.serve("storage", "list-keys", async |visit| {
            let limit = limit as usize;
            if !(1..=MAX_KEYS).contains(&limit) {
                let message = format!("the limit is {limit}; it must be 1 to {MAX_KEYS}");
                return Err(Problem::new("bad-query", message));
            }
            visit.services.stored_keys(&visit.caller, prefix, after, limit).await
        })
        .await
    }
}

fn check_count(keys: usize) -> Result<(), Problem> {
    if keys <= MAX_KEYS {
        return Ok(());
    }
    Err(Problem::new("too-many", format!("{keys} keys came; at most {MAX_KEYS} at a time: do it in parts")))
}

fn check_keys<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), Problem> {
    match keys.find(|key| !(1..=MAX_KEY_BYTES).contains(&key.len())) {
        None => Ok(()),
        Some(key) => {
            let message = format!("a key has {} bytes; it must have 1 to {MAX_KEY_BYTES}", key.len());
            Err(Problem::new("bad-key", message))
        }
    }
}
