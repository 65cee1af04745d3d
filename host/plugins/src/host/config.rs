//! `config`: the settings that the operator or the project gave the plugin.

use crate::contract::imports::config::Host;
use crate::instance::GuestState;

impl Host for GuestState {
    async fn settings(&mut self) -> wasmtime::Result<String> {
        let visit = self.enter_ungated("config", "settings")?;
        Ok(visit.settings.to_string())
    }
}
