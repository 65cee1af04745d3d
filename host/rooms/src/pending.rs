//! What waits to be appended to the durable journal.

use bytes::{Bytes, BytesMut};
use collabcanvas_canvas::Seq;
use collabcanvas_storage::JournalBatch;
use tokio::time::Instant;

/// Transactions on their way to the durable journal.
#[derive(Default)]
pub(crate) struct PendingBatch {
    pub lines: Vec<Bytes>,
    pub bytes: u64,
    pub last: Seq,
    pub since: Option<Instant>,
}

impl PendingBatch {
    /// The batch as the store takes it.
    pub fn to_journal(&self) -> JournalBatch {
        let mut lines = BytesMut::with_capacity(usize::try_from(self.bytes).unwrap_or(0) + self.lines.len());
        for line in &self.lines {
            lines.extend_from_slice(line);
            lines.extend_from_slice(b"\n");
        }
        JournalBatch { first: self.last + 1 - self.lines.len() as u64, last: self.last, lines: lines.freeze() }
    }
}
