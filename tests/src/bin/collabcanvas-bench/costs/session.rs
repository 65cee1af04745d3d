//! A session: a generated trace of people who draw, drag, type and restyle, played in real time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use collabcanvas_access::Role;
use collabcanvas_canvas::UserId;
use collabcanvas_rooms::simulator::{Crowd, Trace};
use collabcanvas_rooms::{RoomLimits, Rooms, Stores};
use collabcanvas_storage::HotTier;
use collabcanvas_storage::dynamodb::Units;
use collabcanvas_tests::costs::measured;
use tokio::time::{Instant, sleep_until, timeout};

use super::away::{AWAY, Away};
use super::players::{Log, Player};
use super::redis_use::{Reading, Redis};
use super::stage::Stage;
use crate::statistics::percentile;

/// Hosts that the people of a session are connected to.
const HOSTS: usize = 2;
const SEED: u64 = 1;
/// How long after the last edit everything has to be durable: the host's floor and as much again.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the keys of the project are measured.
const LOOKING: Duration = Duration::from_secs(10);

/// Plays a session of so many people and minutes.
pub async fn play(stage: &Stage, strategy: &str, people: u32, minutes: u32) -> Result<measured::Session> {
    let trace = Crowd { people, minutes, seed: SEED }.trace();
    let project = stage.project(&format!("{strategy}-{people}"), strategy).await?;
    let redis = Redis::start()?;
    let hosts = start_hosts(stage, &redis, people).await?;
    let looker = UserId::parse("onlooker").expect("a well-formed id");
    let users: BTreeSet<&UserId> = trace.edits().iter().map(|edit| &edit.user).collect();
    stage.member(&project, &looker, Role::Viewer).await?;
    for user in &users {
        stage.member(&project, user, Role::Editor).await?;
    }
    let (before, log) = (redis.read(), Arc::new(Log::default()));
    let spent_before = spent(stage, project.as_str());
    let _looker = Player::enter(&hosts[0], &project, &looker, Role::Viewer, &log).await?;
    let mut players = BTreeMap::new();
    for (number, user) in users.into_iter().enumerate() {
        let host = &hosts[number % hosts.len()];
        players.insert(user.clone(), Player::enter(host, &project, user, Role::Editor, &log).await?);
    }
    let most_bytes = act(&trace, &mut players, &log, &redis).await?;
    let transactions = log.settled(trace.edits().len() as u64)?.context("it was settled")?;
    let after = redis.read();
    for host in &hosts {
        host.shutdown().await;
    }
    ensure!(log.refused() == 0, "{} edits were refused: the trace does not fit the shape types", log.refused());
    let operations = difference(spent(stage, project.as_str()), &spent_before);
    let kept = stage.kept(&project).await?;
    let mut durable_ms = log.durable_ms();
    let (browser_bytes, browser_frames) = log.sent_to_browsers();
    let by = |of: fn(&Units) -> f64| -> BTreeMap<String, f64> {
        let all = operations.iter().map(|(name, units)| ((*name).to_owned(), of(units)));
        all.filter(|(_, units)| *units > 0.0).collect()
    };
    Ok(measured::Session {
        strategy: strategy.to_owned(),
        people,
        hosts: hosts.len() as u32,
        minutes: f64::from(minutes),
        seed: SEED,
        transactions,
        durable_p50_ms: percentile(&mut durable_ms, 0.5),
        durable_p95_ms: percentile(&mut durable_ms, 0.95),
        away_ms: AWAY.as_millis() as u64,
        requests: operations.iter().map(|(name, units)| ((*name).to_owned(), units.requests)).collect(),
        write_units: by(|units| units.write),
        read_units: by(|units| units.read),
        shapes: kept.shapes,
        stored_bytes: kept.bytes,
        journal_bytes: kept.journal_bytes,
        browser_bytes,
        browser_frames,
        redis: redis_use(&redis, &before, &after, hosts.len(), most_bytes),
    })
}

async fn start_hosts(stage: &Stage, redis: &Redis, people: u32) -> Result<Vec<Arc<Rooms>>> {
    let mut hosts = Vec::new();
    for _ in 0..HOSTS.min(people as usize) {
        let tier: Arc<dyn HotTier> = redis.host().await?;
        let store = stage.store().clone();
        let stores = Stores {
            canvas: Arc::new(Away(store.clone())),
            projects: store.clone(),
            plugin_data: store.clone(),
            versions: store,
            hot: Some(tier),
        };
        hosts.push(Rooms::new(RoomLimits::default(), stores, stage.catalog().clone()));
    }
    Ok(hosts)
}

/// Plays the trace, and waits until everything is durable. Answers with what the project's keys took at most.
async fn act(trace: &Trace, players: &mut BTreeMap<UserId, Player>, log: &Log, redis: &Redis) -> Result<u64> {
    let began = Instant::now();
    let (mut most, mut look_at) = (0, began + LOOKING);
    for edit in trace.edits() {
        let at = began + Duration::from_millis(edit.at_ms);
        if at > look_at {
            look_at = at + LOOKING;
            most = most.max(redis.keys_bytes().0);
        }
        sleep_until(at).await;
        players.get_mut(&edit.user).context("somebody has not entered")?.edit(&edit.operations).await?;
    }
    let edits = trace.edits().len() as u64;
    let settled = async {
        while log.settled(edits)?.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    timeout(PATIENCE, settled).await.with_context(|| format!("not everything is durable after {PATIENCE:?}"))??;
    Ok(most.max(redis.keys_bytes().0))
}

fn redis_use(redis: &Redis, before: &Reading, after: &Reading, hosts: usize, most_bytes: u64) -> measured::RedisUse {
    measured::RedisUse { most_bytes, idle_bytes: redis.keys_bytes().1, ..after.since(before, hosts as f64) }
}

/// What a project has used up so far, by operation.
fn spent(stage: &Stage, project: &str) -> BTreeMap<&'static str, Units> {
    let all = stage.store().consumption().read();
    all.into_iter().filter(|(who, _)| who.project == project).map(|(who, units)| (who.operation, units)).collect()
}

fn difference(
    after: BTreeMap<&'static str, Units>,
    before: &BTreeMap<&'static str, Units>,
) -> BTreeMap<&'static str, Units> {
    let less = |name: &str, units: Units| {
        let earlier = before.get(name).copied().unwrap_or_default();
        Units {
            requests: units.requests - earlier.requests,
            read: units.read - earlier.read,
            write: units.write - earlier.write,
        }
    };
    after.into_iter().map(|(name, units)| (name, less(name, units))).collect()
}
