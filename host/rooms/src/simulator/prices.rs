use collabcanvas_storage::{Checkpoint, JournalBatch};
use serde::Serialize;

/// What writes cost, in DynamoDB's write units: one for each started kilobyte of an item that is written or deleted,
/// counted double in a transaction (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html>).
///
/// The canvas is priced as follows. An append is a transaction: the batch, as one item or as many as it fills, and the
/// head of the canvas, a small item with the fence and the last sequence number. A checkpoint writes each changed shape,
/// each deletion and each client as an item, then the head, and deletes the batches that it makes superfluous.
/// Nothing is compressed, so a store that compresses its batches is cheaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Prices {
    /// Bytes that one write unit pays for.
    pub unit_bytes: u64,
    /// Bytes of an item beside what it carries: keys, names of attributes, sequence numbers.
    pub item_bytes: u64,
    /// Bytes that one item of the journal carries at most; DynamoDB's items end at 400 KB.
    pub largest_item_bytes: u64,
    /// How much more a write in a transaction costs.
    pub transaction_factor: u64,
}

impl Default for Prices {
    fn default() -> Self {
        Self { unit_bytes: 1024, item_bytes: 100, largest_item_bytes: 390 << 10, transaction_factor: 2 }
    }
}

impl Prices {
    /// Units for one item that carries so many bytes.
    pub fn item(&self, bytes: u64) -> u64 {
        (bytes + self.item_bytes).div_ceil(self.unit_bytes)
    }

    /// Units for the items of a batch, without the rest of its transaction.
    fn batch(&self, bytes: u64) -> u64 {
        let full = bytes / self.largest_item_bytes;
        full * self.item(self.largest_item_bytes) + self.item(bytes % self.largest_item_bytes)
    }

    /// Units for an append.
    pub(super) fn append(&self, batch: &JournalBatch) -> u64 {
        self.transaction_factor * (self.batch(batch.lines.len() as u64) + self.item(0))
    }

    /// Units for a checkpoint that makes these batches superfluous.
    pub(super) fn checkpoint<'a>(
        &self,
        checkpoint: &Checkpoint,
        superfluous: impl Iterator<Item = &'a JournalBatch>,
    ) -> u64 {
        let shape = |shape| serde_json::to_vec(shape).map_or(0, |json| json.len() as u64);
        let shapes = checkpoint.changed.iter().map(|(changed, _)| self.item(shape(&**changed))).sum::<u64>();
        let small = (checkpoint.deleted.len() + checkpoint.clients.len() + 1) as u64 * self.item(0);
        shapes + small + superfluous.map(|batch| self.batch(batch.lines.len() as u64)).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn batch(bytes: usize) -> JournalBatch {
        JournalBatch { first: 1, last: 1, lines: Bytes::from(vec![b'x'; bytes]) }
    }

    #[test]
    fn each_started_kilobyte_of_an_item_costs_a_unit_and_an_append_twice_that() {
        let prices = Prices::default();
        assert_eq!((prices.item(0), prices.item(924), prices.item(925)), (1, 1, 2));
        // The batch and the head.
        assert_eq!((prices.append(&batch(500)), prices.append(&batch(3000))), (2 * (1 + 1), 2 * (4 + 1)));
        // 390 KiB with its 100 bytes, and what is left of a megabyte.
        assert_eq!(prices.append(&batch(1 << 20)), 2 * (391 + 391 + 245 + 1));
    }

    #[test]
    fn a_checkpoint_pays_for_its_items_its_head_and_the_journal_that_it_deletes() {
        let prices = Prices::default();
        let checkpoint = Checkpoint {
            deleted: vec![(collabcanvas_canvas::ShapeId::parse("a").unwrap(), 1)],
            ..Checkpoint::default()
        };
        let journal = [batch(500), batch(3000)];
        assert_eq!(prices.checkpoint(&checkpoint, journal.iter()), 1 + 1 + 1 + 4);
    }
}
