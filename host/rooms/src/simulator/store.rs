//! The store of a simulation: everything in memory, at a price, in its time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use collabcanvas_canvas::{Epoch, Outbox, ProjectId, Seq, Shape, ShapeId};
use collabcanvas_storage::{
    CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, StoreError, StoredCanvas, StoredClient, StoredRecord,
};
use tokio::time::{Instant, sleep};

use super::outcome::WriteUnits;
use super::prices::Prices;

/// How long the store of a simulation takes. The defaults are guesses at a database in the same region, for want of a
/// measurement: set what yours takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreTiming {
    /// An append, in milliseconds.
    pub append_ms: u64,
    /// A checkpoint, in milliseconds, before its shapes.
    pub checkpoint_ms: u64,
    /// Shapes that a checkpoint writes in a second.
    pub shapes_per_second: u64,
}

impl Default for StoreTiming {
    fn default() -> Self {
        Self { append_ms: 12, checkpoint_ms: 12, shapes_per_second: 2_000 }
    }
}

/// The store.
pub(super) struct CountingStore {
    project: ProjectId,
    timing: StoreTiming,
    prices: Prices,
    kept: Mutex<Kept>,
}

/// What has been written, and what that has cost.
#[derive(Default)]
struct Kept {
    epoch: Epoch,
    fence: Fence,
    closed: bool,
    durable: Seq,
    checkpoint: Seq,
    records: BTreeMap<ShapeId, (Option<Arc<Shape>>, Seq)>,
    clients: BTreeMap<Outbox, (u64, Seq)>,
    journal: Vec<JournalBatch>,
    ledger: Ledger,
}

/// What a store has written.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub appends: u64,
    pub checkpoints: u64,
    pub shapes_written: u64,
    pub units: WriteUnits,
    /// Transactions that opening would have had to replay, at most.
    pub longest_journal: u64,
    /// Each append: its last transaction, and when it was durable.
    pub durable: Vec<(Seq, Instant)>,
}

impl CountingStore {
    /// An empty canvas.
    pub fn new(project: ProjectId, timing: StoreTiming, prices: Prices) -> Self {
        Self { project, timing, prices, kept: Mutex::default() }
    }

    /// The last durable transaction.
    pub fn durable(&self) -> Seq {
        self.lock().durable
    }

    /// What has been written so far.
    pub fn ledger(&self) -> Ledger {
        self.lock().ledger.clone()
    }

    /// What is kept, for the holder of this fence.
    fn held(&self, project: &ProjectId, fence: Fence) -> Result<MutexGuard<'_, Kept>, StoreError> {
        self.check(project)?;
        let kept = self.lock();
        if kept.fence == fence {
            return Ok(kept);
        }
        Err(StoreError::Fenced { project: project.clone(), held: fence, found: kept.fence })
    }

    fn check(&self, project: &ProjectId) -> Result<(), StoreError> {
        if *project == self.project { Ok(()) } else { Err(StoreError::NoSuchProject(project.clone())) }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CanvasStore for CountingStore {
    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        self.check(project)?;
        let kept = self.lock();
        let record = |(id, (shape, seq)): (&ShapeId, &(Option<Arc<Shape>>, Seq))| match shape {
            Some(shape) => StoredRecord::Shape { shape: (**shape).clone(), seq: *seq },
            None => StoredRecord::Deleted { id: id.clone(), seq: *seq },
        };
        let client =
            |(outbox, &(number, seq)): (&Outbox, &(u64, Seq))| StoredClient { outbox: outbox.clone(), number, seq };
        Ok(StoredCanvas {
            epoch: kept.epoch,
            fence: kept.fence,
            checkpoint: kept.checkpoint,
            records: kept.records.iter().map(record).collect(),
            clients: kept.clients.iter().map(client).collect(),
            journal: kept.journal.clone(),
        })
    }

    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        self.check(project)?;
        let mut kept = self.lock();
        let found = kept.epoch;
        kept.epoch = match claiming {
            Claiming::Alone if kept.closed => found,
            Claiming::Alone => found + 1,
            Claiming::Epoch(epoch) if epoch == found => found,
            Claiming::After(epoch) if epoch == found => found + 1,
            Claiming::Epoch(expected) | Claiming::After(expected) => {
                return Err(StoreError::EpochPassed { project: project.clone(), expected, found });
            }
        };
        (kept.fence, kept.closed) = (kept.fence + 1, false);
        Ok(Claim { epoch: kept.epoch, fence: kept.fence, durable: kept.durable, checkpoint: kept.checkpoint })
    }

    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError> {
        sleep(Duration::from_millis(self.timing.append_ms)).await;
        let mut kept = self.held(project, fence)?;
        let JournalBatch { first, last, .. } = batch;
        if kept.journal.contains(&batch) {
            return Ok(());
        }
        if first != kept.durable + 1 || last < first {
            return Err(StoreError::OutOfOrder { project: project.clone(), first, last, kept: kept.durable });
        }
        kept.durable = last;
        let open = last - kept.checkpoint;
        kept.ledger.appends += 1;
        kept.ledger.units.journal += self.prices.append(&batch);
        kept.ledger.longest_journal = kept.ledger.longest_journal.max(open);
        kept.ledger.durable.push((last, Instant::now()));
        kept.journal.push(batch);
        Ok(())
    }

    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let shapes = checkpoint.changed.len() as u64 * 1000 / self.timing.shapes_per_second.max(1);
        sleep(Duration::from_millis(self.timing.checkpoint_ms + shapes)).await;
        let mut kept = self.held(project, fence)?;
        if checkpoint.seq > kept.durable {
            let words = format!("checkpoint {} is ahead of the journal at {}", checkpoint.seq, kept.durable);
            return Err(StoreError::Failed(words));
        }
        let superfluous = kept.journal.partition_point(|batch| batch.last <= checkpoint.seq);
        let units = self.prices.checkpoint(&checkpoint, kept.journal[..superfluous].iter());
        kept.journal.drain(..superfluous);
        kept.ledger.units.checkpoints += units;
        kept.ledger.checkpoints += 1;
        kept.ledger.shapes_written += (checkpoint.changed.len() + checkpoint.deleted.len()) as u64;
        kept.checkpoint = checkpoint.seq;
        for (shape, seq) in checkpoint.changed {
            kept.records.insert(shape.id.clone(), (Some(shape), seq));
        }
        for (id, seq) in checkpoint.deleted {
            kept.records.insert(id, (None, seq));
        }
        for StoredClient { outbox, number, seq } in checkpoint.clients {
            kept.clients.insert(outbox, (number, seq));
        }
        Ok(())
    }

    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        self.held(project, fence)?.closed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn batch(first: Seq, last: Seq) -> JournalBatch {
        JournalBatch { first, last, lines: Bytes::from_static(b"{}\n") }
    }

    async fn opened() -> (CountingStore, ProjectId, Fence) {
        let project = ProjectId::parse("p").unwrap();
        let store = CountingStore::new(project.clone(), StoreTiming::default(), Prices::default());
        let fence = store.open(&project).await.unwrap().fence;
        (store, project, fence)
    }

    #[tokio::test(start_paused = true)]
    async fn writes_take_their_time_and_their_price_and_a_repetition_costs_nothing_more() {
        let (store, project, fence) = opened().await;
        let began = Instant::now();
        for _ in 0..2 {
            store.append(&project, fence, batch(1, 3)).await.unwrap();
        }
        assert_eq!(began.elapsed(), Duration::from_millis(24));
        let ledger = store.ledger();
        assert_eq!((ledger.appends, ledger.units.journal, ledger.longest_journal), (1, 4, 3));
        let checkpoint = Checkpoint { seq: 3, ..Checkpoint::default() };
        store.checkpoint(&project, fence, checkpoint).await.unwrap();
        // The head, and the batch that is gone.
        assert_eq!(store.ledger().units.checkpoints, 2);
        assert!(store.load(&project).await.unwrap().journal.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn d4_it_refuses_what_a_store_refuses() {
        let (store, project, fence) = opened().await;
        let gap = store.append(&project, fence, batch(2, 2)).await;
        assert!(matches!(gap, Err(StoreError::OutOfOrder { .. })), "{gap:?}");
        let ahead = store.checkpoint(&project, fence, Checkpoint { seq: 1, ..Checkpoint::default() }).await;
        assert!(matches!(ahead, Err(StoreError::Failed(_))), "{ahead:?}");
        store.open(&project).await.unwrap();
        let late = store.append(&project, fence, batch(1, 1)).await;
        assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
        assert_eq!((store.durable(), store.ledger().appends), (0, 0));
    }
}
