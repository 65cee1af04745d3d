//! When changed shapes are checkpointed: at intervals, and only if something changed.

use collabcanvas_plugin::SaveState;

use crate::{Due, Settings};

/// So many journal entries are checkpointed before their time: they all have to be replayed when the canvas opens.
const LONG_JOURNAL: u64 = 10_000;

/// The shortest interval, whatever the settings say.
const SHORTEST_MS: f64 = 1000.0;

/// When the changed shapes are next to be checkpointed.
pub(crate) fn due(settings: &Settings, state: &SaveState) -> Due {
    if state.changed_shapes == 0 || state.checkpointing {
        return Due::Never;
    }
    if state.closing {
        return Due::Now;
    }
    let interval = (settings.checkpoint_seconds * 1000.0).max(SHORTEST_MS) as u64;
    // Changed since nobody knows when makes no sense: it is saved.
    let changed = state.changed_since_ms.unwrap_or(0);
    let last = state.last_checkpoint_ms.unwrap_or(0);
    if state.journal_transactions >= LONG_JOURNAL {
        return Due::at(last.saturating_add(SHORTEST_MS as u64), state.now_ms);
    }
    // A change after a pause waits a whole interval too: more changes follow the first.
    Due::at(changed.saturating_add(interval), state.now_ms)
}
