//! The runtime: one engine, one cache and one table of limits for the whole server, and the install of plugins.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

use crate::admission::admit;
use crate::artefacts::Artefacts;
use crate::browser::BrowserBuild;
use crate::contract::{Kind, ai_tools, formats, save_strategy, shapes};
use crate::engine::{Ticker, engine};
use crate::faults::{Fault, FaultCause};
use crate::instance::{Failure, Guest, GuestState};
use crate::limits::Call;
use crate::manifest::Manifest;
use crate::package::{Package, digest};
use crate::plugin::{Exports, Plugin};
use crate::{InstallError, Limits, answers, description, host};

/// What stands in the place of a project's id while a plugin is installed.
const INSTALLING: &str = "(install)";

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
        let component = self.artefacts.component(&self.engine, &package.digest, &package.component)?;
        let browser = BrowserBuild::of(&self.artefacts, &package.digest, &package.component)?;
        let exports = Exports::of(&component, &kinds, &package.manifest.contract)?;
        let code = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| InstallError::Signature { reason: format!("{error:#}") })?;
        let Package { digest, manifest, .. } = package;
        Ok(Prepared::New(Box::new(Undescribed { digest, manifest, kinds, browser, exports, code })))
    }

    /// Runs the plugin for the first time.
    async fn describe(&self, prepared: Undescribed) -> Result<Plugin, InstallError> {
        let name: Arc<str> = prepared.manifest.name.as_str().into();
        let state = GuestState::new(name.clone(), INSTALLING.into(), self.limits.clone(), None);
        let started = Guest::start(&prepared.code, state, &self.ticker).await;
        let guest = started.map_err(|failure| install_failure(failure, &name, Call::Describe))?;
        let mut first = FirstCalls { runtime: self, guest, name: name.clone() };
        let exports = &prepared.exports;
        let mut plugin = Plugin {
            shape_types: match &exports.shapes {
                Some(functions) => first.shape_types(functions).await?,
                None => Vec::new(),
            },
            strategy: match &exports.save_strategy {
                Some(functions) => Some(first.strategy(functions).await?),
                None => None,
            },
            tools: match &exports.ai_tools {
                Some(functions) => first.tools(functions).await?,
                None => Vec::new(),
            },
            formats: match &exports.formats {
                Some(functions) => first.formats(functions).await?,
                None => Vec::new(),
            },
            digest: prepared.digest,
            manifest: prepared.manifest,
            kinds: prepared.kinds,
            name,
            browser: prepared.browser,
            code: prepared.code,
            exports: prepared.exports,
        };
        plugin.manifest.settings_schema = plugin
            .manifest
            .settings_schema
            .take()
            .or_else(|| plugin.strategy.as_ref().map(|strategy| strategy.settings_schema.clone()));
        Ok(plugin)
    }

    fn lock_installed(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<Plugin>>> {
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
    kinds: BTreeSet<Kind>,
    browser: BrowserBuild,
    exports: Exports,
    code: InstancePre<GuestState>,
}

/// The first instance of a plugin, whose descriptions are kept. It also shows whether every function has the
/// parameters and results of the contract.
struct FirstCalls<'a> {
    runtime: &'a PluginRuntime,
    guest: Guest,
    name: Arc<str>,
}

impl FirstCalls<'_> {
    async fn shape_types(
        &mut self,
        functions: &crate::plugin::Shapes,
    ) -> Result<Vec<description::ShapeTypeDescription>, InstallError> {
        let guest = &mut self.guest;
        fits(guest.check::<shapes::ShapesParams<'_>, shapes::PropsResults>(&functions.validate))?;
        fits(guest.check::<shapes::ShapesParams<'_>, shapes::RenderResults>(&functions.render))?;
        fits(guest.check::<shapes::MigrateParams<'_>, shapes::PropsResults>(&functions.migrate))?;
        fits(guest.check::<(), shapes::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, shapes::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        let found = description::shape_types(&self.name, answer, self.runtime.limits.list_items)?;
        self.check_defaults(functions, &found).await?;
        Ok(found)
    }

    /// Default props are in normal form: `validate` gives them back as they are.
    async fn check_defaults(
        &mut self,
        functions: &crate::plugin::Shapes,
        types: &[description::ShapeTypeDescription],
    ) -> Result<(), InstallError> {
        let arguments: Vec<shapes::ShapeArgument<'_>> = types
            .iter()
            .map(|described| shapes::ShapeArgument {
                id: "default",
                type_name: &described.name,
                width: described.default_size.width,
                height: described.default_size.height,
                props: described.default_props.as_str(),
                references: &[],
            })
            .collect();
        let call = Call::Validate(arguments.len());
        let (answers,) = self.call::<_, shapes::PropsResults>(&functions.validate, call, (&arguments[..],)).await?;
        answers::check_length(answers.len(), types.len()).map_err(|cause| self.fault(cause, call))?;
        for (described, answer) in types.iter().zip(answers) {
            let what = format!("the shape type {:?}", described.name);
            let given = described.default_props.as_str();
            let reason = match answer {
                Ok(answer) if same_json(&answer, given) => continue,
                Ok(answer) => {
                    format!("validate makes {answer} of the default props {given}; they must be in normal form")
                }
                Err(problem) => format!("validate refuses the default props {given}: {}", problem.message),
            };
            return Err(InstallError::BadDescription { what, reason });
        }
        Ok(())
    }

    async fn strategy(
        &mut self,
        functions: &crate::plugin::SaveStrategy,
    ) -> Result<description::StrategyDescription, InstallError> {
        fits(self.guest.check::<save_strategy::PlanParams<'_>, save_strategy::PlanResults>(&functions.plan))?;
        fits(self.guest.check::<(), save_strategy::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, save_strategy::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        description::strategy(answer)
    }

    async fn tools(
        &mut self,
        functions: &crate::plugin::AiTools,
    ) -> Result<Vec<description::ToolDescription>, InstallError> {
        fits(self.guest.check::<ai_tools::CallParams<'_>, ai_tools::CallResults>(&functions.call))?;
        fits(self.guest.check::<(), ai_tools::ListResults>(&functions.list))?;
        let (answer,) = self.call::<_, ai_tools::ListResults>(&functions.list, Call::Describe, ()).await?;
        description::tools(answer, self.runtime.limits.list_items)
    }

    async fn formats(
        &mut self,
        functions: &crate::plugin::Formats,
    ) -> Result<Vec<description::FormatDescription>, InstallError> {
        fits(self.guest.check::<formats::ImportParams<'_>, formats::ImportResults>(&functions.import))?;
        fits(self.guest.check::<formats::ExportParams<'_>, formats::ExportResults>(&functions.export))?;
        fits(self.guest.check::<(), formats::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, formats::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        description::formats(answer, self.runtime.limits.list_items)
    }

    async fn call<P, R>(
        &mut self,
        function: &wasmtime::component::ComponentExportIndex,
        call: Call,
        parameters: P,
    ) -> Result<R, InstallError>
    where
        P: wasmtime::component::ComponentNamedList + wasmtime::component::Lower + Send + Sync,
        R: wasmtime::component::ComponentNamedList + wasmtime::component::Lift + Send + Sync + 'static,
    {
        let answer = self.guest.call(function, call, parameters, &self.runtime.ticker).await;
        answer.map_err(|failure| install_failure(failure, &self.name, call))
    }

    fn fault(&self, cause: FaultCause, call: Call) -> InstallError {
        install_failure(Failure::Fault(cause), &self.name, call)
    }
}

fn fits(check: wasmtime::Result<()>) -> Result<(), InstallError> {
    check.map_err(|error| InstallError::Signature { reason: format!("{error:#}") })
}

fn install_failure(failure: Failure, plugin: &Arc<str>, call: Call) -> InstallError {
    match failure {
        Failure::Fault(cause) => {
            Fault { plugin: plugin.clone(), project: INSTALLING.into(), call: call.name(), cause }.into()
        }
        Failure::Full => {
            InstallError::Host { reason: "it has no room for another instance just now: try again".into() }
        }
    }
}

fn failed(error: &dyn std::error::Error) -> InstallError {
    InstallError::Host { reason: error.to_string() }
}

/// Whether two texts hold the same JSON, in whatever order and spelling.
fn same_json(one: &str, other: &str) -> bool {
    let parse = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || parse(one).is_some_and(|value| parse(other) == Some(value))
}
