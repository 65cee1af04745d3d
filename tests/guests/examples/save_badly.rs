//! A save strategy that never saves, traps or stalls: whichever its settings say (D5).

use collabcanvas_plugin::{Acknowledgement, SavePlan, SaveState, SaveStrategy, export_plugin};
use serde::Deserialize;

const SETTINGS_SCHEMA: &str =
    r#"{"type":"object","properties":{"do":{"type":"string","enum":["never","trap","stall"],"default":"never"}}}"#;

struct Badly;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    r#do: String,
}

impl SaveStrategy for Badly {
    type Settings = Settings;

    const LABEL: &'static str = "Save badly";
    const ACKNOWLEDGE: Acknowledgement = Acknowledgement::AfterAccept;

    fn plan(settings: &Settings, state: &SaveState) -> SavePlan {
        match settings.r#do.as_str() {
            "trap" => panic!("no plan for {} transactions", state.pending_transactions),
            "stall" => loop {
                std::hint::black_box(state);
            },
            _ => SavePlan { append: false, checkpoint: false, take_version: None, wake_in_ms: None },
        }
    }
}

export_plugin! {
    name: "save-badly",
    strategy: Badly,
    settings: SETTINGS_SCHEMA,
}
