//! Writing checkpoints: every record by a write of its own, many at a time.
//!
//! A record replaces an earlier one only, and every record reflects what is durable, so a checkpoint that is cut off
//! leaves nothing to repair: the journal is still whole, and replaying it skips what a record reflects already. Only
//! when all are written does the head move, which makes journal superfluous; that is deleted one checkpoint later.
//!
//! A host that was claimed over writes nothing that was not once so: its records are durable history, and newer ones
//! stay. What it could do harm to is a deletion that is no longer kept; so it looks before every [`CHUNK`] of records
//! whether it may still write, and deletions outlive any chunk by far.
//!
//! Costs: one write unit for each KB of a record, one for the head, one read unit for each look.

use collabcanvas_canvas::{ProjectId, Seq};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::DynamoStore;
use super::api::{Purpose, Refusal};
use super::item::Item;
use super::objects::Object;
use super::position::{Head, Kept};
use super::write::Write;
use crate::{Checkpoint, Fence, StoreError};

/// Records between two looks at the fence: a second or so.
const CHUNK: usize = 1_000;

/// Records that are on their way at a time.
const AT_ONCE: usize = 32;

impl DynamoStore {
    pub(super) async fn write_checkpoint(
        &self,
        project: &ProjectId,
        fence: Fence,
        checkpoint: &Checkpoint,
    ) -> Result<(), StoreError> {
        let why = Purpose::of(project, "checkpoint");
        let durable = self.admit(why, project, fence).await?;
        check_durable(project, newest(checkpoint), durable)?;
        let mut objects = objects(checkpoint).peekable();
        while objects.peek().is_some() {
            let chunk = objects.by_ref().take(CHUNK);
            let writes: Vec<_> = chunk.map(|object| self.write_object(why, project, object)).collect();
            stream::iter(writes).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
            self.admit(why, project, fence).await?;
        }
        self.complete(why, project, fence, checkpoint.seq).await
    }

    /// Whether the holder of this fence may still write; the last durable transaction (D4).
    async fn admit(&self, why: Purpose<'_>, project: &ProjectId, fence: Fence) -> Result<Seq, StoreError> {
        let end = self.read_end(why, project).await?;
        if end.place == 0 {
            // A log without entries says nothing of whether there is a project.
            self.read_head(why, project).await?;
        }
        end.admit(project, fence)?;
        Ok(end.last)
    }

    async fn write_object(&self, why: Purpose<'_>, project: &ProjectId, object: Object<'_>) -> Result<(), StoreError> {
        match self.api().write(why, object.write(&self.tables().objects, project)?).await {
            // Something newer is there, or this very record.
            Ok(_) | Err(Refusal::Condition(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves the head forward, and deletes what the checkpoint before made superfluous.
    async fn complete(&self, why: Purpose<'_>, project: &ProjectId, fence: Fence, seq: Seq) -> Result<(), StoreError> {
        let cell = self.positions().of(project);
        let (superfluous, before) = {
            let mut known = cell.lock().await;
            let mut position = self.held(why, project, fence, known.take()).await?;
            if let Some(head) = self.move_head(why, project, seq, position.base_at(seq), position.head.trimmed).await? {
                position.head = head;
            }
            let found = (position.superfluous(), position.head.previous_base);
            *known = Some(position);
            found
        };
        // Appends go on meanwhile.
        self.trim(why, project, &superfluous).await?;
        if let Some(position) = cell.lock().await.as_mut() {
            position.batches.retain(|batch| batch.place >= before);
            position.head.trimmed = position.head.trimmed.max(before);
        }
        Ok(())
    }

    /// The head as it is then; none when it is at this checkpoint or a later one already.
    async fn move_head(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        seq: Seq,
        base: u64,
        trimmed: u64,
    ) -> Result<Option<Head>, StoreError> {
        let values = Item::default().number(":seq", seq).number(":base", base).number(":trimmed", trimmed);
        let change = "SET #previous = #checkpoint, #previous_base = #base, #checkpoint = :seq, #base = :base, \
                      #trimmed = :trimmed";
        let head = Write::update(&self.tables().journal, Item::numbered(project.as_str(), 0), change, values);
        match self.api().write(why, head.when("#checkpoint < :seq", Item::default())).await {
            Ok(item) => item.as_ref().map(Head::read).transpose(),
            Err(Refusal::Condition(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes batches. When it is cut off, the next checkpoint does it.
    async fn trim(&self, why: Purpose<'_>, project: &ProjectId, batches: &[Kept]) -> Result<(), StoreError> {
        let keys = batches.iter().map(|batch| Item::numbered(project.as_str(), batch.place)).collect();
        self.api().delete_many(why, &self.tables().journal, keys).await?;
        for object in batches.iter().filter_map(|batch| batch.object.as_deref()) {
            self.large().delete(object).await;
        }
        Ok(())
    }
}

/// The latest transaction that the checkpoint reflects.
fn newest(checkpoint: &Checkpoint) -> Seq {
    let changed = checkpoint.changed.iter().map(|(_, seq)| *seq);
    let deleted = checkpoint.deleted.iter().map(|(_, seq)| *seq);
    let clients = checkpoint.clients.iter().map(|client| client.seq);
    changed.chain(deleted).chain(clients).fold(checkpoint.seq, Seq::max)
}

fn objects(checkpoint: &Checkpoint) -> impl Iterator<Item = Object<'_>> {
    let changed = checkpoint.changed.iter().map(|(shape, seq)| Object::Shape(shape, *seq));
    let deleted = checkpoint.deleted.iter().map(|(id, seq)| Object::Deletion(id, *seq));
    changed.chain(deleted).chain(checkpoint.clients.iter().map(Object::Client))
}

/// A checkpoint of what may still be lost would outlive it and mix with what comes in its place.
fn check_durable(project: &ProjectId, newest: Seq, last: Seq) -> Result<(), StoreError> {
    if newest <= last {
        return Ok(());
    }
    Err(StoreError::Failed(format!(
        "a checkpoint of project {project} reflects transaction {newest}, but the journal ends at {last}: append first"
    )))
}
