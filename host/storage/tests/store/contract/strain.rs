//! Large canvases, and several who use one at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use collabcanvas_canvas::{Document, ProjectId, Seq, Sequenced};
use collabcanvas_storage::{Checkpoint, Claiming, JournalBatch, StoreError, StoredRecord};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::Store;
use crate::samples::{batch, checkpoint_since, contents, delete, project_in, put, puts, rebuild};

/// Text that cannot be compressed much.
fn noise(bytes: usize) -> String {
    let mut random = StdRng::seed_from_u64(7);
    (0..bytes).map(|_| char::from(random.random_range(b'0'..b'z'))).filter(|next| *next != '\\').collect()
}

pub async fn a_large_batch_comes_back_as_it_was(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let large = JournalBatch { first: 1, last: 9, lines: Bytes::from(noise(2_500_000)) };
    assert!(large.lines.len() > 2 << 20);
    store.append(&project, fence, large.clone()).await.unwrap();
    store.append(&project, fence, large.clone()).await.unwrap();
    let other = JournalBatch { lines: Bytes::from(noise(2_500_001)), ..large.clone() };
    assert!(matches!(store.append(&project, fence, other).await, Err(StoreError::OutOfOrder { .. })));
    store.append(&project, fence, puts(10, 10)).await.unwrap();
    assert_eq!(store.load(&project).await.unwrap().journal, [large, puts(10, 10)]);
    for seq in [9, 10] {
        store.checkpoint(&project, fence, Checkpoint { seq, ..Checkpoint::default() }).await.unwrap();
    }
    assert!(store.load(&project).await.unwrap().journal.is_empty());
}

pub async fn a_large_shape_comes_back_as_it_was(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 1)).await.unwrap();
    let json = format!(
        r#"{{"id":"s1","type":"basic/star","index":"V","x":1,"y":2,"width":3,"height":4,"props":{{"text":"{}"}}}}"#,
        noise(64_000)
    );
    let large: collabcanvas_canvas::Shape = serde_json::from_str(&json).unwrap();
    let changed = vec![(Arc::new(large.clone()), 1)];
    store.checkpoint(&project, fence, Checkpoint { seq: 1, changed, ..Checkpoint::default() }).await.unwrap();
    let canvas = store.load(&project).await.unwrap();
    let [StoredRecord::Shape { shape: kept, seq: 1 }] = &canvas.records[..] else { panic!("{:?}", canvas.records) };
    assert_eq!(*kept, large);
}

/// D4: whichever of them is faster, what is read is what was appended.
pub async fn a_checkpoint_raced_by_another_claimer_leaves_one_history(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let mut writer = store.claim(&project, Claiming::Alone).await.unwrap();
    let mut live = Document::default();
    let mut before = 0;
    for round in 0..6 {
        let shapes = 300 * (round % 3 + 1);
        let (first, last) = (live.seq() + 1, live.seq() + shapes);
        let drawn = (first..=last).map(|seq| put(seq, &format!("s{}", seq % 400)));
        append(&store, &project, writer.fence, &mut live, drawn).await;
        let racing = {
            let (store, project) = (store.clone(), project.clone());
            let checkpoint = checkpoint_since(&live, before);
            tokio::spawn(async move { store.checkpoint(&project, writer.fence, checkpoint).await })
        };
        let claimer = store.claim(&project, Claiming::Epoch(writer.epoch)).await.unwrap();
        assert_eq!(claimer.durable, last);
        let erased = (last + 1..=last + 40).map(|seq| delete(seq, &format!("s{}", seq % 400)));
        append(&store, &project, claimer.fence, &mut live, erased).await;
        store.checkpoint(&project, claimer.fence, checkpoint_since(&live, before)).await.unwrap();
        before = live.seq();
        match racing.await.unwrap() {
            Ok(()) => {}
            Err(StoreError::Fenced { held, found, .. }) => assert_eq!((held, found), (writer.fence, claimer.fence)),
            Err(error) => panic!("{error}"),
        }
        let found = store.load(&project).await.unwrap();
        assert_eq!(found.checkpoint, before);
        assert_eq!(contents(&rebuild(&found)), contents(&live), "round {round}");
        writer = claimer;
    }
}

async fn append(
    store: &Arc<dyn Store>,
    project: &ProjectId,
    fence: u64,
    live: &mut Document,
    transactions: impl Iterator<Item = Sequenced>,
) {
    let transactions: Vec<Sequenced> = transactions.collect();
    store.append(project, fence, batch(&transactions)).await.unwrap();
    for next in &transactions {
        live.apply(next);
    }
}

/// What is read is the canvas as of its last transaction, whatever is written meanwhile.
pub async fn a_reader_who_is_overtaken_by_checkpoints_misses_nothing(store: Arc<dyn Store>) {
    const LAST: Seq = 400;
    let change = |seq: Seq| {
        let id = format!("s{}", seq % 23);
        if seq.is_multiple_of(5) { delete(seq, &id) } else { put(seq, &id) }
    };
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let ended = Arc::new(AtomicBool::new(false));
    let reading = {
        let (store, project, ended) = (store.clone(), project.clone(), ended.clone());
        tokio::spawn(async move {
            let mut readings = 0;
            while !ended.load(Ordering::Relaxed) {
                let found = rebuild(&store.load(&project).await.unwrap());
                let mut expected = Document::default();
                (1..=found.seq()).for_each(|seq| expected.apply(&change(seq)));
                assert_eq!(contents(&found), contents(&expected), "as of {}", found.seq());
                readings += 1;
            }
            readings
        })
    };
    let (mut live, mut before) = (Document::default(), 0);
    for seq in 1..=LAST {
        append(&store, &project, fence, &mut live, std::iter::once(change(seq))).await;
        if seq.is_multiple_of(3) {
            store.checkpoint(&project, fence, checkpoint_since(&live, before)).await.unwrap();
            before = seq;
        }
    }
    ended.store(true, Ordering::Relaxed);
    assert!(reading.await.unwrap() > 0);
}

pub async fn ten_thousand_shapes_come_back_as_they_were(store: Arc<dyn Store>) {
    let seed = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let (mut live, mut before) = (Document::default(), 0);
    for step in 0..24 {
        let first = live.seq() + 1;
        let transactions = (first..first + 1_000).map(|seq| {
            let id = format!("s{}", random.random_range(0..12_000));
            if step > 12 && random.random_bool(0.1) { delete(seq, &id) } else { put(seq, &id) }
        });
        append(&store, &project, fence, &mut live, transactions.collect::<Vec<_>>().into_iter()).await;
        if step % 6 == 4 {
            store.checkpoint(&project, fence, checkpoint_since(&live, before)).await.unwrap();
            before = live.seq();
        }
    }
    let found = store.open(&project).await.unwrap();
    assert_eq!((found.checkpoint, found.journal.len()), (before, 1));
    let shapes = live.len();
    assert!(shapes > 9_000, "only {shapes} shapes");
    assert_eq!(contents(&rebuild(&found)), contents(&live));
}
