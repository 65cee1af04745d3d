//! Writing checkpoints, a chunk at a time, so that other projects' appends get through between the chunks.
//!
//! Every record carries the sequence number that it reflects, and a chunk replaces older ones only. A checkpoint that
//! is cut off after some chunks therefore leaves nothing to repair: the journal is still whole, and replaying it skips
//! what a record reflects already. The last chunk moves the canvas's `checkpoint` forward, which makes the journal
//! before it superfluous; only then is that cleared away.

use collabcanvas_canvas::{ProjectId, Seq, Shape, ShapeId};
use rusqlite::{Connection, params};

use super::positions::Position;
use super::writer::{Desk, Urgency, Writer};
use crate::{Checkpoint, Fence, StoreError, StoredClient};

/// Records in a chunk: some 5 ms of work.
const CHUNK_RECORDS: usize = 500;

/// Bytes in a chunk, for large records.
const CHUNK_BYTES: usize = 256 * 1024;

/// Superfluous rows that are cleared away in one go.
const CLEARED_ROWS: usize = 500;

/// One row that a checkpoint writes.
enum Record {
    Object { id: ShapeId, seq: Seq, shape: Option<Vec<u8>> },
    Client(StoredClient),
}

impl Record {
    fn of_shape(shape: &Shape, seq: Seq) -> Result<Self, StoreError> {
        let json = serde_json::to_vec(shape)
            .map_err(|error| StoreError::Failed(format!("shape {} cannot be written as JSON: {error}", shape.id)))?;
        Ok(Self::Object { id: shape.id.clone(), seq, shape: Some(json) })
    }

    fn bytes(&self) -> usize {
        // 100 is about what a row costs beside the shape.
        100 + match self {
            Self::Object { shape, .. } => shape.as_ref().map_or(0, Vec::len),
            Self::Client(_) => 0,
        }
    }
}

/// What the store keeps no longer than it must.
#[derive(Clone, Copy)]
struct Superfluous {
    /// Journal batches that end here or before.
    journal: Seq,
    /// Deletions of this time or before.
    deleted: Seq,
}

/// Writes a checkpoint; see [`crate::CanvasStore::checkpoint`].
pub(super) async fn write(
    writer: &Writer,
    project: &ProjectId,
    fence: Fence,
    checkpoint: Checkpoint,
) -> Result<(), StoreError> {
    let (seq, newest) = (checkpoint.seq, newest(&checkpoint));
    let mut records = records(checkpoint).peekable();
    let (superfluous, cleared) = loop {
        let (chunk, bytes) = next_chunk(&mut records)?;
        let is_last = records.peek().is_none();
        let project = project.clone();
        let work = move |desk: &mut Desk| {
            let position = desk.positions.held(&desk.db, &project, fence)?;
            check_durable(&project, position, newest)?;
            write_chunk(&desk.db, position.key, &chunk)?;
            is_last.then(|| complete(&desk.db, position, seq)).transpose()
        };
        if let Some(completed) = writer.run(Urgency::Patient, bytes, work).await? {
            break completed;
        }
    };
    if cleared < CLEARED_ROWS {
        return Ok(());
    }
    clear(writer, project, fence, superfluous).await
}

/// The latest transaction that the checkpoint reflects.
fn newest(checkpoint: &Checkpoint) -> Seq {
    let changed = checkpoint.changed.iter().map(|(_, seq)| *seq);
    let deleted = checkpoint.deleted.iter().map(|(_, seq)| *seq);
    let clients = checkpoint.clients.iter().map(|client| client.seq);
    changed.chain(deleted).chain(clients).fold(checkpoint.seq, Seq::max)
}

fn records(checkpoint: Checkpoint) -> impl Iterator<Item = Result<Record, StoreError>> {
    let changed = checkpoint.changed.into_iter().map(|(shape, seq)| Record::of_shape(&shape, seq));
    let deleted = checkpoint.deleted.into_iter().map(|(id, seq)| Ok(Record::Object { id, seq, shape: None }));
    let clients = checkpoint.clients.into_iter().map(|client| Ok(Record::Client(client)));
    changed.chain(deleted).chain(clients)
}

/// The next records, none at all if there are none, and their size.
fn next_chunk(
    records: &mut impl Iterator<Item = Result<Record, StoreError>>,
) -> Result<(Vec<Record>, usize), StoreError> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_RECORDS && bytes < CHUNK_BYTES {
        let Some(record) = records.next().transpose()? else { break };
        bytes += record.bytes();
        chunk.push(record);
    }
    Ok((chunk, bytes))
}

/// A checkpoint of what may still be lost would outlive it and mix with what comes in its place.
fn check_durable(project: &ProjectId, position: &Position, newest: Seq) -> Result<(), StoreError> {
    if newest <= position.last {
        return Ok(());
    }
    let last = position.last;
    Err(StoreError::Failed(format!(
        "a checkpoint of project {project} reflects transaction {newest}, but the journal ends at {last}: append first"
    )))
}

fn write_chunk(db: &Connection, key: i64, chunk: &[Record]) -> Result<(), StoreError> {
    let mut object = db.prepare_cached(
        "INSERT INTO objects (project, id, seq, record) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project, id) DO UPDATE SET seq = excluded.seq, record = excluded.record
         WHERE excluded.seq > objects.seq",
    )?;
    let mut client_number = db.prepare_cached(
        "INSERT INTO clients (project, user, client, number, seq) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (project, user, client) DO UPDATE SET number = excluded.number, seq = excluded.seq
         WHERE excluded.seq > clients.seq",
    )?;
    for record in chunk {
        match record {
            Record::Object { id, seq, shape } => object.execute(params![key, id.as_str(), seq, shape])?,
            Record::Client(StoredClient { outbox, number, seq }) => {
                client_number.execute(params![key, outbox.user.as_str(), outbox.client.as_str(), number, seq])?
            }
        };
    }
    Ok(())
}

/// Moves the canvas's checkpoint forward and clears away what can be at once: what is superfluous, and how many rows
/// of it are gone.
fn complete(db: &Connection, position: &mut Position, seq: Seq) -> Result<(Superfluous, usize), StoreError> {
    // One checkpoint longer than the journal that the deletion came from.
    let deleted = position.checkpoint;
    position.checkpoint = position.checkpoint.max(seq);
    db.prepare_cached("UPDATE canvases SET checkpoint = ?2 WHERE project = ?1")?
        .execute(params![position.key, position.checkpoint])?;
    let superfluous = Superfluous { journal: position.checkpoint, deleted };
    Ok((superfluous, clear_some(db, position.key, superfluous)?))
}

/// Clears away the rest of what is superfluous, some rows at a time for the same reason as chunks. When it is cut
/// off, the next checkpoint does it.
async fn clear(writer: &Writer, project: &ProjectId, fence: Fence, superfluous: Superfluous) -> Result<(), StoreError> {
    loop {
        let project = project.clone();
        let work = move |desk: &mut Desk| {
            let key = desk.positions.held(&desk.db, &project, fence)?.key;
            clear_some(&desk.db, key, superfluous)
        };
        if writer.run(Urgency::Patient, CHUNK_BYTES / 2, work).await? < CLEARED_ROWS {
            return Ok(());
        }
    }
}

/// How many rows were cleared away: fewer than [`CLEARED_ROWS`] when none are left.
fn clear_some(db: &Connection, key: i64, superfluous: Superfluous) -> Result<usize, StoreError> {
    let batches = db
        .prepare_cached(
            "DELETE FROM journal WHERE place IN
             (SELECT place FROM journal WHERE project = ?1 AND first <= ?2 AND last <= ?2 ORDER BY first LIMIT ?3)",
        )?
        .execute(params![key, superfluous.journal, CLEARED_ROWS])?;
    let deletions = db
        .prepare_cached(
            "DELETE FROM objects WHERE project = ?1 AND id IN
             (SELECT id FROM objects WHERE project = ?1 AND record IS NULL AND seq <= ?2 ORDER BY seq LIMIT ?3)",
        )?
        .execute(params![key, superfluous.deleted, CLEARED_ROWS])?;
    Ok(batches.max(deletions))
}
