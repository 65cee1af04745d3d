//! What a Redis costs at different loads: projects, edits a batch, hosts that follow.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use collabcanvas_canvas::{ClientId, Outbox, ProjectId, UserId};
use collabcanvas_storage::{Entry, HotTier, RedisHotTier};
use collabcanvas_tests::costs::measured::{RedisLoad, RedisPoint};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::redis_use::Redis;
use crate::Plan;

/// Bytes of a transaction: one shape moved.
const SIZE: usize = 150;
/// Bytes of a notice of presence.
const TOLD: usize = 120;
/// How often is noted what is durable.
const NOTING: Duration = Duration::from_millis(400);

/// Projects, appends a second of each, transactions an append, hosts that follow each, notices a second of each.
struct Point(bool, usize, u32, u64, usize, u32);

const FITTED: bool = true;
const CHECKED: bool = false;

const POINTS: [Point; 13] = [
    Point(FITTED, 1, 1, 1, 1, 0),
    Point(FITTED, 1, 200, 1, 2, 0),
    Point(FITTED, 1, 100, 10, 2, 0),
    Point(FITTED, 50, 10, 1, 2, 0),
    Point(FITTED, 50, 10, 10, 2, 0),
    Point(FITTED, 50, 10, 1, 8, 0),
    Point(FITTED, 50, 1, 1, 2, 10),
    Point(FITTED, 50, 1, 1, 8, 20),
    Point(FITTED, 200, 2, 2, 2, 2),
    Point(FITTED, 50, 20, 20, 8, 5),
    Point(CHECKED, 20, 30, 5, 4, 10),
    Point(CHECKED, 100, 10, 3, 4, 5),
    Point(CHECKED, 10, 100, 2, 6, 20),
];

/// Measures all of them, one after the other.
pub async fn measure(plan: Plan) -> Result<Vec<RedisPoint>> {
    let mut measured = Vec::new();
    for point in &POINTS {
        measured.push(measure_one(point, Duration::from_secs(plan.of(5, 2))).await?);
    }
    Ok(measured)
}

async fn measure_one(point: &Point, lasts: Duration) -> Result<RedisPoint> {
    let Point(fitted, projects, appends, batch, hosts, tells) = *point;
    let redis = Redis::start()?;
    let mut tiers = Vec::new();
    for _ in 0..hosts {
        tiers.push(redis.host().await?);
    }
    let mut running = JoinSet::new();
    for number in 0..projects {
        let project = ProjectId::parse(&format!("project-{number}")).map_err(anyhow::Error::new)?;
        running.spawn(act(tiers.clone(), project, appends, batch, tells));
    }
    // Until all have begun.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = redis.read();
    tokio::time::sleep(lasts).await;
    let after = redis.read();
    if let Some(ended) = running.try_join_next() {
        ended??;
    }
    running.shutdown().await;
    let load: RedisLoad = after.since(&before, hosts as f64).load;
    let about = format!("{projects} projects × {appends}/s × {batch}, {hosts} hosts, {tells} notices/s each");
    Ok(RedisPoint { about, fitted, load, cpu_ms: after.cpu_ms_since(&before) })
}

/// One project: the first host appends, all follow.
async fn act(tiers: Vec<Arc<RedisHotTier>>, project: ProjectId, rate: u32, batch: u64, tells: u32) -> Result<()> {
    let writer = &tiers[0];
    writer.begin(&project, 1, 0).await?;
    let mut following = Vec::new();
    for tier in &tiers {
        let (sender, mut events) = unbounded_channel();
        following.push(tier.follow(&project, 1, 0, sender).await?);
        tokio::spawn(async move { while events.recv().await.is_some() {} });
    }
    // Everybody begins at a moment of their own.
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..100))).await;
    let timer = |every: Duration| {
        let mut timer = interval(every);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        timer
    };
    let mut appending = timer(Duration::from_secs(1) / rate);
    let mut telling = timer(Duration::from_secs(1) / tells.max(1));
    let mut noting = timer(NOTING);
    let notice = Bytes::from(vec![b'x'; TOLD]);
    let (mut number, mut durable) = (0, 0);
    loop {
        tokio::select! {
            _ = appending.tick() => {
                writer.append(&project, 1, (number + 1..=number + batch).map(entry).collect()).await?;
                number += batch;
            }
            _ = telling.tick(), if tells > 0 => writer.tell(&project, notice.clone()).await?,
            _ = noting.tick(), if durable < number => {
                writer.note_durable(&project, 1, number).await?;
                durable = number;
            }
        }
    }
}

fn entry(number: u64) -> Entry {
    let outbox = Outbox { user: UserId::parse("u").expect("an id"), client: ClientId::parse("c").expect("an id") };
    let filling = "x".repeat(SIZE - 60);
    let rest = format!(r#""client":"c","number":{number},"user":"u","operations":[],"filling":"{filling}"}}"#);
    Entry { outbox, number, rest: rest.into() }
}
