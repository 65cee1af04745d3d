//! What rooms count, for whoever runs the server. Counting never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the times that appends are sorted by, in milliseconds: what people notice, and what goes before it.
pub const APPEND_BOUNDS_MS: [u64; 9] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000];

/// What the rooms of a server count since it began.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Canvases that browsers loaded from a room in memory. What comes over the socket after it is no opening.
    pub opened_from_memory: Count,
    /// Canvases that were opened from the snapshot in the hot tier.
    pub opened_from_cache: Count,
    /// Canvases that were opened from the store.
    pub opened_from_store: Count,
    /// Epochs that this host has begun, because the order was lost.
    pub epochs_begun: Count,
    /// Appends to the order that many hosts share.
    pub appends: Times,
    /// Appends that failed, and were tried again or given up.
    pub failed_appends: Count,
    /// Rooms that ended without having saved everything: others, or browsers, still held it.
    pub closed_unsaved: Count,
    /// Canvases that this host saves now: it holds their leases.
    leases: Arc<Count>,
}

impl Metrics {
    /// Canvases that this host saves now.
    pub fn leases(&self) -> u64 {
        self.leases.get()
    }

    /// Counts a lease for as long as the answer lives.
    pub(crate) fn hold_lease(&self) -> HeldLease {
        self.leases.add();
        HeldLease(self.leases.clone())
    }
}

/// A number that is read now and then.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A lease that is held.
#[derive(Debug)]
pub(crate) struct HeldLease(Arc<Count>);

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long something took, sorted by [`APPEND_BOUNDS_MS`].
#[derive(Debug, Default)]
pub struct Times {
    /// The last has those that took longer than all bounds.
    sorted: [AtomicU64; APPEND_BOUNDS_MS.len() + 1],
    microseconds: AtomicU64,
}

impl Times {
    pub(crate) fn note(&self, time: Duration) {
        let within = |bound: &u64| time <= Duration::from_millis(*bound);
        let place = APPEND_BOUNDS_MS.iter().position(within).unwrap_or(APPEND_BOUNDS_MS.len());
        self.sorted[place].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How many took up to each bound; the last number is how many there were at all.
    pub fn up_to_bounds(&self) -> [u64; APPEND_BOUNDS_MS.len() + 1] {
        let mut sum = 0;
        std::array::from_fn(|place| {
            sum += self.sorted[place].load(Ordering::Relaxed);
            sum
        })
    }

    /// How long all of them took together.
    pub fn total(&self) -> Duration {
        Duration::from_micros(self.microseconds.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_sorted_by_the_bounds() {
        let times = Times::default();
        for ms in [1, 2, 3, 2_000] {
            times.note(Duration::from_millis(ms));
        }
        assert_eq!(times.up_to_bounds(), [1, 2, 3, 3, 3, 3, 3, 3, 3, 4]);
        assert_eq!(times.total(), Duration::from_millis(2_006));
    }

    #[test]
    fn a_lease_counts_while_it_is_held() {
        let metrics = Metrics::default();
        let held = metrics.hold_lease();
        assert_eq!(metrics.leases(), 1);
        drop(held);
        assert_eq!(metrics.leases(), 0);
    }
}
