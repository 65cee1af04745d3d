//! When the journal is appended: at once while that is cheap; while it is not, as often as it can be done
//! without keeping the store busy, so that several transactions share one append.

use collabcanvas_plugin::{Due, SaveState};

use crate::Settings;

/// Appends that take up to so long are free: nothing is gained by sharing them.
const CHEAP_MS: u64 = 2;

/// Nobody waits longer than this for the sake of the store. "Saved" still appears at once to the eye.
const LONGEST_MS: u64 = 250;

/// So much is worth an append of its own, however dear: it would take long to send again.
const FULL_BYTES: u64 = 1 << 20;

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
    let shared = since.saturating_add(settings.journal_delay_ms);
    Due::at(shared.max(rested(since, state)), state.now_ms)
}

/// When the store has rested as long after the last append as that took, so that it is busy for half of
/// the time at most. The longest wait counts from the oldest pending transaction.
fn rested(since: u64, state: &SaveState) -> u64 {
    let cost = u64::from(state.append_cost_ms);
    match state.last_append_ms {
        Some(last) if cost > CHEAP_MS => last.saturating_add(cost).min(since.saturating_add(LONGEST_MS)),
        _ => 0,
    }
}
