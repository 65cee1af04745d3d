//! Checkpoints as they are captured at one place in the order, to be written when the journal has reached it.

use std::mem;

use collabcanvas_canvas::{Document, Outbox, ShapeId};
use collabcanvas_storage::{Checkpoint, StoredClient};
use rustc_hash::FxHashSet;
use tokio::time::Instant;

use super::Saver;

/// A checkpoint as it was captured.
pub(super) struct Captured {
    pub checkpoint: Checkpoint,
    changed: FxHashSet<ShapeId>,
    changed_since: Option<Instant>,
    clients: FxHashSet<Outbox>,
    /// Size of the journal that it makes superfluous.
    pub journal_bytes: u64,
}

impl Saver {
    /// The changed shapes at this place in the order.
    pub(super) fn capture(&mut self, document: &Document) -> Captured {
        let changed = mem::take(&mut self.changed);
        let clients = mem::take(&mut self.clients);
        let mut checkpoint = Checkpoint { seq: document.seq(), ..Checkpoint::default() };
        for id in &changed {
            // A deletion that the document has forgotten is as old as the whole checkpoint at most.
            let seq = document.changed(id).unwrap_or(document.seq());
            match document.get(id) {
                Some(_) if document.set_aside().contains_key(id) => {}
                Some(shape) => checkpoint.changed.push((shape.clone(), seq)),
                None => checkpoint.deleted.push((id.clone(), seq)),
            }
        }
        let known = document.clients().filter(|(outbox, ..)| clients.contains(*outbox));
        checkpoint.clients =
            known.map(|(outbox, number, seq)| StoredClient { outbox: outbox.clone(), number, seq }).collect();
        Captured { checkpoint, changed, changed_since: self.changed_since.take(), clients, journal_bytes: 0 }
    }

    /// Takes back what a checkpoint was to write.
    pub(super) fn recover(&mut self, captured: Captured) {
        self.changed.extend(captured.changed);
        self.clients.extend(captured.clients);
        self.changed_since = captured.changed_since.or(self.changed_since);
    }
}
