//! [`SaveStrategy`]: when edits are made durable.

use serde::de::DeserializeOwned;

use crate::contract::save_strategy::{Acknowledgement, SavePlan, SaveState, Strategy};
use crate::log;
use crate::props;

/// A save strategy. Pure, so that a plan can be simulated and replayed: all that it may know is in the state.
pub trait SaveStrategy {
    /// Its settings, which fit the schema given to `export_plugin!`; `Default` is what holds when they cannot be read.
    type Settings: Default + DeserializeOwned;

    /// What people call it.
    const LABEL: &'static str;
    /// When an edit's author is told that it is accepted.
    const ACKNOWLEDGE: Acknowledgement;

    /// What to do now. It cannot fail: a state that makes no sense is answered with a plan that saves.
    fn plan(settings: &Self::Settings, state: &SaveState) -> SavePlan;
}

#[doc(hidden)]
pub fn describe<S: SaveStrategy>() -> Strategy {
    crate::panic_hook::install();
    Strategy { label: S::LABEL.to_owned(), acknowledge: S::ACKNOWLEDGE }
}

#[doc(hidden)]
pub fn plan<S: SaveStrategy>(state: &SaveState) -> SavePlan {
    crate::panic_hook::install();
    let settings = props::read_as("bad-settings", &state.settings).unwrap_or_else(|problem| {
        log::warn(format!("the default settings hold: {}", problem.message));
        S::Settings::default()
    });
    S::plan(&settings, state)
}
