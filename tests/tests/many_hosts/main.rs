//! D1, D2, S1: three hosts, thirty people, and everything that can go wrong with hosts, Redis, DynamoDB and the
//! network between them, at moments that a seed chooses. In the end everything is mended, and what people were told is
//! held against what the tables hold.
//!
//! `COLLABCANVAS_CHAOS_SEEDS=1-100` runs these seeds, `COLLABCANVAS_CHAOS_SECONDS=15` draws for so long in each. A
//! run cannot be repeated to the microsecond: its plan can. Diaries and logs of a run that failed stay in a folder
//! that the failure names.

mod board;
mod checker;
mod clock;
mod diary;
#[path = "../../../host/storage/tests/store/dynamo/faults.rs"]
#[expect(dead_code, reason = "the store's own tests choose what goes wrong in other ways too")]
mod dynamo_faults;
mod edits;
mod faults;
mod network;
mod people;
mod planted;
mod proxy_dynamo;
mod proxy_tcp;
mod run;
mod servers;
mod world;

use std::time::Duration;

/// Seeds that run on every change, and for how many seconds: short ones, and those that once failed.
const RUNS: [(u64, u64); 5] = [(1, 6), (2, 6), (22, 15), (39, 15), (47, 15)];
/// How long a run lasts that only its seed is given of.
const SECONDS: u64 = 15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_d2_s1_nothing_is_lost_halved_doubled_or_seen_differently_whatever_fails() {
    let seconds = std::env::var("COLLABCANVAS_CHAOS_SECONDS").ok();
    let seconds = seconds.map_or(SECONDS, |seconds| seconds.parse().expect("COLLABCANVAS_CHAOS_SECONDS is a number"));
    let seeds = std::env::var("COLLABCANVAS_CHAOS_SEEDS").ok();
    let chosen = |seeds: String| parse(&seeds).into_iter().map(|seed| (seed, seconds)).collect();
    let mut failures = Vec::new();
    for (seed, seconds) in seeds.map_or(RUNS.to_vec(), chosen) {
        if let Err(failure) = run::run(seed, Duration::from_secs(seconds)).await {
            println!("seed {seed} failed: {failure:#}");
            failures.push(format!("seed {seed}: {failure:#}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// `7`, `1-100`, `3,5,8-10`.
fn parse(seeds: &str) -> Vec<u64> {
    let number = |text: &str| text.trim().parse::<u64>().expect("COLLABCANVAS_CHAOS_SEEDS is like 1-100 or 3,5");
    let parts = seeds.split(',').map(|part| part.split_once('-').unwrap_or((part, part)));
    parts.flat_map(|(first, last)| number(first)..=number(last)).collect()
}
