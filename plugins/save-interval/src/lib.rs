//! Saves the journal as soon as it is cheap and objects at intervals: the strategy of every new project.
//!
//! The journal is what makes edits durable, so it is never left waiting for long; the objects are what
//! makes opening fast, so they can wait for the next interval. [`append`] and [`checkpoint`] each say when
//! their part is next due; the plan does what is due and wakes up for the earliest of the rest.

mod append;
mod checkpoint;

use collabcanvas_plugin::{Acknowledgement, SavePlan, SaveState, SaveStrategy, export_plugin};
use serde::Deserialize;

const SETTINGS_SCHEMA: &str = r#"{"type":"object","properties":{"journal_delay_ms":{"title":"Wait before saving an edit (ms)","description":"0 saves at once. While saving is slow, edits share a save all the same.","type":"integer","minimum":0,"maximum":10000,"default":0},"checkpoint_seconds":{"title":"Save changed shapes every (s)","type":"number","minimum":1,"maximum":3600,"default":5}},"additionalProperties":false}"#;

/// What the operator or the project chose.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
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

/// When something is next to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    /// Not before something else happens: the host asks again then.
    Never,
    /// Now.
    Now,
    /// In so many milliseconds, 1 or more.
    In(u64),
}

impl Due {
    /// At this time of the state's clock.
    fn at(time_ms: u64, now_ms: u64) -> Self {
        match time_ms.saturating_sub(now_ms) {
            0 => Due::Now,
            wait => Due::In(wait),
        }
    }

    /// How long to sleep for it.
    fn wait(self) -> Option<u64> {
        match self {
            Due::In(wait) => Some(wait),
            Due::Never | Due::Now => None,
        }
    }
}

/// The strategy.
pub struct Interval;

impl SaveStrategy for Interval {
    type Settings = Settings;

    const LABEL: &'static str = "Save at intervals";
    const ACKNOWLEDGE: Acknowledgement = Acknowledgement::AfterAccept;

    fn plan(settings: &Settings, state: &SaveState) -> SavePlan {
        let append = append::due(settings, state);
        let checkpoint = checkpoint::due(settings, state);
        let wait = append.wait().into_iter().chain(checkpoint.wait()).min();
        SavePlan {
            append: append == Due::Now,
            checkpoint: checkpoint == Due::Now,
            take_version: None,
            wake_in_ms: wait.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        }
    }
}

export_plugin! {
    strategy: Interval,
    settings: SETTINGS_SCHEMA,
}

#[cfg(test)]
mod simulation;
