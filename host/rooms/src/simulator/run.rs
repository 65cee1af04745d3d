//! A trace, played to a room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use collabcanvas_access::{Capabilities, Role};
use collabcanvas_canvas::{Operation, ProjectId, UserId};
use collabcanvas_plugins::{JsonObject, Plugin};
use collabcanvas_storage::{EnabledPlugin, Project};
use tokio::time::{Instant, sleep, sleep_until};

use super::one_project::OneProject;
use super::outcome::{Loss, Outcome, Spread};
use super::people::{Log, Participant};
use super::prices::Prices;
use super::store::{CountingStore, Ledger, StoreTiming};
use super::trace::Trace;
use crate::{Catalog, RoomError, RoomLimits, Rooms, Stores};

/// How often is looked whether everything is durable. It costs no time but simulated time.
const LOOK: Duration = Duration::from_millis(20);

/// A room, its plugins and its store, to which traces are played.
#[derive(Clone)]
pub struct Simulation {
    /// The plugins. Those that are no strategies are all enabled, so that the trace's shapes are validated.
    pub catalog: Arc<Catalog>,
    /// The limits of the room. Those on how fast a session may send do not hold: the trace has passed them before.
    pub limits: RoomLimits,
    /// How long the store takes.
    pub timing: StoreTiming,
    /// What the store costs.
    pub prices: Prices,
}

/// Why a simulation has come to nothing.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// The plugin decides nothing about saving.
    #[error("the plugin {0} is no save strategy: name one whose kinds have save-strategy")]
    NoStrategy(String),
    /// The strategy does not take these settings.
    #[error("the strategy {plugin} does not take these settings: {problem}")]
    Settings {
        /// Its plugin.
        plugin: String,
        /// What is wrong, and where.
        problem: collabcanvas_canvas::Problem,
    },
    /// The room does not open.
    #[error(transparent)]
    Room(#[from] RoomError),
    /// Somebody's session has ended.
    #[error("the session of {user} has ended: {reason}")]
    Session {
        /// Who.
        user: UserId,
        /// Why.
        reason: String,
    },
    /// Some edits were neither accepted nor refused, or never became durable, though the room should see to it (D5).
    #[error("{unanswered} edits were not answered, and {unsaved} were not durable after {waited_s} s: {reason}")]
    Unsettled {
        /// Edits without an answer.
        unanswered: u64,
        /// Transactions that are not durable.
        unsaved: u64,
        /// Simulated seconds after the last edit.
        waited_s: u64,
        /// What is known of the cause.
        reason: String,
    },
    /// The machine has no thread for it.
    #[error("the simulation does not start: {0}")]
    Start(std::io::Error),
}

impl Simulation {
    /// Plays a trace to a room that is saved by this strategy. Blocks until the last edit is durable and the room has
    /// closed: some seconds for an hour of ten people. The same trace gives the same outcome, unless a plugin is cut off
    /// by its time limit, which is of real time.
    pub fn run(&self, strategy: &Plugin, settings: &JsonObject, trace: &Trace) -> Result<Outcome, SimulationError> {
        let name = strategy.manifest.name.clone();
        if strategy.strategy.is_none() {
            return Err(SimulationError::NoStrategy(name));
        }
        strategy.check_settings(settings).map_err(|problem| SimulationError::Settings { plugin: name, problem })?;
        // In a thread of its own, because the caller's may belong to a runtime whose clock goes on.
        std::thread::scope(|scope| {
            let played = std::thread::Builder::new().name("simulation".into()).spawn_scoped(scope, || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
                runtime.map_err(SimulationError::Start)?.block_on(self.play(strategy, settings, trace))
            });
            let played = played.map_err(SimulationError::Start)?.join();
            played.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    async fn play(&self, strategy: &Plugin, settings: &JsonObject, trace: &Trace) -> Result<Outcome, SimulationError> {
        let project = self.project(strategy, settings, trace);
        let id = project.id.clone();
        let store = Arc::new(CountingStore::new(id.clone(), self.timing, self.prices));
        let rest = Arc::new(OneProject::new(project));
        let stores = Stores {
            canvas: store.clone(),
            projects: rest.clone(),
            plugin_data: rest.clone(),
            versions: rest.clone(),
            hot: None,
        };
        let rooms = Rooms::new(self.limits(), stores, self.catalog.clone());

        let log = Arc::new(Log::default());
        let onlooker = UserId::parse("onlooker").expect("a well-formed id");
        let _onlooker = Participant::enter(&rooms, &id, &onlooker, Role::Viewer, &log).await?;
        let mut people = BTreeMap::new();
        for user in trace.edits().iter().map(|edit| &edit.user).collect::<BTreeSet<_>>() {
            people.insert(user, Participant::enter(&rooms, &id, user, Role::Editor, &log).await?);
        }
        let began = Instant::now();
        for edit in trace.edits() {
            sleep_until(began + Duration::from_millis(edit.at_ms)).await;
            people.get_mut(&edit.user).expect("all have entered").edit(&edit.operations).await?;
        }
        self.settle(&log, &store, trace).await?;
        let states = rooms.plugin_states(&id).await?;
        let faults = states.iter().find(|state| state.name == strategy.manifest.name).map_or(0, |state| state.faults);
        rooms.shutdown().await;
        Ok(outcome(strategy, faults, rest.versions(), &log, store.ledger()))
    }

    /// Waits until all edits are answered and durable.
    async fn settle(&self, log: &Log, store: &CountingStore, trace: &Trace) -> Result<(), SimulationError> {
        let last = Instant::now();
        let patience = Duration::from_millis(self.limits.save_floor_ms) * 2 + Duration::from_secs(60);
        loop {
            let (seen, refused, broken) = {
                let told = log.lock();
                (told.seen.len() as u64, told.refused, told.broken.clone())
            };
            let unanswered = (trace.edits().len() as u64).saturating_sub(seen + refused);
            let unsaved = seen.saturating_sub(store.durable());
            if unanswered == 0 && unsaved == 0 {
                return Ok(());
            }
            if last.elapsed() > patience || broken.is_some() {
                let waited_s = last.elapsed().as_secs();
                let reason = broken.unwrap_or_else(|| "the room does not answer".into());
                return Err(SimulationError::Unsettled { unanswered, unsaved, waited_s, reason });
            }
            sleep(LOOK).await;
        }
    }

    /// A project with this strategy, and with the other plugins that are installed. Those whose shapes the trace has and
    /// that are not installed are enabled all the same: their shapes are put, moved and deleted unvalidated (P3).
    fn project(&self, strategy: &Plugin, settings: &JsonObject, trace: &Trace) -> Project {
        let plugins = self.catalog.list();
        let others = plugins.iter().filter(|plugin| plugin.strategy.is_none());
        let enable = |name: &str, digest: &str, settings: JsonObject| EnabledPlugin {
            name: name.to_owned(),
            digest: digest.to_owned(),
            granted: Capabilities::default(),
            settings,
        };
        let mut enabled = vec![enable(&strategy.manifest.name, &strategy.digest, settings.clone())];
        enabled.extend(others.map(|plugin| enable(&plugin.manifest.name, &plugin.digest, JsonObject::new())));
        let put = trace.edits().iter().flat_map(|edit| &edit.operations).filter_map(|operation| match operation {
            Operation::Put(shape) => Some(shape.shape_type.plugin()),
            _ => None,
        });
        for plugin in put.collect::<BTreeSet<_>>() {
            if enabled.iter().all(|enabled| enabled.name != plugin) {
                enabled.push(enable(plugin, "not installed", JsonObject::new()));
            }
        }
        Project {
            id: ProjectId::parse("simulated").expect("a well-formed id"),
            name: "Simulated".into(),
            created_ms: 0,
            plugins: enabled,
            save_strategy: strategy.manifest.name.clone(),
        }
    }

    /// The room's limits, without those that count by the clock on the wall.
    fn limits(&self) -> RoomLimits {
        RoomLimits { frames_per_second: u32::MAX, frame_burst: u32::MAX, ..self.limits.clone() }
    }
}

fn outcome(strategy: &Plugin, faults: u64, versions: u64, log: &Log, ledger: Ledger) -> Outcome {
    let description = strategy.strategy.as_ref().expect("looked for before");
    let told = log.lock();
    let began = told.seen.iter().map(|(sent, _)| *sent).min().unwrap_or_else(Instant::now);
    let mut appends = ledger.durable.iter();
    let mut append = appends.next();
    let mut times = Vec::with_capacity(told.seen.len());
    for (seq, (sent, seen)) in (1..).zip(&told.seen) {
        while append.is_some_and(|(last, _)| *last < seq) {
            append = appends.next();
        }
        let Some((_, durable)) = append else { break };
        times.push([sent, seen, durable].map(|at| milliseconds(at.duration_since(began))));
    }
    let lasted_ms = times.iter().map(|[_, seen, durable]| *seen.max(durable)).max().unwrap_or(0);
    let spread = |between: fn(&[u64; 3]) -> u64| Spread::of(times.iter().map(between).collect());
    let seen_and_durable: Vec<_> = times.iter().map(|[_, seen, durable]| (*seen, *durable)).collect();
    Outcome {
        strategy: strategy.manifest.name.clone(),
        label: description.label.clone(),
        acknowledge: description.acknowledge,
        edits: told.seen.len() as u64,
        refused: told.refused,
        lasted_ms,
        faults,
        appends: ledger.appends,
        checkpoints: ledger.checkpoints,
        shapes_written: ledger.shapes_written,
        versions,
        write_units: ledger.units,
        longest_journal: ledger.longest_journal,
        accepted_ms: spread(|[sent, seen, _]| seen - sent),
        durable_ms: spread(|[sent, _, durable]| durable - sent),
        at_risk_ms: spread(|[_, seen, durable]| durable.saturating_sub(*seen)),
        loss: Loss::of(&seen_and_durable, lasted_ms),
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
