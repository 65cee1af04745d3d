//! Work that is cut off, and answers that never come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use collabcanvas_canvas::Document;
use collabcanvas_storage::dynamodb::client_at;
use collabcanvas_storage::{CanvasStore, Claiming, PluginDataStore};
use rand::Rng;

use super::faults::{Fault, Proxy, Request};
use super::server::DynamoServer;
use crate::samples::{batch, checkpoint_since, contents, delete, project_in, put, puts, rebuild};

const SHORT: Duration = Duration::from_millis(300);

/// Whatever is there of a checkpoint, what is read is right, and the next checkpoint does all of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_is_cut_off_anywhere_leaves_nothing_to_repair() {
    let server = DynamoServer::start();
    let direct = server.store().await;
    let left = Arc::new(AtomicI64::new(i64::MAX));
    let counted = left.clone();
    let plan = move |_: &Request| if counted.fetch_sub(1, Ordering::Relaxed) > 0 { Fault::None } else { Fault::Lost };
    let proxy = Proxy::before(&server.endpoint(), plan).await;
    let store = server.store_through(proxy.endpoint(), SHORT).await;
    for case in 0..8 {
        left.store(i64::MAX, Ordering::Relaxed);
        let project = project_in(&direct, &format!("p{case}")).await;
        let fence = store.claim(&project, Claiming::Alone).await.unwrap().fence;
        let mut live = Document::default();
        for first in (1..=200).step_by(20) {
            let change = |n| if n % 7 == 0 { delete(n, &format!("s{}", n - 3)) } else { put(n, &format!("s{n}")) };
            let transactions: Vec<_> = (first..first + 20).map(change).collect();
            store.append(&project, fence, batch(&transactions)).await.unwrap();
            transactions.iter().for_each(|next| live.apply(next));
            if first == 81 {
                store.checkpoint(&project, fence, checkpoint_since(&live, 0)).await.unwrap();
            }
        }
        // The requests of the checkpoint are some 105: looks, records, head, deletions.
        let cut = if case < 7 { rand::rng().random_range(0..105) } else { 104 };
        println!("cut after {cut} requests");
        left.store(cut, Ordering::Relaxed);
        let result = store.checkpoint(&project, fence, checkpoint_since(&live, 100)).await;
        left.store(i64::MAX, Ordering::Relaxed);
        let found = direct.load(&project).await.unwrap();
        assert_eq!(contents(&rebuild(&found)), contents(&live), "after {result:?}");
        let fence = direct.claim(&project, Claiming::Alone).await.unwrap().fence;
        direct.checkpoint(&project, fence, checkpoint_since(&live, 100)).await.unwrap();
        let found = direct.load(&project).await.unwrap();
        assert_eq!((found.checkpoint, found.journal.len()), (200, 0));
        assert_eq!(contents(&rebuild(&found)), contents(&live));
    }
}

#[tokio::test]
async fn an_append_whose_answers_are_all_lost_is_known_when_it_is_repeated() {
    let server = DynamoServer::start();
    let silent = Arc::new(AtomicBool::new(false));
    let asked = silent.clone();
    let plan = move |_: &Request| if asked.load(Ordering::Relaxed) { Fault::AnswerLost } else { Fault::None };
    let proxy = Proxy::before(&server.endpoint(), plan).await;
    let store = server.store_through(proxy.endpoint(), SHORT).await;
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    silent.store(true, Ordering::Relaxed);
    let error = store.append(&project, fence, puts(1, 2)).await.unwrap_err().to_string();
    assert!(error.contains("`append` for project plan") && error.contains("300ms"), "{error}");
    silent.store(false, Ordering::Relaxed);
    store.append(&project, fence, puts(1, 2)).await.unwrap();
    store.append(&project, fence, puts(3, 3)).await.unwrap();
    assert_eq!(store.load(&project).await.unwrap().journal, [puts(1, 2), puts(3, 3)]);
}

#[tokio::test]
async fn a_set_of_many_values_that_is_cut_off_is_carried_out_by_whoever_comes_next() {
    let server = DynamoServer::start();
    let direct = server.store().await;
    let project = project_in(&direct, "plan").await;
    // The values come by themselves; a set that fits into a transaction has none of these.
    let plan = |request: &Request| if request.operation == "PutItem" { Fault::Lost } else { Fault::None };
    let proxy = Proxy::before(&server.endpoint(), plan).await;
    let store = server.store_through(proxy.endpoint(), SHORT).await;
    let entries: Vec<_> = (0..200).map(|n| (format!("k{n}"), vec![1; 10])).collect();
    let keys: Vec<String> = entries.iter().map(|(key, _)| key.clone()).collect();
    assert!(store.set(&project, "p", entries, 10_000).await.is_err());
    let values = direct.get(&project, "p", &keys).await.unwrap();
    assert!(values.iter().all(|value| value.as_deref() == Some(&[1; 10])));
}

/// Half of every batch, and each transaction the second time only.
#[tokio::test]
async fn what_is_left_undone_is_asked_for_again() {
    let server = DynamoServer::start();
    let mut transactions = 0;
    let plan = move |request: &Request| match request.operation.as_str() {
        "TransactWriteItems" => {
            transactions += 1;
            if transactions % 2 == 1 { Fault::Conflict } else { Fault::None }
        }
        _ => Fault::Partly,
    };
    let proxy = Proxy::before(&server.endpoint(), plan).await;
    let store = server.store_through(proxy.endpoint(), Duration::from_secs(20)).await;
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    for seq in 1..=60 {
        store.append(&project, fence, puts(seq, seq)).await.unwrap();
    }
    let live = rebuild(&store.load(&project).await.unwrap());
    store.checkpoint(&project, fence, checkpoint_since(&live, 0)).await.unwrap();
    store.append(&project, fence, batch(&[put(61, "s1")])).await.unwrap();
    let live = rebuild(&store.load(&project).await.unwrap());
    store.consumption().take();
    store.checkpoint(&project, fence, checkpoint_since(&live, 60)).await.unwrap();
    // 59 batches, one shape, one client, the head.
    assert_eq!(store.consumption().of("checkpoint").write, 62.0);
    let entries: Vec<_> = (0..90).map(|n| (format!("k{n}"), vec![n; 3])).collect();
    let keys: Vec<String> = entries.iter().map(|(key, _)| key.clone()).collect();
    store.set(&project, "p", entries.clone(), 10_000).await.unwrap();
    let values = store.get(&project, "p", &keys).await.unwrap();
    assert!(values.into_iter().zip(entries).all(|(found, (_, value))| found == Some(value)));
}

/// There is a TLS stack, and it says what is wrong instead of panicking for want of a provider.
#[tokio::test]
async fn a_server_without_tls_is_no_https_server() {
    let server = DynamoServer::start();
    let client = client_at(&server.endpoint().replace("http:", "https:"));
    let error = client.list_tables().send().await.unwrap_err();
    let text = DisplayErrorContext(&error).to_string();
    assert!(text.contains("InvalidContentType"), "{text}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_in_words_when_patience_is_over() {
    let server = DynamoServer::start();
    let store = server.store_through(&server.endpoint(), SHORT).await;
    let project = project_in(&store, "plan").await;
    drop(server);
    let error = store.load(&project).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the store failed: DynamoDB did not do `load` for project plan: still after 300ms"),
        "{error}"
    );
}
