//! When the journal is appended: as late as the bound allows.

use collabcanvas_plugin::{Due, SaveState};

use crate::Settings;

/// So much is worth an append of its own: to wait for more saves nothing, as stores take no larger items.
const FULL_BYTES: u64 = 256 << 10;

/// The host may wake a strategy a tick late.
const TICK_MS: u64 = 16;

/// When the journal is next to be appended.
pub(crate) fn due(settings: &Settings, state: &SaveState) -> Due {
    if state.pending_transactions == 0 || state.appending {
        // Something pending while an append is under way is asked about when that has ended.
        return Due::Never;
    }
    if state.closing || state.pending_bytes >= FULL_BYTES {
        return Due::Now;
    }
    // Pending since nobody knows when makes no sense: it is saved.
    let since = state.pending_since_ms.unwrap_or(0);
    // What the append itself takes is part of the delay.
    let reserve = u64::from(state.append_cost_ms).saturating_add(TICK_MS);
    Due::at(since.saturating_add(settings.max_delay_ms.saturating_sub(reserve)), state.now_ms)
}
