//! Opening a canvas: the records of the last checkpoint, then the journal after it.

use bytes::Bytes;
use collabcanvas_canvas::{Document, ProjectId, Seq, Sequenced, ShapeId};
use collabcanvas_storage::{Fence, JournalBatch, StoredCanvas, StoredRecord};

/// A canvas as it was opened.
pub(crate) struct Opened {
    pub document: Document,
    /// What the opener writes with; none when it has yet to become the one who writes.
    pub fence: Option<Fence>,
    /// Everything up to here is durable.
    pub durable: Seq,
    /// Shapes that the journal has changed since the checkpoint.
    pub changed: Vec<ShapeId>,
    /// The last checkpoint that the store has.
    pub checkpoint: Seq,
    /// Transactions that are not durable, in order, as far as they are at hand.
    pub undurable: Vec<(Seq, Bytes)>,
    pub journal_bytes: u64,
    /// Journal lines that cannot be read. A checkpoint would throw them away.
    pub unreadable_lines: u64,
}

/// Rebuilds the document. What cannot be read is set aside and logged (S2); it never stops the rest.
pub(crate) fn document(project: &ProjectId, stored: StoredCanvas) -> Opened {
    let (checkpoint, fence) = (stored.checkpoint, Some(stored.fence));
    let mut document = Document::at(stored.epoch, stored.checkpoint);
    for record in stored.records {
        match record {
            StoredRecord::Shape { shape, seq } => document.load_shape(shape, seq),
            StoredRecord::Deleted { id, seq } => document.load_deleted(id, seq),
            StoredRecord::Unreadable { id, raw, reason, seq } => {
                tracing::error!(%project, shape = %id, %reason, "a record cannot be read; a placeholder stands for it");
                document.load_unreadable(id, &raw, reason, seq);
            }
        }
    }
    for client in stored.clients {
        document.remember_client(client.outbox, client.number, client.seq);
    }
    let (changed, undurable) = (Vec::new(), Vec::new());
    let mut opened =
        Opened { document, fence, durable: 0, changed, checkpoint, undurable, journal_bytes: 0, unreadable_lines: 0 };
    for batch in &stored.journal {
        replay(project, batch, &mut opened);
    }
    opened.durable = opened.document.seq();
    if opened.unreadable_lines > 0 {
        let lines = opened.unreadable_lines;
        tracing::error!(%project, lines, "the journal is kept whole, without checkpoints, until a version that reads it opens the canvas");
    }
    opened
}

impl Opened {
    /// The last transaction that is at hand.
    pub fn last(&self) -> Seq {
        self.document.seq()
    }

    /// Takes in transactions of a shared order, the first of which has the place `first`. Those that the document
    /// reflects already are only held: whoever saves next has to have them.
    pub fn take_in(&mut self, first: Seq, lines: Vec<Bytes>) {
        for (seq, line) in (first..).zip(lines) {
            if seq > self.document.seq() {
                match serde_json::from_slice::<Sequenced>(&line) {
                    Ok(transaction) => {
                        self.changed.extend(transaction.operations.iter().map(|operation| operation.id().clone()));
                        self.document.apply(&transaction);
                    }
                    Err(error) => {
                        self.unreadable_lines += 1;
                        tracing::error!(seq, %error, "a transaction cannot be read; it is set aside");
                        self.document.skip_to(seq);
                    }
                }
            }
            self.undurable.push((seq, line));
        }
    }
}

fn replay(project: &ProjectId, batch: &JournalBatch, opened: &mut Opened) {
    for line in batch.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<Sequenced>(line) {
            Ok(transaction) => {
                opened.changed.extend(transaction.operations.iter().map(|operation| operation.id().clone()));
                opened.document.replay(&transaction);
            }
            Err(error) => {
                opened.unreadable_lines += 1;
                tracing::error!(%project, batch = batch.first, %error, "a journal line cannot be read; it is set aside");
            }
        }
    }
    opened.journal_bytes += batch.lines.len() as u64;
    // Even when a line could not be read its number is taken: the next transaction must not get it again.
    opened.document.skip_to(batch.last);
}
