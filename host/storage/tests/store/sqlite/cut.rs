//! A checkpoint that is cut off between two of its chunks.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread::yield_now;

use collabcanvas_canvas::{Operation, Sequenced};
use collabcanvas_storage::{CanvasStore, StoreError};
use rusqlite::Connection;

use super::{file_in, folder, raw, store_in};
use crate::samples::{batch, checkpoint_since, contents, delete, project_in, put, rebuild, shape};

/// 1,500 shapes, then each third deleted and each other one changed.
fn history() -> Vec<Sequenced> {
    let name = |n| format!("s{n}");
    let puts = (1..=1_500).map(|seq| put(seq, &name(seq)));
    let changes = (1..=1_500).map(|n| {
        let seq = 1_500 + n;
        if n % 3 == 0 {
            delete(seq, &name(n))
        } else {
            Sequenced { operations: vec![Operation::Put(shape(&name(n), seq))], ..put(seq, "any") }
        }
    });
    puts.chain(changes).collect()
}

/// Lets a checkpoint write its first chunk and drops it: what a process that dies at that moment leaves behind.
#[tokio::test]
async fn a_checkpoint_cut_in_half_is_repaired_by_the_journal() {
    let folder = folder();
    let store = store_in(&folder);
    let project = project_in(&store, "plan").await;
    let history = history();
    let (early, late) = history.split_at(1_500);
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, batch(early)).await.unwrap();
    let checkpointed = rebuild(&store.open(&project).await.unwrap());
    let fence = checkpointed.epoch();
    store.checkpoint(&project, fence, checkpoint_since(&checkpointed, 0)).await.unwrap();
    store.append(&project, fence, batch(late)).await.unwrap();
    let mut expected = checkpointed.clone();
    late.iter().for_each(|next| expected.apply(next));
    let whole = checkpoint_since(&expected, checkpointed.seq());

    let file = raw(&file_in(&folder));
    let mut writing = store.checkpoint(&project, fence, whole.clone());
    poll_fn(|context| {
        assert!(writing.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    while rewritten(&file) == 0 {
        yield_now();
    }
    drop(writing);

    let cut = store.open(&project).await.unwrap();
    assert_eq!((rewritten(&file), cut.checkpoint, cut.journal.len()), (500, 1_500, 1), "one chunk and no more");
    assert_eq!(contents(&rebuild(&cut)), contents(&expected));

    let fenced = store.checkpoint(&project, fence, whole.clone()).await;
    assert!(matches!(fenced, Err(StoreError::Fenced { .. })), "D4");
    store.checkpoint(&project, cut.fence, whole).await.unwrap();
    let done = store.open(&project).await.unwrap();
    assert_eq!((done.checkpoint, done.journal.len()), (3_000, 0));
    assert_eq!(contents(&rebuild(&done)), contents(&expected));
}

/// D4: a checkpoint whose host is replaced while it writes stops there and harms nothing.
#[tokio::test]
async fn a_checkpoint_that_is_fenced_between_chunks_stops() {
    let folder = folder();
    let store = store_in(&folder);
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, batch(&history())).await.unwrap();
    let expected = rebuild(&store.open(&project).await.unwrap());
    let fence = expected.epoch();

    let mut checkpoint = checkpoint_since(&expected, 0);
    // So many that it cannot be through before the canvas is opened again.
    let more = (0..5_000).map(|n| (Arc::new(shape(&format!("more{n}"), 1)), 1));
    checkpoint.changed.extend(more);
    let file = raw(&file_in(&folder));
    let mut writing = store.checkpoint(&project, fence, checkpoint);
    poll_fn(|context| {
        assert!(writing.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    while rewritten(&file) == 0 {
        yield_now();
    }
    let reopened = store.open(&project).await.unwrap();
    let error = writing.await.unwrap_err();
    assert!(
        matches!(error, StoreError::Fenced { held, found, .. } if (held, found) == (fence, reopened.fence)),
        "{error}"
    );
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.checkpoint, canvas.journal.len()), (0, 1));
}

/// How many records reflect the second half of the history.
fn rewritten(file: &Connection) -> usize {
    file.query_row("SELECT count(*) FROM objects WHERE seq > 1500", [], |row| row.get(0)).unwrap()
}
