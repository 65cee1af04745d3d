//! What many hosts cost: a session of ten people that is played to rooms on two hosts, with a real Redis and a stand-in
//! for DynamoDB that counts units, once per save strategy; and what a Redis costs at different loads.
//!
//! The sessions go on at the same time, each in a project and on a Redis of its own. `--measured` writes the file
//! `infra/costs/measured.json`, of which the tables beside it are made.

mod away;
mod counting;
mod host_points;
mod opening;
mod players;
mod points;
mod redis_use;
mod session;
mod stage;

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use collabcanvas_tests::costs::{self, measured};

use crate::Plan;
use crate::report::Row;

/// Whether what was measured is kept.
static KEPT: AtomicBool = AtomicBool::new(false);

/// Has the scenario write `infra/costs/measured.json`, which the derived tables are made of.
pub fn keep() {
    KEPT.store(true, Ordering::Relaxed);
}

/// Sessions that are played: strategy and people. The last two tell what smaller ones cost.
const SESSIONS: [(&str, u32); 5] =
    [("save-interval", 10), ("save-adaptive", 10), ("save-through", 10), ("save-adaptive", 3), ("save-adaptive", 1)];

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    let host = crate::run_people(host_points::measure(plan))?;
    // Two workers: those who measure, the hosts and the stand-in's client share them.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let measured = runtime.block_on(measure(plan, host));
    runtime.shutdown_background();
    let measured = measured?;
    if KEPT.load(Ordering::Relaxed) {
        let (file, text) = (costs::folder().join("measured.json"), serde_json::to_string_pretty(&measured)? + "\n");
        std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(rows(&measured))
}

async fn measure(plan: Plan, host: measured::Hosts) -> Result<measured::Measured> {
    let redis = points::measure(plan).await?;
    let stage = stage::Stage::start().await?;
    let counting = counting::compare(stage.endpoint()).await?;
    let opening = opening::measure(&stage).await?;
    let minutes = plan.of(10, 1);
    let playing = SESSIONS.map(|(strategy, people)| {
        let stage = stage.clone();
        tokio::spawn(async move { session::play(&stage, strategy, people, minutes).await })
    });
    let mut sessions = Vec::new();
    for session in playing {
        sessions.push(session.await??);
    }
    let command = format!("cargo xtask bench costs --measured{}", if plan.of(false, true) { " --quick" } else { "" });
    Ok(measured::Measured { command, quick: plan.of(false, true), counting, opening, sessions, redis, host })
}

fn rows(measured: &measured::Measured) -> Vec<Row> {
    let mut rows = Vec::new();
    let marked = if measured.quick { "a quick run of one minute: too short for a bill" } else { "" };
    for session in &measured.sessions {
        let who = format!("{}, {} people", session.strategy, session.people);
        let each = |operations: &std::collections::BTreeMap<String, f64>| {
            let parts = operations.iter().filter(|(_, units)| **units > 0.0);
            parts.map(|(name, units)| format!("{name} {units:.0}")).collect::<Vec<_>>().join(", ")
        };
        rows.push(
            Row::new(format!("{who}: write units per user-hour"), session.write_units_per_hour(), "")
                .note(format!("{} {marked}", each(&session.write_units))),
        );
        rows.push(
            Row::new(format!("{who}: read units per user-hour"), session.read_units_per_hour(), "")
                .note(each(&session.read_units)),
        );
        let durable = Row::new(format!("{who}: send to durable, p95"), session.durable_p95_ms, "ms");
        rows.push(durable.at_most(500.0).note(format!("the store is {} ms away", session.away_ms)));
        let thousands = session.transactions as f64 / 1e3;
        let redis = &session.redis;
        rows.push(
            Row::new(format!("{who}: Redis CPU per 1,000 transactions"), redis.cpu_seconds * 1e3 / thousands, "ms")
                .note(format!(
                    "{:.0} commands, {:.0} KB in, {:.0} KB out; its keys {} KB at most, {} KB afterwards",
                    redis.commands as f64 / thousands,
                    redis.bytes_in as f64 / thousands / 1e3,
                    redis.bytes_out as f64 / thousands / 1e3,
                    redis.most_bytes / 1000,
                    redis.idle_bytes / 1000
                )),
        );
        rows.push(Row::new(format!("{who}: stored"), session.stored_bytes as f64 / 1e3, "KB").note(format!(
            "{} KB of journal, {} shapes",
            session.journal_bytes / 1000,
            session.shapes
        )));
    }
    let opening: f64 = measured.opening.read_units.values().sum();
    rows.push(Row::new("opening a canvas cold: read units", opening, "").note(format!(
        "{} shapes; {}",
        measured.opening.shapes,
        measured.opening.read_units.iter().map(|(name, units)| format!("{name} {units}")).collect::<Vec<_>>().join(", ")
    )));
    for counting in measured.counting.iter().filter(|counting| counting.reported != Some(counting.billed)) {
        let reported = counting.reported.map_or("nothing".to_owned(), |units| units.to_string());
        rows.push(
            Row::new(format!("AWS bills: {}", counting.request), counting.billed, "units")
                .note(format!("the stand-in reports {reported}")),
        );
    }
    rows
}

/// A lock that a panic elsewhere does not spoil.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
