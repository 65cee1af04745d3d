//! What things cost, as the server counts it. A change here changes a bill.

use collabcanvas_storage::{CanvasStore, Checkpoint};

use super::server::DynamoServer;
use crate::samples::{project_in, puts, rebuild};

#[tokio::test]
async fn a_small_append_costs_one_write_unit_and_no_read() {
    let server = DynamoServer::start();
    let store = server.store().await;
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    for seq in 1..=50 {
        store.append(&project, fence, puts(seq, seq)).await.unwrap();
    }
    let append = store.consumption().of("append");
    assert_eq!((append.requests, append.write, append.read), (50, 50.0, 0.0));
    // Alike shapes compress well: 40 of them are 9 KB of JSON.
    store.append(&project, fence, puts(51, 90)).await.unwrap();
    let append = store.consumption().of("append");
    assert!(append.write <= 52.0, "{append:?}");
}

#[tokio::test]
async fn a_checkpoint_costs_one_write_unit_a_shape_and_a_few_reads() {
    let server = DynamoServer::start();
    let store = server.store().await;
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    for first in (1..=500).step_by(50) {
        store.append(&project, fence, puts(first, first + 49)).await.unwrap();
    }
    let canvas = rebuild(&store.load(&project).await.unwrap());
    let all = crate::samples::checkpoint_since(&canvas, 0);
    store.consumption().take();
    store.checkpoint(&project, fence, all).await.unwrap();
    let checkpoint = store.consumption().of("checkpoint");
    // 500 shapes, one client, the head.
    assert_eq!(checkpoint.write, 502.0);
    assert!(checkpoint.read <= 4.0, "{checkpoint:?}");
    store.append(&project, fence, puts(501, 501)).await.unwrap();
    store.consumption().take();
    store.checkpoint(&project, fence, Checkpoint { seq: 501, ..Checkpoint::default() }).await.unwrap();
    let trimming = store.consumption().of("checkpoint");
    assert!((10.0..=22.0).contains(&trimming.write), "nine batches of at most 2 KB are deleted: {trimming:?}");
}

#[tokio::test]
async fn opening_costs_a_request_a_shard_and_a_read_unit_every_four_kilobytes() {
    let server = DynamoServer::start();
    let store = server.store().await;
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 2_000)).await.unwrap();
    let canvas = rebuild(&store.load(&project).await.unwrap());
    store.checkpoint(&project, fence, crate::samples::checkpoint_since(&canvas, 0)).await.unwrap();
    store.consumption().take();
    assert_eq!(store.load(&project).await.unwrap().records.len(), 2_000);
    let load = store.consumption().of("load");
    // The head, four shards, the journal. A shape and its key have some 200 bytes here.
    assert_eq!(load.requests, 6);
    assert!(load.read <= 120.0, "{load:?}");
}

#[tokio::test]
async fn units_are_counted_by_project_and_operation() {
    let server = DynamoServer::start();
    let store = server.store().await;
    for name in ["one", "two"] {
        let project = project_in(&store, name).await;
        let fence = store.open(&project).await.unwrap().fence;
        store.append(&project, fence, puts(1, 1)).await.unwrap();
    }
    let counted = store.consumption().take();
    let appends: Vec<_> = counted.iter().filter(|(who, _)| who.operation == "append").collect();
    let projects: Vec<&str> = appends.iter().map(|(who, _)| who.project.as_str()).collect();
    assert_eq!(projects, ["one", "two"]);
    assert!(appends.iter().all(|(_, units)| units.write == 1.0));
    assert!(store.consumption().read().is_empty());
}
