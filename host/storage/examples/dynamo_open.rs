//! What the store on DynamoDB takes, in time and in units, against a server of its API on this machine:
//! `cargo run --release -p collabcanvas-storage --example dynamo_open`.
//!
//! Times are of this machine's server, which keeps everything in memory; units are as DynamoDB would bill them.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use collabcanvas_canvas::{ProjectId, Shape, UserId};
use collabcanvas_storage::dynamodb::{DynamoStore, Units};
use collabcanvas_storage::{
    AccountStore, CanvasStore, Checkpoint, Fence, JournalBatch, Project, ProjectStore, StoreError, User,
};

#[path = "../tests/store/dynamo/server.rs"]
mod server;

const SHAPES: u64 = 10_000;

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let server = server::DynamoServer::start();
    let store = server.store().await;
    let project = project(&store).await?;
    let fence = store.open(&project).await?.fence;
    println!("{:<34} {:>9} {:>9} {:>11} {:>10}", "", "ms", "requests", "write units", "read units");
    let seq = appends(&store, &project, fence).await?;
    for what in ["checkpoint of 10,000 new shapes", "the same, all changed"] {
        checkpoint(&store, &project, fence, seq, what).await?;
    }
    for what in ["opening them", "again"] {
        let begin = Instant::now();
        let canvas = store.load(&project).await?;
        assert_eq!(canvas.records.len() as u64, SHAPES);
        report(&store, what, "load", begin);
    }
    let begin = Instant::now();
    store.open(&project).await?;
    report(&store, "opening, and the claim's units", "claim", begin);
    Ok(())
}

async fn project(store: &DynamoStore) -> Result<ProjectId, StoreError> {
    let owner = UserId::parse("ada").expect("a well-formed id");
    store.create_user(&User { id: owner.clone(), name: "Ada".into(), operator: true, created_ms: 0 }).await?;
    let id = ProjectId::parse("3f2a9c51-0b1d-4c1e-9d55-6f0c9d1a7b20").expect("a well-formed id");
    let project = Project {
        id: id.clone(),
        name: "Plan".into(),
        created_ms: 0,
        plugins: Vec::new(),
        save_strategy: "save-interval".into(),
    };
    store.create_project(&project, &owner).await?;
    Ok(id)
}

/// A hundred appends of each size; the last transaction.
async fn appends(store: &DynamoStore, project: &ProjectId, fence: Fence) -> Result<u64, StoreError> {
    let mut seq = 0;
    for transactions in [1, 10, 100] {
        let begin = Instant::now();
        store.consumption().take();
        for _ in 0..100 {
            let lines: String = (1..=transactions).map(|n| transaction(seq + n)).collect();
            let batch = JournalBatch { first: seq + 1, last: seq + transactions, lines: Bytes::from(lines) };
            store.append(project, fence, batch).await?;
            seq += transactions;
        }
        report(store, &format!("100 appends of {transactions} moves each"), "append", begin);
    }
    Ok(seq)
}

/// One move of a shape, as it is in the journal.
fn transaction(seq: u64) -> String {
    let (id, x) = (seq.wrapping_mul(0x9E37_79B9_7F4A_7C15), seq * 7 % 1_999);
    format!(
        r#"{{"seq":{seq},"client":"c-{:x}","number":{seq},"user":"ada","operations":[{{"op":"patch","id":"shape-{id:x}","fields":{{"x":{x}.25,"y":{x}.5}}}}]}}"#,
        id >> 32
    ) + "\n"
}

async fn checkpoint(
    store: &DynamoStore,
    project: &ProjectId,
    fence: Fence,
    at_least: u64,
    what: &str,
) -> Result<(), StoreError> {
    let canvas = store.load(project).await?;
    let last = canvas.journal.last().map_or(canvas.checkpoint, |batch| batch.last).max(at_least);
    let batch = JournalBatch { first: last + 1, last: last + 1, lines: Bytes::from(transaction(last + 1)) };
    store.append(project, fence, batch).await?;
    let changed = (0..SHAPES).map(|n| (Arc::new(shape(n)), last + 1)).collect();
    store.consumption().take();
    let begin = Instant::now();
    store.checkpoint(project, fence, Checkpoint { seq: last + 1, changed, ..Checkpoint::default() }).await?;
    report(store, what, "checkpoint", begin);
    Ok(())
}

fn report(store: &DynamoStore, what: &str, operation: &str, begin: Instant) {
    let ms = begin.elapsed().as_secs_f64() * 1e3;
    let Units { requests, read, write } = store.consumption().of(operation);
    println!("{what:<34} {ms:>9.1} {requests:>9} {write:>11.1} {read:>10.1}");
    store.consumption().take();
}

fn shape(n: u64) -> Shape {
    let json = format!(
        r##"{{"id":"shape-{n}-0123456789abcdef","type":"basic/star","index":"V","x":{n},"y":2,"width":3,"height":4,"props":{{"points":5,"inner":0.4,"fill":"#ff8800","stroke":"#222222","strokeWidth":2,"dash":"solid","label":""}}}}"##
    );
    serde_json::from_str(&json).expect("a well-formed shape")
}
