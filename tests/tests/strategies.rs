//! The save strategies that ship: what they promise and what that costs, in the simulator; and with a store on a disk.

use std::sync::Arc;
use std::time::Instant;

use collabcanvas_access::Role;
use collabcanvas_plugins::{JsonObject, Limits, Plugin, PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::simulator::{
    Crowd, Loss, Outcome, Prices, Simulation, SimulationError, Spread, StoreTiming, Trace,
};
use collabcanvas_rooms::{Catalog, RoomLimits};
use collabcanvas_tests::{PATIENCE, Person, World, guest_file, plugin_file, shape};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Ten people who hardly rest.
const BUSY: Crowd = Crowd { people: 10, minutes: 3, seed: 1 };
/// The time of a tick: edits get their places, and strategies are woken, so much later at most.
const TICK_MS: u64 = 16;

/// A simulation with the shape types that ship, and these strategies.
struct Stage {
    simulation: Simulation,
    strategies: Vec<Arc<Plugin>>,
    _cache: TempDir,
}

impl Stage {
    fn new(files: Vec<Vec<u8>>) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let config = RuntimeConfig { cache_dir: cache.path().join("cache"), limits: Limits::default() };
        let catalog = Arc::new(Catalog::new(PluginRuntime::new(config).unwrap()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let strategies = runtime.block_on(async {
            for name in ["basic", "text"] {
                catalog.install(plugin_file(name).unwrap()).await.unwrap();
            }
            let mut strategies = Vec::new();
            for file in files {
                strategies.push(catalog.install(file).await.unwrap());
            }
            strategies
        });
        let (limits, timing, prices) = (RoomLimits::default(), StoreTiming::default(), Prices::default());
        Self { simulation: Simulation { catalog, limits, timing, prices }, strategies, _cache: cache }
    }

    fn shipped() -> Self {
        let names = ["save-adaptive", "save-interval", "save-through"];
        Self::new(names.iter().map(|name| plugin_file(name).unwrap()).collect())
    }

    fn badly() -> Self {
        Self::new(vec![guest_file("save_badly").unwrap()])
    }

    fn play(&self, strategy: &str, settings: Value, trace: &Trace) -> Result<Outcome, SimulationError> {
        let plugin = self.strategies.iter().find(|plugin| plugin.manifest.name == strategy).unwrap();
        let settings: JsonObject = serde_json::from_value(settings).unwrap();
        self.simulation.run(plugin, &settings, trace)
    }
}

/// A minute of two people, so that tests which play it often stay short.
fn minute(seed: u64) -> Trace {
    Crowd { people: 2, minutes: 1, seed }.trace()
}

#[test]
fn the_same_trace_gives_the_same_outcome() {
    let (stage, trace) = (Stage::shipped(), minute(3));
    for plugin in &stage.strategies {
        let name = &plugin.manifest.name;
        let first = stage.play(name, json!({}), &trace).unwrap();
        assert_eq!(first, stage.play(name, json!({}), &trace).unwrap());
        assert_eq!((first.edits, first.refused, first.faults), (trace.edits().len() as u64, 0, 0), "{name}");
    }
}

#[test]
fn d1_save_through_shows_no_edit_that_is_not_durable() {
    let mut stage = Stage::shipped();
    for (seed, append_ms) in [(1, 0), (2, 12), (3, 150), (4, 2000)] {
        stage.simulation.timing.append_ms = append_ms;
        let outcome = stage.play("save-through", json!({}), &minute(seed)).unwrap();
        let about = format!("seed {seed}, appends of {append_ms} ms: {outcome:?}");
        assert_eq!((outcome.at_risk_ms, outcome.loss), (Spread::default(), Loss::default()), "{about}");
        assert_eq!(outcome.accepted_ms, outcome.durable_ms, "{about}");
        // The tick, the append under way, and its own.
        assert!(outcome.durable_ms.max <= TICK_MS + 2 * append_ms + 2, "{about}");
    }
}

#[test]
fn save_adaptive_costs_a_fraction_of_save_interval_on_a_busy_canvas_and_keeps_its_bound() {
    let stage = Stage::shipped();
    for seed in 1..=3 {
        let trace = Crowd { seed, ..BUSY }.trace();
        let adaptive = stage.play("save-adaptive", json!({}), &trace).unwrap();
        let interval = stage.play("save-interval", json!({}), &trace).unwrap();
        let about = format!("seed {seed}: {adaptive:?} {interval:?}");
        assert!(adaptive.write_units.total() * 4 < interval.write_units.total(), "{about}");
        assert!(adaptive.durable_ms.p95 < 500 && adaptive.durable_ms.max <= 400 + 2 * TICK_MS, "{about}");
        // What a long journal costs when the canvas opens stays bounded too: the edits of an append beyond the setting,
        // and those of the second that lies between two checkpoints.
        assert!(adaptive.longest_journal < 5_500, "{about}");
    }
}

#[test]
fn save_adaptive_keeps_whatever_bound_it_is_given() {
    let stage = Stage::shipped();
    let mut dearer = u64::MAX;
    for max_delay_ms in [0, 50, 200, 1000, 5000] {
        let outcome = stage.play("save-adaptive", json!({ "max_delay_ms": max_delay_ms }), &minute(5)).unwrap();
        let append_ms = stage.simulation.timing.append_ms;
        let bound = (max_delay_ms + 2 * TICK_MS).max(TICK_MS + 2 * append_ms + 2);
        assert!(outcome.durable_ms.max <= bound, "seed 5, {max_delay_ms} ms: {outcome:?}");
        assert!(outcome.write_units.total() <= dearer, "seed 5, {max_delay_ms} ms costs more than less: {outcome:?}");
        dearer = outcome.write_units.total();
    }
}

#[test]
fn save_adaptive_does_not_fall_behind_when_the_store_is_slower_than_its_bound() {
    let mut stage = Stage::shipped();
    stage.simulation.timing.append_ms = 900;
    let outcome = stage.play("save-adaptive", json!({}), &minute(6)).unwrap();
    // One append after the other: nobody waits for more than the one under way and the own one.
    assert!(outcome.durable_ms.max <= TICK_MS + 400 + 2 * 900, "seed 6: {outcome:?}");
}

#[test]
fn d5_the_floor_overrules_a_strategy_that_says_never() {
    let stage = Stage::badly();
    let trace = minute(7);
    let outcome = stage.play("save-badly", json!({"do": "never"}), &trace).unwrap();
    let floor = stage.simulation.limits.save_floor_ms;
    // Two or three batches in a minute: the floor, no more often.
    assert!((2..=4).contains(&outcome.appends), "{outcome:?}");
    assert!((floor..=floor + 100).contains(&outcome.at_risk_ms.max), "{outcome:?}");
    assert_eq!((outcome.edits, outcome.checkpoints), (trace.edits().len() as u64, 1), "D5: closing saves: {outcome:?}");
}

#[test]
fn d5_a_strategy_that_traps_or_stalls_is_overruled_at_once() {
    for what in ["trap", "stall"] {
        let outcome = Stage::badly().play("save-badly", json!({ "do": what }), &minute(8)).unwrap();
        assert!(outcome.faults > 0 && outcome.durable_ms.max < 100, "{what}: {outcome:?}");
    }
}

#[test]
fn a_trace_with_shapes_of_no_installed_plugin_is_played_as_far_as_such_shapes_go() {
    let shape =
        json!({"id": "a", "type": "sticky/note", "index": "V", "x": 0, "y": 0, "width": 9, "height": 9, "props": {}});
    let line = |at_ms: u64, operation: Value| json!({"at_ms": at_ms, "user": "ada", "operations": [operation]});
    let lines = [
        line(0, json!({ "put": shape })),
        line(100, json!({"patch": {"id": "a", "x": 5}})),
        line(200, json!({"patch": {"id": "a", "props": {"text": "b"}}})),
        line(60_000, json!({"delete": "a"})),
    ];
    let trace = Trace::read(&lines.map(|line| line.to_string()).join("\n")).unwrap();
    let outcome = Stage::shipped().play("save-interval", json!({}), &trace).unwrap();
    // P3: such a shape is put, moved and deleted; its props stay as they are.
    assert_eq!((outcome.edits, outcome.refused), (3, 1));
    assert!(outcome.lasted_ms >= 60_000 && outcome.checkpoints == 2, "{outcome:?}");
}

#[test]
fn what_cannot_be_simulated_is_said_in_words() {
    let mut stage = Stage::shipped();
    let error = stage.play("save-adaptive", json!({"max_delay": 5}), &minute(1)).unwrap_err().to_string();
    assert!(error.contains("save-adaptive") && error.contains("max_delay"), "{error}");
    stage.strategies = stage.simulation.catalog.list();
    let error = stage.play("basic", json!({}), &minute(1)).unwrap_err().to_string();
    assert!(error.contains("basic is no save strategy"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_whatever_somebody_has_seen_under_save_through_survives_a_crash_at_that_moment() {
    let files = ["basic", "save-through"].map(|name| plugin_file(name).unwrap()).to_vec();
    let world = World::with_plugins(RoomLimits::default(), Limits::default(), files).await.unwrap();
    let project = world.project_with("canvas", |project| project.save_strategy = "save-through".into()).await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let mut seq = 0;
    for number in 0..20 {
        seq = person.edit(json!([shape(&format!("r{number}"), "basic/rectangle", json!({}))])).await.unwrap();
    }
    // Accepted is all that was waited for.
    assert_eq!((seq, world.crashed().look(&project).await.unwrap().contents().len()), (20, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_on_a_busy_server_every_canvas_is_saved_in_its_turn_and_all_of_it() {
    const CANVASES: usize = 40;
    // Nothing but its turn has a canvas saved.
    let world = World::new(RoomLimits { save_floor_ms: 3_600_000, ..RoomLimits::default() }).await.unwrap();
    let mut people = Vec::new();
    for number in 0..CANVASES {
        let project = world.project(&format!("canvas-{number}")).await.unwrap();
        let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
        person.edit(json!([shape("a", "basic/rectangle", json!({}))])).await.unwrap();
        people.push((project, person));
    }
    assert!(!world.rooms.is_busy());
    let mut moves = 0;
    let deadline = Instant::now() + PATIENCE;
    while !world.rooms.is_busy() || moves < 10 {
        assert!(Instant::now() < deadline, "so much does not come here that a server counts as busy");
        moves += 1;
        for (_, person) in &mut people {
            person.send(json!([{"patch": {"id": "a", "x": moves}}])).await.unwrap();
        }
    }
    let last_moves = people.iter_mut().map(|(_, person)| async {
        let seq = person.edit(json!([{"patch": {"id": "a", "y": 1}}])).await.unwrap();
        person.saved(seq).await;
    });
    futures_util::future::join_all(last_moves).await;
    let crashed = world.crashed();
    for (project, _) in &people {
        let shapes = crashed.look(project).await.unwrap().shapes();
        assert_eq!(shapes.iter().map(|shape| (shape.x, shape.y)).collect::<Vec<_>>(), [(f64::from(moves), 1.0)]);
    }
}
