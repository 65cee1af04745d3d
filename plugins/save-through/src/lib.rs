//! Tells of an edit only once it is durable: for canvases where nothing that somebody has seen may ever be taken back.
//!
//! Every edit waits for its append, so appends follow each other without a pause; those that come during one share the
//! next. Objects are written at intervals, as they only make opening fast.

use collabcanvas_plugin::{Acknowledgement, Checkpoints, Due, SavePlan, SaveState, SaveStrategy, export_plugin};
use serde::{Deserialize, Serialize};

const SETTINGS_SCHEMA: &str = r#"{"type":"object","properties":{"checkpoint_seconds":{"title":"Save changed shapes every (s)","type":"number","minimum":1,"maximum":3600,"default":30},"journal_transactions":{"title":"Save changed shapes after so many edits","description":"Opening the canvas replays the edits since.","type":"integer","minimum":100,"maximum":100000,"default":5000}},"additionalProperties":false}"#;

/// What the operator or the project chose.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Settings {
    /// The time between two checkpoints, in seconds.
    pub checkpoint_seconds: f64,
    /// So many transactions in the journal are checkpointed before their time.
    pub journal_transactions: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { checkpoint_seconds: 30.0, journal_transactions: 5000 }
    }
}

/// The strategy.
pub struct Through;

impl SaveStrategy for Through {
    type Settings = Settings;

    const LABEL: &'static str = "Save through";
    const ACKNOWLEDGE: Acknowledgement = Acknowledgement::OnceDurable;

    fn plan(settings: &Settings, state: &SaveState) -> SavePlan {
        // What comes during an append is asked about when that has ended.
        let append = if state.pending_transactions == 0 || state.appending { Due::Never } else { Due::Now };
        let checkpoints = Checkpoints { longest_journal: settings.journal_transactions };
        Due::plan(append, checkpoints.due_every(settings.checkpoint_seconds, state))
    }
}

export_plugin! {
    strategy: Through,
    settings: SETTINGS_SCHEMA,
}

#[cfg(test)]
mod tests {
    use collabcanvas_plugin::testing::{SimulatedRoom, check_settings, check_strategy, quiet_state};

    use super::*;

    type Room = SimulatedRoom<Through>;

    #[test]
    fn it_does_what_the_host_relies_on() {
        check_strategy::<Through>();
        check_settings::<Settings>(SETTINGS_SCHEMA);
        assert_eq!(Through::ACKNOWLEDGE, Acknowledgement::OnceDurable);
    }

    #[test]
    fn every_edit_waits_for_its_own_append_or_for_the_one_before_and_its_own() {
        for append_ms in [1, 20, 300] {
            let mut room = Room::new(Settings::default(), append_ms);
            for _ in 0..1000 {
                room.edit();
                room.run(7);
            }
            room.run(1000);
            assert_eq!(room.unsaved(), 0);
            assert!(room.longest_wait_ms <= 2 * append_ms, "{} of {append_ms}", room.longest_wait_ms);
        }
    }

    #[test]
    fn objects_are_written_at_intervals_and_before_their_time_when_the_journal_is_long() {
        let mut room = Room::new(Settings { checkpoint_seconds: 5.0, journal_transactions: 100 }, 1);
        for _ in 0..10 {
            room.edit();
            room.run(1000);
        }
        assert_eq!(room.checkpoints.iter().map(|at| at - 1_000_000).collect::<Vec<_>>(), [5000, 10_000]);
        for _ in 0..200 {
            room.edit();
            room.run(6);
        }
        assert_eq!(room.checkpoints.len(), 3);
    }

    #[test]
    fn a_long_journal_is_not_checkpointed_more_than_once_a_second() {
        let mut state = quiet_state();
        (state.changed_shapes, state.changed_since_ms) = (1, Some(state.now_ms));
        (state.journal_transactions, state.last_checkpoint_ms) = (5000, Some(state.now_ms));
        assert_eq!(Through::plan(&Settings::default(), &state).wake_in_ms, Some(1000));
    }
}
