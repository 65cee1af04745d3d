//! [`Due`]: when a part of a save plan is to be done.

use crate::contract::save_strategy::SavePlan;

/// When something is next to be done: what a save strategy finds out for the journal and for the objects, each apart,
/// before it makes one plan of both.
///
/// ```
/// use collabcanvas_plugin::Due;
/// let plan = Due::plan(Due::at(1_000, 1_000), Due::at(6_000, 1_000));
/// assert_eq!((plan.append, plan.checkpoint, plan.wake_in_ms), (true, false, Some(5_000)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Not before something else happens: the host asks again then.
    Never,
    /// Now.
    Now,
    /// In so many milliseconds, 1 or more.
    In(u64),
}

impl Due {
    /// At this time of the state's clock; both in milliseconds.
    pub fn at(time_ms: u64, now_ms: u64) -> Self {
        match time_ms.saturating_sub(now_ms) {
            0 => Due::Now,
            wait => Due::In(wait),
        }
    }

    /// The plan that does what is due, and wakes up for the earlier of the rest.
    pub fn plan(append: Due, checkpoint: Due) -> SavePlan {
        let wait = append.wait().into_iter().chain(checkpoint.wait()).min();
        SavePlan {
            append: append == Due::Now,
            checkpoint: checkpoint == Due::Now,
            take_version: None,
            wake_in_ms: wait.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
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
