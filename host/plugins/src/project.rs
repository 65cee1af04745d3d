//! The plugins of one project, as its room uses them: instances, faults, quarantine (P1, P3).
//!
//! Shape types and save strategies are asked all the time and answer from their input alone, so each plugin keeps
//! one instance for them, and a call waits for the one before. Tools and formats get a fresh instance per call: a
//! tool that changes the canvas makes the room validate, with the same plugin, before it goes on; and nothing that
//! one user's call leaves behind is there in the next.

mod calls;
mod files;
mod shapes;
mod tools;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collabcanvas_access::Capabilities;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::contract::Kind;
use crate::description::{JsonObject, StrategyDescription};
use crate::faults::{FaultCounter, PluginError};
use crate::host::HostServices;
use crate::instance::Guest;
use crate::plugin::Plugin;
use crate::runtime::PluginRuntime;

pub use files::{DrawnShape, Imported};
pub use shapes::{MigrationInput, NormalForm, ReferredShape, ShapeInput};
pub use tools::ToolCall;

/// A plugin that a project uses, and what it may do there.
#[derive(Clone, Debug)]
pub struct EnabledPlugin {
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// Its settings in this project; what is left out takes the default of the manifest's settings schema.
    pub settings: JsonObject,
    /// What operator and project both grant it.
    pub granted: Capabilities,
}

/// The plugins of one project.
pub struct ProjectPlugins {
    runtime: Arc<PluginRuntime>,
    project: Arc<str>,
    services: Arc<dyn HostServices>,
    plugins: BTreeMap<String, Slot>,
    /// The plugin that decides when the project is saved, if one is chosen.
    strategy: Option<String>,
}

/// A plugin's place in a project.
struct Slot {
    enabled: EnabledPlugin,
    /// The settings, with defaults filled in.
    settings: Arc<str>,
    resident: tokio::sync::Mutex<Option<Guest>>,
    faults: Mutex<FaultCounter>,
}

/// How a plugin fares in a project, for its operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PluginState {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its file.
    pub digest: String,
    /// Which kinds of plugin it is.
    pub kinds: Vec<Kind>,
    /// Faults since the project was opened.
    #[ts(type = "number")]
    pub faults: u64,
    /// The last fault.
    #[ts(optional)]
    pub last_fault: Option<String>,
    /// Why it is set aside, if it is.
    #[ts(optional)]
    pub quarantined: Option<String>,
}

impl ProjectPlugins {
    /// The plugins of a project. Nothing is instantiated before it is needed. Of two plugins of one name the later counts.
    pub fn new(
        runtime: Arc<PluginRuntime>,
        project: &str,
        enabled: Vec<EnabledPlugin>,
        services: Arc<dyn HostServices>,
    ) -> Self {
        let plugins = enabled.into_iter().map(|enabled| (enabled.plugin.manifest.name.clone(), Slot::new(enabled)));
        Self { runtime, project: project.into(), services, plugins: plugins.collect(), strategy: None }
    }

    /// The same, saved as the plugin of this name says. Without this choice the first by name counts that is a strategy.
    #[must_use]
    pub fn saved_by(mut self, strategy: &str) -> Self {
        self.strategy = Some(strategy.to_owned());
        self
    }

    /// The plugins that are enabled, by name.
    pub fn enabled(&self) -> impl Iterator<Item = &EnabledPlugin> {
        self.plugins.values().map(|slot| &slot.enabled)
    }

    /// The save strategy of the project; none when the chosen plugin is missing or is no strategy.
    pub fn strategy(&self) -> Option<&StrategyDescription> {
        self.strategy_slot().and_then(|slot| slot.enabled.plugin.strategy.as_ref())
    }

    fn strategy_slot(&self) -> Option<&Slot> {
        let is_strategy = |slot: &&Slot| slot.enabled.plugin.strategy.is_some();
        match &self.strategy {
            Some(name) => self.plugins.get(name).filter(is_strategy),
            None => self.plugins.values().find(is_strategy),
        }
    }

    /// How the plugins fare.
    pub fn states(&self) -> Vec<PluginState> {
        self.plugins.values().map(Slot::state).collect()
    }

    /// Lets a plugin that was set aside try again; false when there is none of this name.
    pub fn unquarantine(&self, plugin: &str) -> bool {
        self.plugins.get(plugin).map(|slot| slot.faults().release()).is_some()
    }

    /// Lets go of instances without a call for this long; tells how many. They come back when needed, in some 30 µs.
    pub fn release_idle(&self, older_than: Duration) -> usize {
        let idle = |slot: &&Slot| {
            // One that is locked is not idle.
            let Ok(mut resident) = slot.resident.try_lock() else { return false };
            resident.take_if(|guest| guest.last_used.elapsed() >= older_than).is_some()
        };
        self.plugins.values().filter(idle).count()
    }

    /// Lets go of the instances that are idle by the limit [`crate::Limits::idle_ms`]. For rooms to call now and then.
    pub fn sweep(&self) -> usize {
        self.release_idle(Duration::from_millis(self.runtime.limits.idle_ms))
    }

    fn slot(&self, plugin: &str) -> Result<&Slot, PluginError> {
        self.plugins
            .get(plugin)
            .ok_or_else(|| PluginError::Missing { plugin: plugin.to_owned(), project: self.project.clone() })
    }
}

impl Slot {
    fn new(enabled: EnabledPlugin) -> Self {
        let of_plugin = &enabled.plugin.settings;
        let settings = of_plugin.complete(&enabled.settings).unwrap_or_else(|problem| {
            // Nobody could store them for this build of the plugin; they were stored for another.
            tracing::error!(plugin = enabled.plugin.manifest.name, %problem, "settings do not fit; the defaults hold");
            of_plugin.defaults().clone()
        });
        let settings = Value::Object(settings).to_string();
        Self { settings: settings.into(), resident: tokio::sync::Mutex::default(), faults: Mutex::default(), enabled }
    }

    fn name(&self) -> &Arc<str> {
        &self.enabled.plugin.name
    }

    fn faults(&self) -> MutexGuard<'_, FaultCounter> {
        // Counts are whole after every operation, whoever panicked.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> PluginState {
        let faults = self.faults();
        let plugin = &self.enabled.plugin;
        PluginState {
            name: plugin.manifest.name.clone(),
            version: plugin.manifest.version.clone(),
            digest: plugin.digest.clone(),
            kinds: plugin.kinds.iter().copied().collect(),
            faults: faults.total(),
            last_fault: faults.last().map(str::to_owned),
            quarantined: faults.quarantine().map(str::to_owned),
        }
    }
}
