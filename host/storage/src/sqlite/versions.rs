//! Versions.

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::ProjectId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::writer::Urgency;
use super::{SqliteStore, existing_project_key, project_key};
use crate::{NewVersion, StoreError, Version, VersionStore};

#[async_trait]
impl VersionStore for SqliteStore {
    async fn create_version(
        &self,
        project: &ProjectId,
        version: NewVersion,
        snapshot: Bytes,
    ) -> Result<Version, StoreError> {
        let (project, bytes) = (project.clone(), snapshot.len());
        let create = move |db: &Connection| create_version(db, &project, version, &snapshot);
        self.writer().run(Urgency::Patient, bytes, move |desk| create(&desk.db)).await
    }

    async fn versions(&self, project: &ProjectId) -> Result<Vec<Version>, StoreError> {
        let project = project.clone();
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT id, name, seq, shapes, created_ms FROM versions
                 WHERE project = (SELECT key FROM projects WHERE id = ?1) ORDER BY id DESC",
            )?;
            let versions = select.query_map([project.as_str()], read_version)?;
            Ok(versions.collect::<Result<_, _>>()?)
        };
        self.readers().run(read).await
    }

    async fn version_snapshot(&self, project: &ProjectId, id: u64) -> Result<Option<Bytes>, StoreError> {
        let project = project.clone();
        let read = move |db: &mut Connection| {
            let Some(project) = project_key(db, &project)? else { return Ok(None) };
            let mut select = db.prepare_cached("SELECT snapshot FROM versions WHERE project = ?1 AND id = ?2")?;
            let snapshot: Option<Vec<u8>> = select.query_row(params![project, id], |row| row.get(0)).optional()?;
            Ok(snapshot.map(Bytes::from))
        };
        self.readers().run(read).await
    }
}

fn create_version(
    db: &Connection,
    project: &ProjectId,
    version: NewVersion,
    snapshot: &[u8],
) -> Result<Version, StoreError> {
    let key = existing_project_key(db, project)?;
    let mut insert = db.prepare_cached(
        "INSERT INTO versions (project, id, name, seq, shapes, created_ms, snapshot)
         VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM versions WHERE project = ?1), ?2, ?3, ?4, ?5, ?6)
         RETURNING id, name, seq, shapes, created_ms",
    )?;
    let NewVersion { name, seq, shapes, created_ms } = version;
    Ok(insert.query_row(params![key, name, seq, shapes, created_ms, snapshot], read_version)?)
}

fn read_version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version { id: row.get(0)?, name: row.get(1)?, seq: row.get(2)?, shapes: row.get(3)?, created_ms: row.get(4)? })
}
