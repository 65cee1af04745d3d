//! Saves the journal as soon as it is cheap and objects at intervals: the strategy of new projects on a server of its own.
//!
//! The journal is what makes edits durable, so it is never left waiting for long; the objects are what
//! makes opening fast, so they can wait for the next interval. [`append`] says when the journal is next due,
//! [`Checkpoints`] when the objects are; the plan does what is due and wakes up for the earlier of the rest.

mod append;

use collabcanvas_plugin::{Acknowledgement, Checkpoints, Due, SavePlan, SaveState, SaveStrategy, export_plugin};
use serde::{Deserialize, Serialize};

/// So many journal entries are checkpointed before their time: they all have to be replayed when the canvas opens.
const CHECKPOINTS: Checkpoints = Checkpoints { longest_journal: 10_000 };

const SETTINGS_SCHEMA: &str = r#"{"type":"object","properties":{"journal_delay_ms":{"title":"Wait before saving an edit (ms)","description":"0 saves at once. While saving is slow, edits share a save all the same.","type":"integer","minimum":0,"maximum":10000,"default":0},"checkpoint_seconds":{"title":"Save changed shapes every (s)","type":"number","minimum":1,"maximum":3600,"default":5}},"additionalProperties":false}"#;

/// What the operator or the project chose.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Settings {
    /// How long an edit may wait for others to share its append.
    pub journal_delay_ms: u64,
    /// The time between two checkpoints, in seconds.
    pub checkpoint_seconds: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { journal_delay_ms: 0, checkpoint_seconds: 5.0 }
    }
}

/// The strategy.
pub struct Interval;

impl SaveStrategy for Interval {
    type Settings = Settings;

    const LABEL: &'static str = "Save at intervals";
    const ACKNOWLEDGE: Acknowledgement = Acknowledgement::AfterAccept;

    fn plan(settings: &Settings, state: &SaveState) -> SavePlan {
        Due::plan(append::due(settings, state), CHECKPOINTS.due_every(settings.checkpoint_seconds, state))
    }
}

export_plugin! {
    strategy: Interval,
    settings: SETTINGS_SCHEMA,
}

#[cfg(test)]
mod simulation;
