//! The keys under which plugins have applied transactions, so that repeating one does nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use collabcanvas_canvas::{Seq, UserId};
use rustc_hash::FxHashMap;

/// Keys that are remembered.
const MAX_KEYS: usize = 1_000;

/// A plugin's key of one apply, for one user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AppliedKey {
    pub user: UserId,
    pub plugin: Arc<str>,
    pub key: String,
}

/// What was applied under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub seq: Seq,
    /// A hash of the operations, so that a key that is used for others is told from one that is repeated.
    pub operations: u64,
}

/// The last keys, each with what was applied under it.
#[derive(Default)]
pub(crate) struct AppliedKeys {
    by_key: FxHashMap<AppliedKey, Applied>,
    order: VecDeque<AppliedKey>,
}

impl AppliedKeys {
    /// What was applied under this key.
    pub fn get(&self, key: &AppliedKey) -> Option<Applied> {
        self.by_key.get(key).copied()
    }

    /// Remembers one more key, and forgets the oldest beyond [`MAX_KEYS`].
    pub fn insert(&mut self, key: AppliedKey, applied: Applied) {
        if self.by_key.insert(key.clone(), applied).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MAX_KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_key.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> AppliedKey {
        AppliedKey { user: UserId::parse("ada").unwrap(), plugin: "tool".into(), key: number.to_string() }
    }

    #[test]
    fn the_last_thousand_keys_are_remembered() {
        let mut keys = AppliedKeys::default();
        for number in 0..=MAX_KEYS {
            keys.insert(key(number), Applied { seq: number as Seq + 1, operations: 0 });
        }
        let seq = |number| keys.get(&key(number)).map(|applied| applied.seq);
        assert_eq!((seq(0), seq(1), seq(MAX_KEYS)), (None, Some(2), Some(1_001)));
        assert_eq!(keys.by_key.len(), keys.order.len());
    }
}
