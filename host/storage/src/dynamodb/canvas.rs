//! Reading canvases.

use async_trait::async_trait;
use collabcanvas_canvas::{ProjectId, Seq};

use super::DynamoStore;
use super::api::{Purpose, Query};
use super::item::Item;
use super::journal::range;
use super::position::{Entry, Head};
use crate::{CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, StoreError, StoredCanvas};

/// Readings that begin anew because a checkpoint overtook them, before it is told.
const READINGS: u32 = 10;

#[async_trait]
impl CanvasStore for DynamoStore {
    /// Reads the head, then the objects, then the journal. A checkpoint that is written meanwhile makes objects newer,
    /// which does no harm, and then deletes what the one before it made superfluous: only a reading that two
    /// checkpoints overtake can miss a batch. It finds the gap, and begins anew.
    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        let why = Purpose::of(project, "load");
        let mut head = self.read_head(why, project).await?;
        for _ in 0..READINGS {
            let (records, clients) = self.read_objects(why, project, head.previous).await?;
            let (end, journal) = self.read_journal(why, project, &head).await?;
            let Entry { epoch, fence, .. } = end;
            let canvas = StoredCanvas { epoch, fence, checkpoint: head.checkpoint, records, clients, journal };
            if is_whole(&canvas, end.last) {
                return Ok(canvas);
            }
            let now = self.read_head(why, project).await?;
            if now == head {
                // No checkpoint did this, so another reading does not help. What is there is served (S2).
                tracing::error!(%project, checkpoint = head.checkpoint, durable = end.last, "batches are missing in the journal");
                return Ok(canvas);
            }
            head = now;
        }
        Err(StoreError::Failed(format!("project {project} is checkpointed faster than it can be read: try again")))
    }

    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        self.claim_log(project, claiming).await
    }

    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError> {
        self.append_batch(project, fence, &batch).await
    }

    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.write_checkpoint(project, fence, &checkpoint).await
    }

    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        self.close_log(project, fence).await
    }
}

impl DynamoStore {
    /// The end of the log, and the batches after the checkpoint.
    async fn read_journal(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        head: &Head,
    ) -> Result<(Entry, Vec<JournalBatch>), StoreError> {
        let query = Query {
            table: &self.tables().journal,
            condition: "#pk = :pk AND #sk >= :from",
            values: range(project, head.base),
            ..Query::default()
        };
        let items = self.api().query(why, query).await?;
        let end = items.last().map(Entry::read).transpose()?.unwrap_or_default();
        let is_wanted = |item: &&Item| item.find_number("last").is_some_and(|last| last > head.checkpoint);
        let mut journal = Vec::new();
        for item in items.iter().filter(|item| item.find_number("first").is_some()).filter(is_wanted) {
            journal.extend(self.read_batch(item).await?);
        }
        Ok((end, journal))
    }
}

/// Whether the journal goes on where the checkpoint ends, up to the last durable transaction.
fn is_whole(canvas: &StoredCanvas, durable: Seq) -> bool {
    let mut next = canvas.checkpoint + 1;
    for batch in &canvas.journal {
        if batch.first > next {
            return false;
        }
        next = batch.last + 1;
    }
    next > durable
}
