//! What the hot tier on Redis takes and costs. It starts a Redis of its own, without persistence.
//!
//! ```text
//! cargo run --release -p collabcanvas-storage --example hot_throughput [seconds]
//! ```

#[path = "../tests/hot/server.rs"]
#[allow(dead_code)]
mod server;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use collabcanvas_canvas::{ClientId, Outbox, ProjectId, UserId};
use collabcanvas_storage::{Entry, HotError, HotEvent, HotTier, RedisConfig, RedisHotTier};
use server::{Program, Server};
use tokio::sync::mpsc::unbounded_channel;

/// A usual transaction: one shape moved.
const SIZE: usize = 200;

#[tokio::main]
async fn main() -> Result<(), HotError> {
    let seconds: u64 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(3);
    let program = Program::redis().expect("redis-server, in PATH or COLLABCANVAS_REDIS");
    let server = Server::start(&program, &[]);
    let before = resident();
    let one = RedisHotTier::connect(RedisConfig::new(server.url())).await?;
    let other = RedisHotTier::connect(RedisConfig::new(server.url())).await?;
    println!("two hosts connected: {} KB each", (resident() - before) / 2);
    for (projects, batch) in [(1, 1), (1, 10), (50, 1), (50, 10)] {
        measure(&server, &one, &other, projects, batch, Duration::from_secs(seconds)).await?;
    }
    Ok(())
}

/// Each project's room appends as soon as its last append is answered; another host follows.
async fn measure(
    server: &Server,
    one: &Arc<RedisHotTier>,
    other: &Arc<RedisHotTier>,
    projects: usize,
    batch: u64,
    time: Duration,
) -> Result<(), HotError> {
    let cpu = cpu_seconds(server);
    let begun = Instant::now();
    let rooms: Vec<_> = (0..projects)
        .map(|at| tokio::spawn(room(one.clone(), other.clone(), format!("{projects}-{batch}-{at}"), batch, time)))
        .collect();
    let (mut appends, mut arrivals) = (Vec::new(), Vec::new());
    for room in rooms {
        let (its_appends, its_arrivals) = room.await.expect("a room's task")?;
        appends.extend(its_appends);
        arrivals.extend(its_arrivals);
    }
    let transactions = appends.len() as f64 * batch as f64;
    let used = cpu_seconds(server) - cpu;
    println!(
        "{projects:>3} projects, {batch:>2} a batch: {:>6.0} transactions/s; append p50 {:?}, p99 {:?}; on the other \
         host after p50 {:?}, p99 {:?}; Redis {:.2} ms CPU per 1,000",
        transactions / begun.elapsed().as_secs_f64(),
        quantile(&mut appends, 0.5),
        quantile(&mut appends, 0.99),
        quantile(&mut arrivals, 0.5),
        quantile(&mut arrivals, 0.99),
        used * 1_000_000.0 / transactions,
    );
    Ok(())
}

/// How long each append took, and how long after its start it was on the other host.
async fn room(
    one: Arc<RedisHotTier>,
    other: Arc<RedisHotTier>,
    name: String,
    batch: u64,
    time: Duration,
) -> Result<(Vec<Duration>, Vec<Duration>), HotError> {
    let project = ProjectId::parse(&name).expect("an id");
    one.begin(&project, 1, 0).await?;
    let (sender, mut events) = unbounded_channel();
    let (own, _own_events) = unbounded_channel();
    let _following = (one.follow(&project, 1, 0, own).await?, other.follow(&project, 1, 0, sender).await?);
    let begun = Instant::now();
    let (mut appends, mut arrivals, mut number) = (Vec::new(), Vec::new(), 0);
    while begun.elapsed() < time {
        let entries = (0..batch).map(|at| entry(number + at + 1)).collect();
        number += batch;
        let sent = Instant::now();
        let appending = async { one.append(&project, 1, entries).await.map(|()| sent.elapsed()) };
        let arriving = async {
            loop {
                match events.recv().await {
                    Some(HotEvent::Ordered { first, lines, .. }) if first + lines.len() as u64 > number => break,
                    Some(_) => {}
                    None => unreachable!("the tier holds the sender"),
                }
            }
            sent.elapsed()
        };
        let (append, arrival) = tokio::join!(appending, arriving);
        appends.push(append?);
        arrivals.push(arrival);
        if number % 100 < batch {
            one.note_durable(&project, 1, number).await?;
        }
    }
    Ok((appends, arrivals))
}

fn entry(number: u64) -> Entry {
    let outbox = Outbox { user: UserId::parse("u").expect("an id"), client: ClientId::parse("c").expect("an id") };
    let rest =
        format!(r#""client":"c","number":{number},"user":"u","operations":[],"filling":"{}"}}"#, "x".repeat(SIZE));
    Entry { outbox, number, rest: rest.into() }
}

fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part) as usize]
}

fn cpu_seconds(server: &Server) -> f64 {
    let info = server.ask(&["INFO", "cpu"]);
    let used = info.lines().filter_map(|line| {
        line.strip_prefix("used_cpu_user:").or_else(|| line.strip_prefix("used_cpu_sys:"))?.trim().parse::<f64>().ok()
    });
    used.sum()
}

/// This process' memory in KB, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
