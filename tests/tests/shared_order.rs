//! S1, D1, D2: browsers on several hosts, which share an order on a real Redis and a store.
//!
//! Each host is a runtime of its own in this process, so that it can be lost at once with all its tasks. Each run prints
//! its seed; `SEED=… cargo test -p collabcanvas-tests --test shared_order` repeats one.

#[path = "../../host/storage/tests/hot/server.rs"]
#[allow(dead_code, reason = "each test uses another part of it")]
mod redis;

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_canvas::ProjectId;
use collabcanvas_plugins::{Limits, ToolCall, ToolContext};
use collabcanvas_rooms::{RoomLimits, Rooms, Stores};
use collabcanvas_storage::{RedisConfig, RedisHotTier};
use collabcanvas_tests::{Browser, Replica, World, guest_file, operation, plugin_file, settle};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::runtime::Runtime;

const HOSTS: usize = 3;
const BROWSERS: usize = 9;
const STEPS: usize = 900;

/// A host that can be lost.
struct Host {
    rooms: Arc<Rooms>,
    runtime: Option<Runtime>,
}

impl Host {
    async fn start(world: &World, redis: &redis::Server) -> Self {
        Self::start_with(world, redis, Duration::from_millis(500)).await
    }

    /// One that holds a lease for so long after it last asked for it.
    async fn start_with(world: &World, redis: &redis::Server, lease: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let store = Arc::new(world.store.clone());
        let (catalog, url) = (world.catalog.clone(), redis.url());
        let limits = RoomLimits { tick_ms: 1, linger_ms: 500, ..RoomLimits::default() };
        let rooms = runtime.spawn(async move {
            let config = RedisConfig { lease, ..RedisConfig::new(url) };
            let tier = RedisHotTier::connect(config).await.expect("Redis is there");
            let stores = Stores {
                canvas: store.clone(),
                projects: store.clone(),
                plugin_data: store.clone(),
                versions: store,
                hot: Some(tier),
            };
            Rooms::new(limits, stores, catalog)
        });
        Self { rooms: rooms.await.unwrap(), runtime: Some(runtime) }
    }

    /// Loses it with all that it was doing.
    fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Faults {
    None,
    /// Hosts are killed, and others take their places.
    Hosts,
    /// Redis loses all of its data, and connections break.
    Redis,
    Both,
}

async fn run(seed: u64, faults: Faults) {
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut redis =
        redis::Server::start(&redis::Program::redis().expect("redis-server: `cargo xtask test` installs it"), &[]);
    let world = World::new(RoomLimits::default()).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut hosts = Vec::new();
    for _ in 0..HOSTS {
        hosts.push(Host::start(&world, &redis).await);
    }
    let mut browsers: Vec<(Browser, usize)> =
        (0..BROWSERS).map(|number| (Browser::new(&format!("browser-{number}")), number % HOSTS)).collect();
    for _ in 0..STEPS {
        let number = random.random_range(0..BROWSERS);
        let (browser, host) = &mut browsers[number];
        match random.random_range(0..1_000) {
            0..40 => {
                browser.disconnect();
                *host = random.random_range(0..HOSTS);
            }
            40..500 => {
                let operations = (0..random.random_range(1..4)).map(|_| operation(&mut random)).collect();
                let edit = browser.replica.edit(operations);
                browser.send(&edit).await;
                if random.random_bool(0.1) {
                    browser.send(&edit).await;
                }
            }
            500..505 if matches!(faults, Faults::Hosts | Faults::Both) => {
                let lost = random.random_range(0..HOSTS);
                hosts[lost].kill();
                hosts[lost] = Host::start(&world, &redis).await;
                browsers.iter_mut().filter(|(_, host)| *host == lost).for_each(|(browser, _)| browser.disconnect());
            }
            505..508 if matches!(faults, Faults::Redis | Faults::Both) => drop(redis.ask(&["FLUSHALL"])),
            508..510 if matches!(faults, Faults::Redis | Faults::Both) => redis.restart(),
            510..515 if matches!(faults, Faults::Redis | Faults::Both) => {
                drop(redis.ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]));
                drop(redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]));
            }
            _ if !browser.is_connected() => browser.connect(&hosts[*host].rooms, &project).await,
            _ => browser.read(&hosts[*host].rooms, &project, random.random_range(0..4), false).await,
        }
    }
    let last = converge(&hosts, &project, &mut browsers, seed).await;
    let contents = browsers[0].0.replica.contents();
    for (number, (browser, _)) in browsers.iter().enumerate() {
        assert_eq!(browser.replica.contents(), contents, "S1: browser {number} differs at {last:?}, seed {seed}");
        let decided = browser.replica.saved.len() + browser.replica.refused.len();
        assert_eq!(
            decided as u64,
            browser.replica.made(),
            "D2: each edit of browser {number} is saved or refused once, seed {seed}"
        );
    }
    assert!(!contents.is_empty(), "the run did something");
    for host in &hosts {
        host.rooms.shutdown().await;
    }
    // Whoever opens the canvas from the store alone finds the same.
    drop(redis.ask(&["FLUSHALL"]));
    let late_host = Host::start(&world, &redis).await;
    let mut late = Replica::new("late");
    late.load(&late_host.rooms.snapshot(&project).await.unwrap().gzip).unwrap();
    assert_eq!(late.contents(), contents, "D1: the canvas that was saved is the canvas that was seen, seed {seed}");
}

/// Everybody comes back and hears everything, on every host.
async fn converge(hosts: &[Host], project: &ProjectId, browsers: &mut [(Browser, usize)], seed: u64) -> (u64, u64) {
    for (browser, host) in browsers.iter_mut() {
        come_to_rest(&hosts[*host], project, browser, seed).await;
    }
    // A host that nobody edits on learns late that the order is lost: somebody edits on each, once nothing fails any more.
    let place = |browser: &Browser| (browser.replica.document.epoch(), browser.replica.document.seq());
    let mut least = (0, 0);
    for (number, host) in hosts.iter().enumerate() {
        let mut last = Browser::new(&format!("last-{number}"));
        last.replica.edit(vec![operation(&mut StdRng::seed_from_u64(seed))]);
        come_to_rest(host, project, &mut last, seed).await;
        least = least.max(place(&last));
    }
    // What hosts hand in when they learn of it makes the order longer, but not for ever.
    loop {
        let last = browsers.iter().map(|(browser, _)| place(browser)).fold(least, Ord::max);
        if browsers.iter().all(|(browser, _)| place(browser) == last) {
            return last;
        }
        for (browser, host) in browsers.iter_mut() {
            while place(browser) < last {
                let rooms = &hosts[*host].rooms;
                browser.read(rooms, project, usize::MAX, true).await;
                if !browser.is_connected() {
                    browser.connect(rooms, project).await;
                }
            }
        }
    }
}

async fn come_to_rest(host: &Host, project: &ProjectId, browser: &mut Browser, seed: u64) {
    let settled = settle(&host.rooms, project, std::slice::from_mut(browser));
    tokio::time::timeout(Duration::from_secs(60), settled)
        .await
        .unwrap_or_else(|_| panic!("a browser does not settle, seed {seed}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_a_host_that_ends_waits_until_what_it_holds_is_saved_even_if_whoever_saves_is_gone() {
    let redis =
        redis::Server::start(&redis::Program::redis().expect("redis-server: `cargo xtask test` installs it"), &[]);
    let world = World::new(RoomLimits::default()).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let lease = Duration::from_secs(3);
    let mut saving = Host::start_with(&world, &redis, lease).await;
    let leaving = Host::start_with(&world, &redis, lease).await;
    let edit = |browser: &mut Browser| {
        let id = browser.replica.client.clone();
        let put = json!({"put": {"id": id, "type": "basic/star", "index": "V", "x": 1, "y": 2, "width": 50, "height": 50, "props": {}}});
        browser.replica.edit(vec![serde_json::from_value(put).unwrap()])
    };
    let mut first = Browser::new("first");
    edit(&mut first);
    come_to_rest(&saving, &project, &mut first, 1).await;
    let mut second = Browser::new("second");
    come_to_rest(&leaving, &project, &mut second, 1).await;
    saving.kill();
    let message = edit(&mut second);
    second.send(&message).await;
    while !second.replica.pending.is_empty() {
        second.read(&leaving.rooms, &project, usize::MAX, true).await;
    }
    let contents = second.replica.contents();
    assert_eq!(contents.len(), 2, "both edits were accepted");
    leaving.rooms.shutdown().await;
    assert_eq!(leaving.rooms.metrics().closed_unsaved.get(), 0);
    drop(redis.ask(&["FLUSHALL"]));
    assert_eq!(world.look(&project).await.unwrap().contents(), contents, "D2: what was accepted is in the store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tool_repeats_while_the_order_keeps_it_waiting_is_applied_once() {
    let redis =
        redis::Server::start(&redis::Program::redis().expect("redis-server: `cargo xtask test` installs it"), &[]);
    let files = vec![guest_file("canvas_tool"), plugin_file("basic"), plugin_file("save-interval")];
    let files = files.into_iter().collect::<Result<_, _>>().unwrap();
    let limits = Limits { host_call_ms: 300, ..Limits::default() };
    let world = World::with_plugins(RoomLimits::default(), limits, files).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let host = Host::start(&world, &redis).await;
    let mut browser = Browser::new("first");
    let put = json!({"put": {"id": "a", "type": "basic/star", "index": "V", "x": 1, "y": 2, "width": 50, "height": 50, "props": {}}});
    browser.replica.edit(vec![serde_json::from_value(put).unwrap()]);
    come_to_rest(&host, &project, &mut browser, 1).await;

    let plugins = host.rooms.project_plugins(&project).await.unwrap();
    let snap = ToolCall {
        plugin: "canvas-tool".into(),
        tool: "snap_to_grid".into(),
        arguments: json!({"step": 25}).to_string(),
        context: ToolContext { turn_id: "turn-1".into(), locale: "en".into() },
        user: Some(world.owner.clone()),
        session: None,
    };
    redis.ask(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    // The tool tries twice under one key, and gives up.
    let error = plugins.call_tool(&snap).await.unwrap_err();
    assert_eq!(error.code(), "unavailable", "{error}");
    redis.ask(&["CLIENT", "UNPAUSE"]);
    host.rooms.shutdown().await;
    let look = world.look(&project).await.unwrap();
    let places: Vec<(f64, f64)> = look.document.shapes().map(|shape| (shape.x, shape.y)).collect();
    assert_eq!((look.document.seq(), places), (2, vec![(0.0, 0.0)]), "put once, moved once");
}

fn seeds() -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (0..2).map(|_| rand::rng().random()).chain([1]).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_browsers_on_three_hosts_agree() {
    for seed in seeds() {
        run(seed, Faults::None).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_d2_browsers_agree_when_hosts_are_lost() {
    for seed in seeds() {
        run(seed, Faults::Hosts).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_d2_browsers_agree_when_redis_loses_its_data() {
    for seed in seeds() {
        run(seed, Faults::Redis).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_d2_browsers_agree_when_hosts_and_redis_are_lost() {
    for seed in seeds() {
        run(seed, Faults::Both).await;
    }
}
