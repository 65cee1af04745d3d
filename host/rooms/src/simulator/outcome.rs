use collabcanvas_plugins::Acknowledgement;
use serde::Serialize;

/// How a save strategy has fared with a trace. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The strategy's plugin.
    pub strategy: String,
    /// What people call it.
    pub label: String,
    /// When it lets an edit be seen.
    pub acknowledge: Acknowledgement,
    /// Edits that were accepted.
    pub edits: u64,
    /// Edits that the room refused: the trace does not fit the shape types.
    pub refused: u64,
    /// From the first edit until the last was accepted and durable.
    pub lasted_ms: u64,
    /// How often it was overruled or did not answer: faults of its plugin.
    pub faults: u64,
    /// Appends to the durable journal.
    pub appends: u64,
    /// Checkpoints, the one at the end included.
    pub checkpoints: u64,
    /// Shapes that checkpoints have written or deleted.
    pub shapes_written: u64,
    /// Versions that it asked for.
    pub versions: u64,
    /// What that cost.
    pub write_units: WriteUnits,
    /// Transactions that opening the canvas would have had to replay, at most.
    pub longest_journal: u64,
    /// From when an edit was sent until all had seen it.
    pub accepted_ms: Spread,
    /// From when an edit was sent until it was durable.
    pub durable_ms: Spread,
    /// From when all had seen an edit until it was durable: for so long a crash could take it back.
    pub at_risk_ms: Spread,
    /// What a crash would have cost.
    pub loss: Loss,
}

/// Write units by what they paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WriteUnits {
    /// Appends.
    pub journal: u64,
    /// Checkpoints, and deleting the journal that they make superfluous.
    pub checkpoints: u64,
}

impl WriteUnits {
    /// All together.
    pub fn total(&self) -> u64 {
        self.journal + self.checkpoints
    }
}

/// Half of them took at most `p50`, nearly all at most `p95`, all at most `max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The median.
    pub p50: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The greatest.
    pub max: u64,
}

impl Spread {
    /// Of these, by nearest rank; zeros when there are none.
    pub fn of(mut values: Vec<u64>) -> Self {
        values.sort_unstable();
        let rank = |percent: usize| values.get((values.len() * percent).div_ceil(100).max(1) - 1).copied().unwrap_or(0);
        Self { p50: rank(50), p95: rank(95), max: rank(100) }
    }
}

/// What the loss of the server would have cost those who drew: what they had all seen and was not durable. (Their
/// browsers still hold it, and hand it in again.) The means are over all instants of the time that the trace lasted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Loss {
    /// Edits at the worst instant.
    pub worst_edits: u64,
    /// Edits at any instant, on average.
    pub mean_edits: f64,
    /// How far back what is lost would reach, at the worst instant.
    pub worst_ms: u64,
    /// The same at any instant, on average.
    pub mean_ms: f64,
}

impl Loss {
    /// From when each transaction was seen by all and when it was durable, in their order.
    pub(super) fn of(transactions: &[(u64, u64)], lasted_ms: u64) -> Self {
        let mut loss = Self::default();
        let (mut edit_time, mut age_time) = (0.0, 0.0);
        let (mut durable_before, mut saved) = (0, 0);
        for (place, &(seen, durable)) in transactions.iter().enumerate() {
            // Those before it that were durable when it was seen.
            while saved < place && transactions[saved].1 <= seen {
                saved += 1;
            }
            if durable > seen {
                loss.worst_edits = loss.worst_edits.max((place - saved + 1) as u64);
                loss.worst_ms = loss.worst_ms.max(durable - seen);
                edit_time += (durable - seen) as f64;
                // It is the oldest that would be lost from when the one before is durable.
                let oldest_from = seen.max(durable_before);
                let area = |until: u64| ((until - seen) as f64).powi(2) / 2.0;
                age_time += area(durable.max(oldest_from)) - area(oldest_from);
            }
            durable_before = durable;
        }
        let lasted = lasted_ms.max(1) as f64;
        (loss.mean_edits, loss.mean_ms) = (edit_time / lasted, age_time / lasted);
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_by_nearest_rank() {
        assert_eq!(Spread::of((1..=100).rev().collect()), Spread { p50: 50, p95: 95, max: 100 });
        assert_eq!(Spread::of(vec![7]), Spread { p50: 7, p95: 7, max: 7 });
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn a_crash_costs_what_was_seen_and_is_not_durable() {
        // One edit at risk for the first half of the time, two of them for a quarter.
        let loss = Loss::of(&[(0, 500), (250, 500), (600, 600)], 1000);
        assert_eq!((loss.worst_edits, loss.worst_ms), (2, 500));
        assert_eq!((loss.mean_edits, loss.mean_ms), (0.75, 125.0));
        // Nothing is, where edits are seen only once they are durable.
        assert_eq!(Loss::of(&[(10, 5), (20, 20)], 1000), Loss::default());
    }
}
