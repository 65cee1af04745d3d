//! Saves in as few writes as a bounded delay allows: for stores that are paid by the write.
//!
//! An append costs the same whether it carries one edit or thirty, so what is pending waits until it would break the
//! bound, and takes along all that has come meanwhile. A shape that is checkpointed is written whole, however often it
//! has changed since, so that waits until people rest, or until the journal has become long.

mod append;

use collabcanvas_plugin::{Acknowledgement, Checkpoints, Due, SavePlan, SaveState, SaveStrategy, export_plugin};
use serde::{Deserialize, Serialize};

const SETTINGS_SCHEMA: &str = r#"{"type":"object","properties":{"max_delay_ms":{"title":"Save an edit within (ms)","description":"The longer, the fewer writes. An edit that is not saved yet is what the loss of the server can cost.","type":"integer","minimum":0,"maximum":20000,"default":400},"quiet_seconds":{"title":"Save changed shapes after a rest of (s)","type":"number","minimum":1,"maximum":3600,"default":10},"journal_transactions":{"title":"Save changed shapes after so many edits","description":"Opening the canvas replays the edits since.","type":"integer","minimum":100,"maximum":100000,"default":5000}},"additionalProperties":false}"#;

/// What the operator or the project chose.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Settings {
    /// How long after it was accepted an edit is durable at the latest, in milliseconds, while the store keeps up.
    pub max_delay_ms: u64,
    /// How long nobody edits before changed shapes are checkpointed, in seconds.
    pub quiet_seconds: f64,
    /// So many transactions in the journal are checkpointed while people edit.
    pub journal_transactions: u64,
}

impl Default for Settings {
    fn default() -> Self {
        // With a tick before it and a slow append after it, 400 ms stay under half a second.
        Settings { max_delay_ms: 400, quiet_seconds: 10.0, journal_transactions: 5000 }
    }
}

/// The strategy.
pub struct Adaptive;

impl SaveStrategy for Adaptive {
    type Settings = Settings;

    const LABEL: &'static str = "Save adaptively";
    const ACKNOWLEDGE: Acknowledgement = Acknowledgement::AfterAccept;

    fn plan(settings: &Settings, state: &SaveState) -> SavePlan {
        let checkpoints = Checkpoints { longest_journal: settings.journal_transactions };
        Due::plan(append::due(settings, state), checkpoints.due_when_quiet(settings.quiet_seconds, state))
    }
}

export_plugin! {
    strategy: Adaptive,
    settings: SETTINGS_SCHEMA,
}

#[cfg(test)]
mod simulation;
