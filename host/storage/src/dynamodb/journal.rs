//! The log of a canvas, and how it keeps writers apart (D4).
//!
//! A log is a sequence of items with the sort keys 1, 2, 3, …: batches of transactions, claims and closings. Each item
//! carries the epoch, the fence of its writer and the last durable transaction, so that the last item alone tells who
//! may write and what comes next. Whoever adds to the log puts an item at the next place, under the one condition that
//! the place is empty: one plain conditional write, a write unit for each KB, where a transaction with a separate
//! fence would take four units at least.
//!
//! That is all the fencing there is. A claim takes the place at which the writer before would go on, and claims and
//! closings are never deleted: that writer's next append finds its place taken, however late it comes. An append whose
//! answer was lost finds its own batch there, which is how it knows. Batches that a checkpoint made superfluous are
//! deleted, but neither the last of them, so that a log does not lose its end, nor one that a claim follows, so that its
//! writer finds it even then: a place is never taken twice by different batches.
//!
//! Costs: an append of up to about 900 bytes, compressed, one write unit, and one more for its deletion; a claim one
//! write unit and the reading of what is not deleted yet.

use bytes::Bytes;
use collabcanvas_canvas::ProjectId;

use super::DynamoStore;
use super::api::{Purpose, Refusal};
use super::body::Body;
use super::item::Item;
use super::position::{Entry, Kept, Position};
use super::write::Write;
use crate::{Claim, Claiming, Fence, JournalBatch, StoreError};

/// The entries of a log from a place on: the values of a query.
pub(super) fn range(project: &ProjectId, from: u64) -> Item {
    // At place 0 is the head.
    Item::default().text(":pk", project.as_str()).number(":from", from.max(1))
}

fn entry_item(project: &ProjectId, entry: &Entry) -> Item {
    let item = Item::numbered(project.as_str(), entry.place);
    item.number("epoch", entry.epoch).number("fence", entry.fence).number("last", entry.last)
}

impl DynamoStore {
    pub(super) async fn claim_log(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        let why = Purpose::of(project, "claim");
        // By it a claim whose answer was lost is known again.
        let token = rand::random::<u64>();
        let cell = self.positions().of(project);
        let mut known = cell.lock().await;
        let mut patience = self.api().patience();
        loop {
            *known = None;
            let mut position = self.read_position(why, project).await?;
            let epoch = claimed_epoch(project, &position.end, claiming)?;
            let before = position.end;
            let claim = Entry { place: before.place + 1, epoch, fence: before.fence + 1, closed: false, ..before };
            let item = entry_item(project, &claim).number("claim", token);
            match self.api().write(why, Write::put(&self.tables().journal, item).when_absent()).await {
                Ok(_) => {}
                Err(Refusal::Condition(Some(there))) if there.find_number("claim") == Some(token) => {}
                Err(Refusal::Condition(_)) if patience.wait().await => continue,
                Err(error) => return Err(error.into()),
            }
            position.end = claim;
            let checkpoint = position.head.checkpoint;
            *known = Some(position);
            return Ok(Claim { epoch, fence: claim.fence, durable: claim.last, checkpoint });
        }
    }

    pub(super) async fn append_batch(
        &self,
        project: &ProjectId,
        fence: Fence,
        batch: &JournalBatch,
    ) -> Result<(), StoreError> {
        let why = Purpose::of(project, "append");
        let cell = self.positions().of(project);
        let mut known = cell.lock().await;
        loop {
            let mut position = self.held(why, project, fence, known.take()).await?;
            let JournalBatch { first, last, .. } = *batch;
            if first != position.end.last + 1 || last < first {
                // An append that seemed to fail may have gone through: the same batch again is no mistake.
                let is_kept = self.is_kept(why, project, &position, batch).await?;
                let kept = position.end.last;
                *known = Some(position);
                return match is_kept {
                    true => Ok(()),
                    false => Err(StoreError::OutOfOrder { project: project.clone(), first, last, kept }),
                };
            }
            let entry = Entry { place: position.end.place + 1, last, ..position.end };
            // None: somebody else is at that place, and who is read next.
            if let Some(kept) = self.put_batch(why, project, entry, batch).await? {
                position.end = entry;
                position.batches.push_back(kept);
                *known = Some(position);
                return Ok(());
            }
        }
    }

    pub(super) async fn close_log(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        let why = Purpose::of(project, "close");
        let cell = self.positions().of(project);
        let mut known = cell.lock().await;
        loop {
            let position = self.held(why, project, fence, known.take()).await?;
            let closing = Entry { place: position.end.place + 1, ..position.end };
            let item = entry_item(project, &closing).flag("closed", true);
            match self.api().write(why, Write::put(&self.tables().journal, item).when_absent()).await {
                Ok(_) => break,
                Err(Refusal::Condition(Some(there))) if there.find_flag("closed") && is_by(&there, fence) => break,
                Err(Refusal::Condition(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.positions().forget(project);
        Ok(())
    }

    /// Puts a batch at its place; none when something else is there.
    async fn put_batch(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        entry: Entry,
        batch: &JournalBatch,
    ) -> Result<Option<Kept>, StoreError> {
        let item = entry_item(project, &entry).number("first", batch.first);
        let item = self.large().add_body(item, &format!("journal/{project}"), &batch.lines).await?;
        let object = item.find_text("object").map(str::to_owned);
        let kept = |object| Kept { place: entry.place, first: batch.first, last: batch.last, object };
        match self.api().write(why, Write::put(&self.tables().journal, item).when_absent()).await {
            Ok(_) => Ok(Some(kept(object))),
            Err(Refusal::Condition(Some(there))) => {
                let there_object = there.find_text("object").map(str::to_owned);
                if let Some(object) = object.filter(|object| there_object.as_ref() != Some(object)) {
                    self.large().delete(&object).await;
                }
                let is_same = is_by(&there, entry.fence) && self.holds(&there, batch).await?;
                Ok(is_same.then(|| kept(there_object)))
            }
            // An object that belongs to a batch whose fate is unknown stays.
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this very batch is in the log.
    async fn is_kept(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        position: &Position,
        batch: &JournalBatch,
    ) -> Result<bool, StoreError> {
        let same = |kept: &&Kept| (kept.first, kept.last) == (batch.first, batch.last);
        let Some(kept) = position.batches.iter().rev().find(same) else { return Ok(false) };
        let key = Item::numbered(project.as_str(), kept.place);
        match self.api().get(why, &self.tables().journal, key).await? {
            Some(item) => self.holds(&item, batch).await,
            None => Ok(false),
        }
    }

    /// Whether an entry is this batch.
    async fn holds(&self, item: &Item, batch: &JournalBatch) -> Result<bool, StoreError> {
        if (item.find_number("first"), item.find_number("last")) != (Some(batch.first), Some(batch.last)) {
            return Ok(false);
        }
        Ok(matches!(self.large().body(item).await?, Body::Whole(lines) if lines == batch.lines))
    }

    /// A batch as it is read; none when its content is gone. One that cannot be read comes without lines (S2).
    pub(super) async fn read_batch(&self, item: &Item) -> Result<Option<JournalBatch>, StoreError> {
        let (first, last) = (item.get_number("first")?, item.get_number("last")?);
        let lines = match self.large().body(item).await? {
            Body::Whole(lines) => lines,
            Body::Gone => return Ok(None),
            Body::Unreadable(reason) => {
                let project = item.find_text("pk").unwrap_or_default();
                tracing::error!(project, first, last, reason, "a batch of the journal cannot be read");
                Bytes::new()
            }
        };
        Ok(Some(JournalBatch { first, last, lines }))
    }
}

fn is_by(item: &Item, fence: Fence) -> bool {
    item.find_number("fence") == Some(fence)
}

fn claimed_epoch(project: &ProjectId, end: &Entry, claiming: Claiming) -> Result<u64, StoreError> {
    let found = end.epoch;
    match claiming {
        Claiming::Alone if end.closed => Ok(found),
        Claiming::Alone => Ok(found + 1),
        Claiming::Epoch(epoch) if epoch == found => Ok(epoch),
        Claiming::After(epoch) if epoch == found => Ok(epoch + 1),
        Claiming::Epoch(expected) | Claiming::After(expected) => {
            Err(StoreError::EpochPassed { project: project.clone(), expected, found })
        }
    }
}
