//! How fast the embedded store makes batches durable on this machine's disk:
//! `cargo run --release -p collabcanvas-storage --example throughput [FOLDER]`.
//!
//! Prints appends a second and their latency for growing numbers of rooms, each with one append in flight, and again
//! while another project's large checkpoint is written.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use collabcanvas_canvas::{ProjectId, Shape, UserId};
use collabcanvas_storage::{AccountStore, StoreError};
use collabcanvas_storage::{CanvasStore, Checkpoint, JournalBatch, Project, ProjectStore, SqliteStore, User};
use tokio::task::JoinSet;

const LASTS: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let within = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(within).expect("a folder can be made where the argument says");
    let store = SqliteStore::open(&folder.path().join("store.db"))?;
    let owner = UserId::parse("ada").expect("a well-formed id");
    store.create_user(&User { id: owner.clone(), name: "Ada".into(), operator: true, created_ms: 0 }).await?;
    println!("{:>6} {:>28} {:>10} {:>8} {:>8} {:>8}", "rooms", "", "appends/s", "p50 ms", "p95 ms", "p99 ms");
    for rooms in [1, 64, 1_000] {
        measure(&store, &owner, rooms, "").await?;
    }
    let checkpoint = tokio::spawn(checkpoint(store.clone(), owner.clone()));
    measure(&store, &owner, 64, "during a checkpoint").await?;
    checkpoint.await.expect("the checkpoint does not panic")
}

async fn measure(store: &SqliteStore, owner: &UserId, rooms: usize, what: &str) -> Result<(), StoreError> {
    let ended = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for room in 0..rooms {
        let project = project(store, owner, &format!("{rooms}-{room}-{}", what.len())).await?;
        tasks.spawn(append_until(store.clone(), project, ended.clone()));
    }
    let begin = Instant::now();
    tokio::time::sleep(LASTS).await;
    ended.store(true, Ordering::Relaxed);
    let mut taken: Vec<Duration> = Vec::new();
    while let Some(times) = tasks.join_next().await {
        taken.extend(times.expect("an appender does not panic")?);
    }
    let per_second = taken.len() as f64 / begin.elapsed().as_secs_f64();
    taken.sort_unstable();
    let quantile = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{rooms:>6} {what:>28} {per_second:>10.0} {:>8.2} {:>8.2} {:>8.2}",
        quantile(0.5),
        quantile(0.95),
        quantile(0.99)
    );
    Ok(())
}

async fn project(store: &SqliteStore, owner: &UserId, name: &str) -> Result<ProjectId, StoreError> {
    let id = ProjectId::parse(name).expect("a well-formed id");
    let project =
        Project { id: id.clone(), name: name.into(), created_ms: 0, plugins: Vec::new(), save_strategy: "none".into() };
    store.create_project(&project, owner).await?;
    Ok(id)
}

/// Appends one transaction of 200 bytes after the other; how long each took.
async fn append_until(
    store: SqliteStore,
    project: ProjectId,
    ended: Arc<AtomicBool>,
) -> Result<Vec<Duration>, StoreError> {
    let fence = store.open(&project).await?.fence;
    let lines = Bytes::from(vec![b'x'; 200]);
    let (mut taken, mut seq) = (Vec::new(), 0);
    while !ended.load(Ordering::Relaxed) {
        seq += 1;
        let begin = Instant::now();
        store.append(&project, fence, JournalBatch { first: seq, last: seq, lines: lines.clone() }).await?;
        taken.push(begin.elapsed());
    }
    Ok(taken)
}

/// Writes and rewrites 50,000 shapes.
async fn checkpoint(store: SqliteStore, owner: UserId) -> Result<(), StoreError> {
    let project = project(&store, &owner, "large").await?;
    let fence = store.open(&project).await?.fence;
    for seq in 1..=3 {
        store.append(&project, fence, JournalBatch { first: seq, last: seq, lines: Bytes::from_static(b"x") }).await?;
        let changed = (0..50_000).map(|n| (Arc::new(shape(n)), seq)).collect();
        let begin = Instant::now();
        store.checkpoint(&project, fence, Checkpoint { seq, changed, ..Checkpoint::default() }).await?;
        println!("       a checkpoint of 50,000 shapes took {:?}", begin.elapsed());
    }
    let begin = Instant::now();
    let count = store.open(&project).await?.records.len();
    println!("       opening {count} shapes took {:?}", begin.elapsed());
    Ok(())
}

fn shape(n: usize) -> Shape {
    let json = format!(
        r##"{{"id":"shape-{n}-0123456789abcdef","type":"basic/star","index":"V","x":{n},"y":2,"width":3,"height":4,"props":{{"points":5,"inner":0.4,"fill":"#ff8800","stroke":"#222222","strokeWidth":2,"dash":"solid","label":""}}}}"##
    );
    serde_json::from_str(&json).expect("a well-formed shape")
}
