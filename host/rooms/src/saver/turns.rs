//! Taking turns: of many hosts that have a canvas open one writes, and the others hold what it has not written yet.

use std::mem;

use bytes::Bytes;
use collabcanvas_canvas::{Document, Seq};
use collabcanvas_storage::Claim;
use tokio::time::Instant;

use super::{FIRST_BACKOFF, Saver};
use crate::load::Opened;
use crate::pending::PendingBatch;

impl Saver {
    /// Takes note of a transaction that cannot be read or is in the document already.
    pub fn hold(&mut self, seq: Seq, line: Bytes, readable: bool) {
        if seq > self.durable {
            self.pending.push(seq, line, Instant::now());
        }
        self.keeps_journal |= !readable;
    }

    /// Whether this saver is the one that writes.
    pub fn writes(&self) -> bool {
        self.fence.is_some()
    }

    /// Whether there is something to write.
    pub fn has_work(&self) -> bool {
        self.pending_since().is_some() || (!self.changed.is_empty() && !self.keeps_journal)
    }

    /// Whether there are transactions that are not durable, as far as this saver knows.
    pub fn holds_unsaved(&self) -> bool {
        self.pending_since().is_some() || self.appending.is_some()
    }

    /// Begins to write in the place of another host.
    pub fn begin(&mut self, claim: Claim, document: &Document) {
        self.fence = Some(claim.fence);
        self.pending.forget_until(claim.durable);
        self.durable = self.durable.max(claim.durable);
        self.checkpointed = claim.checkpoint;
        self.changed.retain(|id| document.changed(id).is_none_or(|changed| changed > claim.checkpoint));
        self.changed_since = (!self.changed.is_empty()).then(Instant::now);
        self.append_wanted = self.pending_since().is_some();
    }

    /// Leaves the writing to another host.
    pub fn resign(&mut self) {
        self.fence = None;
        for batch in [self.failed.take(), self.appending.take().map(|(batch, _)| batch)].into_iter().flatten() {
            self.pending.prepend(batch);
        }
        for captured in [self.captured.take(), self.checkpointing.take()].into_iter().flatten() {
            self.recover(*captured);
        }
        (self.retry_at, self.wake_at, self.failing, self.backoff) = (None, None, false, FIRST_BACKOFF);
    }

    /// Goes on with a canvas that was opened anew.
    pub fn renew(&mut self, opened: &Opened) {
        let (project, store, limits) = (self.project.clone(), self.store.clone(), self.limits.clone());
        *self = Self::new(project, store, self.events.clone(), limits, opened);
    }

    /// Hands out what is not durable, after this saver has resigned.
    pub fn take_pending(&mut self) -> PendingBatch {
        mem::take(&mut self.pending)
    }

    /// Another host has saved everything up to here.
    pub fn saved_elsewhere(&mut self, durable: Seq) {
        self.pending.forget_until(durable);
        self.durable = self.durable.max(durable);
    }

    /// Bytes of transactions that this saver has made durable.
    pub fn journaled(&self) -> u64 {
        self.journaled
    }

    /// The checkpoint that the store has.
    pub fn checkpointed(&self) -> Seq {
        self.checkpointed
    }
}
