//! The runtime: one engine, one cache and one table of limits for the whole server, and the install of plugins.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

use crate::admission::admit;
use crate::artefacts::Artefacts;
use crate::browser::BrowserBuild;
use crate::contract::Kind;
use crate::engine::{Ticker, engine};
use crate::first_calls::{Descriptions, FirstCalls};
use crate::instance::GuestState;
use crate::manifest::Manifest;
use crate::package::{Package, digest};
use crate::plugin::{Exports, Plugin};
use crate::settings::Settings;
use crate::{InstallError, Limits, host};

/// How a runtime is set up.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// A folder for compiled code, made if need be; it must be closed to all other users (mode 0700).
    pub cache_dir: PathBuf,
    /// What plugins may cost.
    pub limits: Limits,
}

/// Why the runtime did not start.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Wasmtime cannot run on this machine.
    #[error("the WebAssembly engine does not start: {0:#}")]
    Engine(wasmtime::Error),
    /// The cache folder cannot be used.
    #[error("the plugins' cache {folder} cannot be used: {error}")]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        error: std::io::Error,
    },
    /// The ticker's thread did not start.
    #[error("the thread that times plugins does not start: {0}")]
    Ticker(std::io::Error),
}

/// The plugin runtime of a server.
pub struct PluginRuntime {
    pub(crate) limits: Arc<Limits>,
    pub(crate) ticker: Ticker,
    engine: Engine,
    linker: Linker<GuestState>,
    artefacts: Artefacts,
    /// One install at a time: compiling is the one thing that no limit of a guest bounds.
    installing: Arc<Semaphore>,
    installed: Mutex<HashMap<String, Weak<Plugin>>>,
}

impl PluginRuntime {
    /// Starts a runtime: engine, cache and ticker. Blocks for some milliseconds.
    pub fn new(config: RuntimeConfig) -> Result<Arc<Self>, RuntimeError> {
        let engine = engine(&config.limits).map_err(RuntimeError::Engine)?;
        let mut linker = Linker::new(&engine);
        host::add_to_linker(&mut linker).map_err(RuntimeError::Engine)?;
        let artefacts = Artefacts::open(&config.cache_dir, &engine)
            .map_err(|error| RuntimeError::Cache { folder: config.cache_dir.clone(), error })?;
        let ticker = Ticker::start(engine.clone()).map_err(RuntimeError::Ticker)?;
        Ok(Arc::new(Self {
            limits: Arc::new(config.limits),
            ticker,
            engine,
            linker,
            artefacts,
            installing: Arc::new(Semaphore::new(1)),
            installed: Mutex::default(),
        }))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Installs a plugin from its file: reads, checks, compiles, translates it for browsers and lets it describe
    /// itself. A file that is installed already is not installed again. Waits while others are installed.
    pub async fn install(self: &Arc<Self>, bytes: Vec<u8>) -> Result<Arc<Plugin>, InstallError> {
        let limit_ms = self.limits.install_ms;
        let install = tokio::time::timeout(Duration::from_millis(limit_ms), self.install_now(bytes));
        install.await.unwrap_or(Err(InstallError::TooSlow { limit_ms }))
    }

    async fn install_now(self: &Arc<Self>, bytes: Vec<u8>) -> Result<Arc<Plugin>, InstallError> {
        let permit = self.installing.clone().acquire_owned().await.map_err(|error| failed(&error))?;
        let runtime = self.clone();
        // The compiler cannot be interrupted: should the wait end first, the permit keeps others from joining it.
        let prepare = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            runtime.prepare(bytes)
        });
        match prepare.await.map_err(|error| failed(&error))?? {
            Prepared::Installed(plugin) => Ok(plugin),
            Prepared::New(prepared) => {
                let plugin = Arc::new(self.describe(*prepared).await?);
                self.lock_installed().insert(plugin.digest.clone(), Arc::downgrade(&plugin));
                Ok(plugin)
            }
        }
    }

    fn prepare(&self, bytes: Vec<u8>) -> Result<Prepared, InstallError> {
        if bytes.len() <= self.limits.file_bytes
            && let Some(plugin) = self.lock_installed().get(&digest(&bytes)).and_then(Weak::upgrade)
        {
            return Ok(Prepared::Installed(plugin));
        }
        let package = Package::read(bytes, &self.limits)?;
        let kinds = admit(&package)?;
        let settings = Settings::of(package.manifest.settings_schema.as_ref())?;
        let component = self.artefacts.component(&self.engine, &package.digest, &package.component)?;
        let browser = BrowserBuild::of(&self.artefacts, &package.digest, &package.component)?;
        let exports = Exports::of(&component, &kinds, &package.manifest.contract)?;
        let code = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| InstallError::Signature { reason: format!("{error:#}") })?;
        let Package { digest, manifest, .. } = package;
        Ok(Prepared::New(Box::new(Undescribed { digest, manifest, settings, kinds, browser, exports, code })))
    }

    /// Runs the plugin for the first time.
    async fn describe(&self, prepared: Undescribed) -> Result<Plugin, InstallError> {
        let Undescribed { digest, manifest, settings, kinds, browser, exports, code } = prepared;
        let name: Arc<str> = manifest.name.as_str().into();
        let first = FirstCalls::start(&code, name.clone(), self.limits.clone(), &self.ticker).await?;
        let Descriptions { shape_types, strategy, tools, formats } = first.describe(&exports).await?;
        Ok(Plugin {
            digest,
            manifest,
            kinds,
            shape_types,
            strategy,
            tools,
            formats,
            name,
            settings,
            browser,
            code,
            exports,
        })
    }

    fn lock_installed(&self) -> MutexGuard<'_, HashMap<String, Weak<Plugin>>> {
        // The map is whole after every operation on it, whoever panicked.
        self.installed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Prepared {
    Installed(Arc<Plugin>),
    New(Box<Undescribed>),
}

/// A plugin that has not run yet.
struct Undescribed {
    digest: String,
    manifest: Manifest,
    settings: Settings,
    kinds: BTreeSet<Kind>,
    browser: BrowserBuild,
    exports: Exports,
    code: InstancePre<GuestState>,
}

fn failed(error: &dyn std::error::Error) -> InstallError {
    InstallError::Host { reason: error.to_string() }
}
