use std::collections::BTreeMap;

use bytes::Bytes;
use collabcanvas_canvas::Seq;

/// Bytes that are held; what is beyond is read from the log when its turn comes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Transactions that came before those that come before them.
#[derive(Default)]
pub(super) struct Held {
    /// By the place of the first. They may overlap: the same comes from several sides.
    batches: BTreeMap<Seq, Vec<Bytes>>,
    bytes: usize,
}

impl Held {
    /// Holds `count` lines from this place on, unless as many are held from there.
    pub(super) fn add(&mut self, first: Seq, count: usize, lines: impl FnOnce() -> Vec<Bytes>) {
        if self.batches.get(&first).is_some_and(|lines| lines.len() >= count) {
            return;
        }
        let lines = lines();
        self.bytes += size(&lines);
        let before = self.batches.insert(first, lines);
        self.bytes -= before.map_or(0, |lines| size(&lines));
    }

    /// What is held from this place on without a gap.
    pub(super) fn from(&self, place: Seq) -> Option<&[Bytes]> {
        let before = self.batches.range(..=place).rev();
        let mut rest = before.map(|(first, lines)| lines.get((place - first) as usize..).unwrap_or_default());
        rest.find(|lines| !lines.is_empty())
    }

    /// Forgets what is not after this place, and the furthest of what is too much.
    pub(super) fn prune(&mut self, told: Seq) {
        while let Some(entry) = self.batches.first_entry()
            && entry.key().saturating_add(entry.get().len() as Seq - 1) <= told
        {
            self.bytes -= size(&entry.remove());
        }
        while self.bytes > MAX_BYTES
            && let Some((_, lines)) = self.batches.pop_last()
        {
            self.bytes -= size(&lines);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn size(lines: &[Bytes]) -> usize {
    lines.iter().map(Bytes::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(first: Seq, count: usize, size: usize) -> Vec<Bytes> {
        (first..).take(count).map(|seq| vec![seq as u8; size].into()).collect()
    }

    #[test]
    fn overlapping_batches_give_what_comes_next() {
        let mut held = Held::default();
        held.add(5, 10, || lines(5, 10, 1));
        held.add(7, 2, || lines(7, 2, 1));
        held.add(5, 3, || panic!("more is held from there"));
        assert_eq!(held.from(4), None);
        assert_eq!(held.from(8), Some(&lines(8, 1, 1)[..]), "the nearest batch first");
        assert_eq!(held.from(9), Some(&lines(9, 6, 1)[..]), "then the longer one");
        assert_eq!(held.from(15), None);
        held.prune(14);
        assert_eq!((held.batches.len(), held.bytes), (0, 0));
    }

    #[test]
    fn what_is_too_much_is_forgotten_from_the_far_end() {
        let mut held = Held::default();
        for first in 1..=20 {
            held.add(first * 2, 1, || lines(first * 2, 1, MAX_BYTES / 8));
            held.prune(0);
        }
        assert!(held.bytes <= MAX_BYTES && held.from(2).is_some() && held.from(40).is_none());
    }
}
