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
    /// Adds the next transaction.
    pub fn push(&mut self, seq: Seq, line: Bytes, now: Instant) {
        self.bytes += line.len() as u64;
        self.lines.push(line);
        self.last = seq;
        self.since.get_or_insert(now);
    }

    /// Forgets what is durable.
    pub fn forget_until(&mut self, durable: Seq) {
        let first = self.last + 1 - self.lines.len() as u64;
        let count = usize::try_from((durable + 1).saturating_sub(first)).unwrap_or(usize::MAX).min(self.lines.len());
        self.bytes -= self.lines.drain(..count).map(|line| line.len() as u64).sum::<u64>();
        if self.lines.is_empty() {
            self.since = None;
        }
    }

    /// Puts these, which come directly before, in front.
    pub fn prepend(&mut self, mut earlier: Self) {
        if earlier.lines.is_empty() {
            return;
        }
        self.bytes += earlier.bytes;
        self.last = self.last.max(earlier.last);
        self.since = earlier.since.or(self.since);
        earlier.lines.append(&mut self.lines);
        self.lines = earlier.lines;
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(seqs: std::ops::RangeInclusive<Seq>) -> PendingBatch {
        let mut batch = PendingBatch::default();
        seqs.for_each(|seq| batch.push(seq, Bytes::from(seq.to_string()), Instant::now()));
        batch
    }

    #[test]
    fn what_is_durable_is_forgotten_and_what_failed_comes_first_again() {
        let mut pending = batch(5..=9);
        pending.forget_until(3);
        assert_eq!(pending.to_journal(), batch(5..=9).to_journal());
        pending.forget_until(6);
        assert_eq!((pending.to_journal(), pending.bytes), (batch(7..=9).to_journal(), 3));
        pending.prepend(batch(4..=6));
        assert_eq!((pending.to_journal(), pending.bytes), (batch(4..=9).to_journal(), 6));
        pending.forget_until(20);
        assert!(pending.lines.is_empty() && pending.since.is_none() && pending.bytes == 0);
        pending.prepend(batch(8..=9));
        assert_eq!(pending.to_journal(), batch(8..=9).to_journal());
    }
}
