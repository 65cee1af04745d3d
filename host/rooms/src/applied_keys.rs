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

/// The last keys, each with what it was applied as.
#[derive(Default)]
pub(crate) struct AppliedKeys {
    by_key: FxHashMap<AppliedKey, Seq>,
    order: VecDeque<AppliedKey>,
}

impl AppliedKeys {
    /// The sequence number of what was applied under this key.
    pub fn get(&self, key: &AppliedKey) -> Option<Seq> {
        self.by_key.get(key).copied()
    }

    /// Remembers one more key, and forgets the oldest beyond [`MAX_KEYS`].
    pub fn insert(&mut self, key: AppliedKey, seq: Seq) {
        if self.by_key.insert(key.clone(), seq).is_none() {
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
            keys.insert(key(number), number as Seq + 1);
        }
        assert_eq!((keys.get(&key(0)), keys.get(&key(1)), keys.get(&key(MAX_KEYS))), (None, Some(2), Some(1_001)));
        assert_eq!(keys.by_key.len(), keys.order.len());
    }
}
