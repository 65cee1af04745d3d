//! Claiming and reading canvases, and appending to their journals. Checkpoints are in [`super::checkpoint`].

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{ClientId, Outbox, ProjectId, Seq, ShapeId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::writer::{Desk, Urgency};
use super::{SqliteStore, checkpoint, existing_project_key};
use crate::record::parse_shape;
use crate::{
    CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, StoreError, StoredCanvas, StoredClient, StoredRecord,
};

/// Clients that are remembered; beyond it the longest silent ones are forgotten when the canvas is opened. As many
/// as a document remembers.
const MAX_CLIENTS: usize = 10_000;

#[async_trait]
impl CanvasStore for SqliteStore {
    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        let project = project.clone();
        self.readers().run(move |db| read(db, &project)).await
    }

    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        let project = project.clone();
        self.writer().run(Urgency::Urgent, 0, move |desk| claim(desk, &project, claiming)).await
    }

    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError> {
        let project = project.clone();
        self.writer().run(Urgency::Urgent, batch.lines.len(), move |desk| append(desk, &project, fence, &batch)).await
    }

    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError> {
        checkpoint::write(self.writer(), project, fence, checkpoint).await
    }

    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        let project = project.clone();
        self.writer().run(Urgency::Urgent, 0, move |desk| close(desk, &project, fence)).await
    }
}

fn claim(desk: &mut Desk, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
    let Desk { db, positions } = desk;
    let position = positions.of(db, project)?;
    let passed = |expected| StoreError::EpochPassed { project: project.clone(), expected, found: position.epoch };
    let epoch = match claiming {
        Claiming::Alone if position.closed => position.epoch,
        Claiming::Alone => position.epoch + 1,
        Claiming::Epoch(epoch) if epoch == position.epoch => epoch,
        Claiming::After(epoch) if epoch == position.epoch => epoch + 1,
        Claiming::Epoch(expected) | Claiming::After(expected) => return Err(passed(expected)),
    };
    (position.epoch, position.fence, position.closed) = (epoch, position.fence + 1, false);
    db.prepare_cached(
        "INSERT INTO canvases (project, epoch, fence, closed) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (project) DO UPDATE SET epoch = excluded.epoch, fence = excluded.fence, closed = 0",
    )?
    .execute(params![position.key, position.epoch, position.fence])?;
    db.prepare_cached(
        "DELETE FROM clients WHERE project = ?1 AND seq <=
         (SELECT seq FROM clients WHERE project = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![position.key, MAX_CLIENTS])?;
    Ok(Claim { epoch, fence: position.fence, durable: position.last, checkpoint: position.checkpoint })
}

fn append(desk: &mut Desk, project: &ProjectId, fence: Fence, batch: &JournalBatch) -> Result<(), StoreError> {
    let position = desk.positions.held(&desk.db, project, fence)?;
    let JournalBatch { first, last, lines } = batch;
    if *first != position.last + 1 || last < first {
        // A commit that seemed to fail may have gone through: the same batch again is no mistake.
        if is_kept(&desk.db, position.key, batch)? {
            return Ok(());
        }
        let (project, kept) = (project.clone(), position.last);
        return Err(StoreError::OutOfOrder { project, first: *first, last: *last, kept });
    }
    desk.db
        .prepare_cached("INSERT INTO journal (project, first, last, lines) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![position.key, first, last, lines.as_ref()])?;
    position.last = *last;
    Ok(())
}

/// Whether this very batch is in the journal.
fn is_kept(db: &Connection, key: i64, batch: &JournalBatch) -> Result<bool, StoreError> {
    let mut select =
        db.prepare_cached("SELECT lines = ?4 FROM journal WHERE project = ?1 AND first = ?2 AND last = ?3")?;
    let same = select.query_row(params![key, batch.first, batch.last, batch.lines.as_ref()], |row| row.get(0));
    Ok(same.optional()?.unwrap_or(false))
}

fn close(desk: &mut Desk, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
    let position = desk.positions.held(&desk.db, project, fence)?;
    desk.db.prepare_cached("UPDATE canvases SET closed = 1 WHERE project = ?1")?.execute([position.key])?;
    desk.positions.forget_one(project);
    Ok(())
}

/// Reads a whole canvas as of one moment.
fn read(db: &mut Connection, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
    let moment = db.transaction()?;
    let key = existing_project_key(&moment, project)?;
    let (epoch, fence, checkpoint) = moment
        .prepare_cached("SELECT epoch, fence, checkpoint FROM canvases WHERE project = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .unwrap_or_default();
    Ok(StoredCanvas {
        epoch,
        fence,
        checkpoint,
        records: read_records(&moment, key)?,
        clients: read_clients(&moment, key)?,
        journal: read_journal(&moment, key, checkpoint)?,
    })
}

fn read_records(db: &Connection, key: i64) -> Result<Vec<StoredRecord>, StoreError> {
    let mut select = db.prepare_cached("SELECT id, seq, record FROM objects WHERE project = ?1")?;
    let mut rows = select.query([key])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.extend(read_record(row)?);
    }
    Ok(records)
}

/// One row of `objects`. What is no shape comes as it is (S2); a row without so much as an id is only named in the log.
fn read_record(row: &Row<'_>) -> Result<Option<StoredRecord>, StoreError> {
    let seq: Seq = row.get(1)?;
    let name = String::from_utf8_lossy(row.get_ref(0)?.as_bytes().unwrap_or_default());
    let Ok(id) = ShapeId::parse(&name) else {
        tracing::error!(id = %name, seq, "a record in the store has no shape's id and is left out");
        return Ok(None);
    };
    let Some(record) = row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)? else {
        return Ok(Some(StoredRecord::Deleted { id, seq }));
    };
    Ok(Some(match parse_shape(&id, record) {
        Ok(shape) => StoredRecord::Shape { shape, seq },
        Err(reason) => StoredRecord::Unreadable { id, raw: String::from_utf8_lossy(record).into_owned(), reason, seq },
    }))
}

fn read_clients(db: &Connection, key: i64) -> Result<Vec<StoredClient>, StoreError> {
    let mut select = db.prepare_cached("SELECT user, client, number, seq FROM clients WHERE project = ?1")?;
    let mut rows = select.query([key])?;
    let mut clients = Vec::new();
    while let Some(row) = rows.next()? {
        let (user, client): (String, String) = (row.get(0)?, row.get(1)?);
        match (UserId::parse(&user), ClientId::parse(&client)) {
            (Ok(user), Ok(client)) => {
                clients.push(StoredClient { outbox: Outbox { user, client }, number: row.get(2)?, seq: row.get(3)? });
            }
            _ => tracing::error!(user, client, "the number of an outbox is kept under what is no id; it is left out"),
        }
    }
    Ok(clients)
}

/// What the journal holds after the checkpoint; rows before it are only still to be cleared away.
fn read_journal(db: &Connection, key: i64, checkpoint: Seq) -> Result<Vec<JournalBatch>, StoreError> {
    let mut select =
        db.prepare_cached("SELECT first, last, lines FROM journal WHERE project = ?1 AND last > ?2 ORDER BY first")?;
    let batch = |row: &Row<'_>| {
        Ok(JournalBatch { first: row.get(0)?, last: row.get(1)?, lines: Bytes::from(row.get::<_, Vec<u8>>(2)?) })
    };
    Ok(select.query_map(params![key, checkpoint], batch)?.collect::<Result<_, _>>()?)
}
