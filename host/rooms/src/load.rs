//! Opening a canvas: the records of the last checkpoint, then the journal after it.

use collabcanvas_canvas::{Document, ProjectId, Sequenced, ShapeId};
use collabcanvas_storage::{JournalBatch, StoredCanvas, StoredRecord};

/// A canvas as it was opened.
pub(crate) struct Opened {
    pub document: Document,
    /// Shapes that the journal has changed since the checkpoint.
    pub changed: Vec<ShapeId>,
    pub journal_transactions: u64,
    pub journal_bytes: u64,
    /// Journal lines that cannot be read. A checkpoint would throw them away.
    pub unreadable_lines: u64,
}

/// Rebuilds the document. What cannot be read is set aside and logged (S2); it never stops the rest.
pub(crate) fn document(project: &ProjectId, stored: StoredCanvas) -> Opened {
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
    let mut opened =
        Opened { document, changed: Vec::new(), journal_transactions: 0, journal_bytes: 0, unreadable_lines: 0 };
    for batch in &stored.journal {
        replay(project, batch, &mut opened);
    }
    if opened.unreadable_lines > 0 {
        let lines = opened.unreadable_lines;
        tracing::error!(%project, lines, "the journal is kept whole, without checkpoints, until a version that reads it opens the canvas");
    }
    opened
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
        opened.journal_transactions += 1;
    }
    opened.journal_bytes += batch.lines.len() as u64;
    // Even when a line could not be read its number is taken: the next transaction must not get it again.
    opened.document.skip_to(batch.last);
}
