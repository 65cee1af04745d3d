//! [`Checkpoints`]: when changed shapes are checkpointed, as most save strategies decide it.

use crate::contract::save_strategy::SaveState;
use crate::due::Due;

/// The shortest time between two checkpoints, whatever else is said.
const SHORTEST_MS: u64 = 1000;

/// When changed shapes are checkpointed: when a time of the strategy's choice has come, or when the journal is so long
/// that opening the canvas takes its time, which replays it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoints {
    /// Transactions in the journal at which the chosen time is not waited for.
    pub longest_journal: u64,
}

impl Checkpoints {
    /// When the changed shapes are next to be checkpointed; `chosen_ms`, on the state's clock, is when the strategy would
    /// have it. Never when nothing has changed; now when the room closes.
    pub fn due(self, chosen_ms: u64, state: &SaveState) -> Due {
        if state.changed_shapes == 0 || state.checkpointing {
            return Due::Never;
        }
        if state.closing {
            return Due::Now;
        }
        let last = state.last_checkpoint_ms.unwrap_or(0);
        if state.journal_transactions >= self.longest_journal {
            return Due::at(last.saturating_add(SHORTEST_MS), state.now_ms);
        }
        Due::at(chosen_ms, state.now_ms)
    }

    /// The same, so many seconds after the first change. A change after a pause waits as long: more follow the first.
    pub fn due_every(self, seconds: f64, state: &SaveState) -> Due {
        // Changed since nobody knows when makes no sense: it is saved.
        let changed = state.changed_since_ms.unwrap_or(0);
        self.due(changed.saturating_add(milliseconds(seconds)), state)
    }

    /// The same, once nobody has edited for so many seconds.
    pub fn due_when_quiet(self, seconds: f64, state: &SaveState) -> Due {
        let edited = state.last_edit_ms.or(state.changed_since_ms).unwrap_or(0);
        self.due(edited.saturating_add(milliseconds(seconds)), state)
    }
}

/// A setting in seconds, never less than the shortest time.
fn milliseconds(seconds: f64) -> u64 {
    ((seconds * 1000.0) as u64).max(SHORTEST_MS)
}
