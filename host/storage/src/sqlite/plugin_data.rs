//! What plugins keep.

use async_trait::async_trait;
use collabcanvas_canvas::ProjectId;
use rusqlite::{Connection, OptionalExtension, params};

use super::writer::Urgency;
use super::{SqliteStore, existing_project_key, project_key};
use crate::{PluginDataStore, StoreError};

#[async_trait]
impl PluginDataStore for SqliteStore {
    async fn get(
        &self,
        project: &ProjectId,
        plugin: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let (project, plugin, keys) = (project.clone(), plugin.to_owned(), keys.to_vec());
        self.readers().run(move |db| get(db, &project, &plugin, &keys)).await
    }

    async fn set(
        &self,
        project: &ProjectId,
        plugin: &str,
        entries: Vec<(String, Vec<u8>)>,
        quota: u64,
    ) -> Result<(), StoreError> {
        let bytes = entries.iter().map(|(key, value)| key.len() + value.len()).sum();
        let (project, plugin) = (project.clone(), plugin.to_owned());
        let set =
            move |db: &Connection| Drawer::of(existing_project_key(db, &project)?, &plugin).set(db, &entries, quota);
        self.writer().run(Urgency::Urgent, bytes, move |desk| set(&desk.db)).await
    }

    async fn delete(&self, project: &ProjectId, plugin: &str, keys: &[String]) -> Result<(), StoreError> {
        let (project, plugin, keys) = (project.clone(), plugin.to_owned(), keys.to_vec());
        let delete = move |db: &Connection| match project_key(db, &project)? {
            Some(project) => Drawer::of(project, &plugin).delete(db, &keys),
            None => Ok(()),
        };
        self.writer().run(Urgency::Urgent, 0, move |desk| delete(&desk.db)).await
    }

    async fn list_keys(
        &self,
        project: &ProjectId,
        plugin: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let (project, plugin, prefix, after) =
            (project.clone(), plugin.to_owned(), prefix.to_owned(), after.map(str::to_owned));
        let list = move |db: &mut Connection| match project_key(db, &project)? {
            Some(project) => Drawer::of(project, &plugin).list(db, &prefix, after.as_deref(), limit),
            None => Ok(Vec::new()),
        };
        self.readers().run(list).await
    }
}

fn get(
    db: &mut Connection,
    project: &ProjectId,
    plugin: &str,
    keys: &[String],
) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let moment = db.transaction()?;
    let Some(project) = project_key(&moment, project)? else {
        return Ok(vec![None; keys.len()]);
    };
    let mut select =
        moment.prepare_cached("SELECT value FROM plugin_data WHERE project = ?1 AND plugin = ?2 AND key = ?3")?;
    let values = keys.iter().map(|key| select.query_row(params![project, plugin, key], |row| row.get(0)).optional());
    Ok(values.collect::<Result<_, _>>()?)
}

/// What one plugin keeps in one project.
struct Drawer<'a> {
    project: i64,
    plugin: &'a str,
}

impl<'a> Drawer<'a> {
    fn of(project: i64, plugin: &'a str) -> Self {
        Self { project, plugin }
    }

    fn set(&self, db: &Connection, entries: &[(String, Vec<u8>)], quota: u64) -> Result<(), StoreError> {
        let before = self.used(db)?;
        let mut used = before;
        for (key, value) in entries {
            used = used.saturating_sub(self.remove(db, key)?) + size(key, value.len());
            db.prepare_cached("INSERT INTO plugin_data (project, plugin, key, value) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![self.project, self.plugin, key, value])?;
        }
        // Somebody over a quota that was lowered may still make things smaller.
        if used > quota && used > before {
            return Err(StoreError::QuotaExceeded { needed: used - before, used: before, quota });
        }
        self.note_used(db, used)
    }

    fn delete(&self, db: &Connection, keys: &[String]) -> Result<(), StoreError> {
        let mut used = self.used(db)?;
        for key in keys {
            used = used.saturating_sub(self.remove(db, key)?);
        }
        self.note_used(db, used)
    }

    /// Keys in byte order, which is how SQLite compares text.
    fn list(&self, db: &Connection, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, StoreError> {
        let mut select = db.prepare_cached(
            "SELECT key FROM plugin_data WHERE project = ?1 AND plugin = ?2 AND key >= ?3 AND (?4 IS NULL OR key > ?4)
             ORDER BY key LIMIT ?5",
        )?;
        let from = after.map_or(prefix, |after| after.max(prefix));
        let rows =
            select.query_map(params![self.project, self.plugin, from, after, limit], |row| row.get::<_, String>(0))?;
        let with_prefix = rows.take_while(|key| key.as_ref().map_or(true, |key| key.starts_with(prefix)));
        Ok(with_prefix.collect::<Result<_, _>>()?)
    }

    /// Removes a key; the bytes that it took up.
    fn remove(&self, db: &Connection, key: &str) -> Result<u64, StoreError> {
        let mut delete = db.prepare_cached(
            "DELETE FROM plugin_data WHERE project = ?1 AND plugin = ?2 AND key = ?3 RETURNING length(value)",
        )?;
        let removed: Option<usize> =
            delete.query_row(params![self.project, self.plugin, key], |row| row.get(0)).optional()?;
        Ok(removed.map_or(0, |value| size(key, value)))
    }

    fn used(&self, db: &Connection) -> Result<u64, StoreError> {
        let mut select = db.prepare_cached("SELECT bytes FROM plugin_usage WHERE project = ?1 AND plugin = ?2")?;
        Ok(select.query_row(params![self.project, self.plugin], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    fn note_used(&self, db: &Connection, bytes: u64) -> Result<(), StoreError> {
        db.prepare_cached(
            "INSERT INTO plugin_usage (project, plugin, bytes) VALUES (?1, ?2, ?3)
             ON CONFLICT (project, plugin) DO UPDATE SET bytes = excluded.bytes",
        )?
        .execute(params![self.project, self.plugin, bytes])?;
        Ok(())
    }
}

/// What an entry counts against the quota.
fn size(key: &str, value: usize) -> u64 {
    (key.len() + value) as u64
}
