//! Opening, appending, checkpointing, closing.

use std::sync::Arc;

use collabcanvas_canvas::{Document, Epoch, ProjectId, Seq, Sequenced};
use collabcanvas_storage::{Checkpoint, Claiming, JournalBatch, StoreError, StoredClient, StoredRecord};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::Store;
use crate::samples::{
    batch, checkpoint_since, contents, delete, outbox, project_id, project_in, put, puts, rebuild, shape, shape_id,
    transactions_of,
};

pub async fn a_project_that_does_not_exist_cannot_be_opened(store: Arc<dyn Store>) {
    let error = store.open(&project_id("gone")).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no project gone: it may have been deleted");
}

pub async fn a_new_canvas_is_empty(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let canvas = store.open(&project).await.unwrap();
    assert_eq!(canvas.checkpoint, 0);
    assert!(canvas.records.is_empty() && canvas.clients.is_empty() && canvas.journal.is_empty());
}

pub async fn what_was_appended_is_there_for_the_next_opener(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let batches = [puts(1, 3), puts(4, 4), puts(5, 9)];
    for batch in &batches {
        store.append(&project, fence, batch.clone()).await.unwrap();
    }
    assert_eq!(store.open(&project).await.unwrap().journal, batches);
}

pub async fn a_batch_that_does_not_follow_is_refused_with_both_numbers(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 3)).await.unwrap();
    // The same batch again, after a commit that only seemed to fail.
    store.append(&project, fence, puts(1, 3)).await.unwrap();
    for (first, last) in [(5, 6), (3, 4), (2, 3)] {
        let error = store.append(&project, fence, puts(first, last)).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, StoreError::OutOfOrder { .. }), "{text}");
        assert!(text.contains(&format!("{first} to {last}")) && text.contains("transaction 3"), "{text}");
    }
    let backwards = JournalBatch { first: 4, last: 3, lines: "".into() };
    assert!(store.append(&project, fence, backwards).await.is_err());
    store.append(&project, fence, puts(4, 4)).await.unwrap();
    assert_eq!(store.open(&project).await.unwrap().journal, [puts(1, 3), puts(4, 4)]);
}

/// D4.
pub async fn an_opener_who_was_replaced_can_write_nothing(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let old = store.open(&project).await.unwrap().fence;
    store.append(&project, old, puts(1, 1)).await.unwrap();
    let new = store.open(&project).await.unwrap().fence;
    assert!(new > old);
    let checkpoint = Checkpoint { seq: 1, changed: vec![(Arc::new(shape("s1", 77)), 1)], ..Checkpoint::default() };
    for refused in [
        store.append(&project, old, puts(2, 2)).await,
        store.checkpoint(&project, old, checkpoint).await,
        store.close(&project, old).await,
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, StoreError::Fenced { held, found, .. } if (*held, *found) == (old, new)), "{error}");
    }
    store.append(&project, new, puts(2, 2)).await.unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert_eq!(canvas.journal, [puts(1, 1), puts(2, 2)]);
    assert!(canvas.records.is_empty());
}

pub async fn closing_keeps_the_epoch_and_crashing_does_not(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let first = store.open(&project).await.unwrap();
    store.append(&project, first.fence, puts(1, 2)).await.unwrap();
    store.close(&project, first.fence).await.unwrap();
    let reopened = store.open(&project).await.unwrap();
    assert_eq!((reopened.epoch, reopened.journal), (first.epoch, vec![puts(1, 2)]));
    assert!(reopened.fence > first.fence);
    let crashed = store.open(&project).await.unwrap();
    assert_eq!(crashed.epoch, first.epoch + 1);
}

pub async fn nothing_can_be_written_after_closing(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.close(&project, fence).await.unwrap();
    assert!(store.append(&project, fence, puts(1, 1)).await.is_err());
    assert!(store.checkpoint(&project, fence, Checkpoint::default()).await.is_err());
    assert!(store.open(&project).await.unwrap().journal.is_empty());
}

pub async fn a_checkpoint_replaces_the_journal(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 3)).await.unwrap();
    store.append(&project, fence, puts(4, 5)).await.unwrap();
    let before = rebuild(&store.open(&project).await.unwrap());
    let fence = before.epoch();
    store.checkpoint(&project, fence, checkpoint_of(&before)).await.unwrap();
    let after = store.open(&project).await.unwrap();
    assert_eq!((after.checkpoint, after.journal.len(), after.records.len()), (5, 0, 5));
    assert_eq!(contents(&rebuild(&after)), contents(&before));
    store.append(&project, after.fence, puts(6, 6)).await.unwrap();
}

pub async fn a_batch_that_reaches_beyond_the_checkpoint_stays(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 2)).await.unwrap();
    store.append(&project, fence, puts(3, 6)).await.unwrap();
    let changed = (1..=4).map(|seq| (Arc::new(shape(&format!("s{seq}"), seq)), seq)).collect();
    store.checkpoint(&project, fence, Checkpoint { seq: 4, changed, ..Checkpoint::default() }).await.unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.checkpoint, &canvas.journal), (4, &vec![puts(3, 6)]));
    assert_eq!(rebuild(&canvas).len(), 6);
}

/// D4.
pub async fn a_checkpoint_never_overwrites_a_later_record(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 9)).await.unwrap();
    let write = async |seq: Seq| {
        let changed = vec![(Arc::new(shape("a", seq)), seq)];
        store.checkpoint(&project, fence, Checkpoint { seq, changed, ..Checkpoint::default() }).await.unwrap();
    };
    for seq in [5, 8, 3] {
        write(seq).await;
    }
    let canvas = store.open(&project).await.unwrap();
    assert_eq!(canvas.checkpoint, 8);
    let [StoredRecord::Shape { shape: kept, seq: 8 }] = &canvas.records[..] else { panic!("{:?}", canvas.records) };
    assert_eq!(*kept, shape("a", 8));
}

pub async fn a_checkpoint_of_what_is_not_durable_is_refused(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 3)).await.unwrap();
    let ahead = vec![(Arc::new(shape("a", 4)), 4)];
    for checkpoint in [
        Checkpoint { seq: 4, ..Checkpoint::default() },
        Checkpoint { seq: 3, changed: ahead, ..Checkpoint::default() },
        Checkpoint { seq: 3, deleted: vec![(shape_id("a"), 4)], ..Checkpoint::default() },
    ] {
        let error = store.checkpoint(&project, fence, checkpoint).await.unwrap_err().to_string();
        assert!(error.contains("transaction 4") && error.contains("ends at 3"), "{error}");
    }
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.checkpoint, canvas.records.len()), (0, 0));
}

pub async fn a_deletion_is_kept_until_a_later_checkpoint_passes_it(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let deletion = Checkpoint { seq: 2, deleted: vec![(shape_id("a"), 2)], ..Checkpoint::default() };
    store.append(&project, fence, batch(&[put(1, "a"), delete(2, "a")])).await.unwrap();
    store.checkpoint(&project, fence, deletion).await.unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert!(matches!(&canvas.records[..], [StoredRecord::Deleted { seq: 2, .. }]), "{:?}", canvas.records);
    store.append(&project, canvas.fence, puts(3, 3)).await.unwrap();
    store.checkpoint(&project, canvas.fence, Checkpoint { seq: 3, ..Checkpoint::default() }).await.unwrap();
    assert!(store.open(&project).await.unwrap().records.is_empty());
}

pub async fn an_empty_checkpoint_moves_the_journal_on(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, batch(&[delete(1, "none")])).await.unwrap();
    store.checkpoint(&project, fence, Checkpoint { seq: 1, ..Checkpoint::default() }).await.unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.checkpoint, canvas.journal.len()), (1, 0));
    store.append(&project, canvas.fence, puts(2, 2)).await.unwrap();
}

pub async fn clients_keep_their_last_numbers(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 9)).await.unwrap();
    let client = |name: &str, number, seq| StoredClient { outbox: outbox(name), number, seq };
    for clients in [vec![client("x", 1, 2), client("y", 1, 3)], vec![client("x", 4, 7)], vec![client("x", 3, 5)]] {
        store.checkpoint(&project, fence, Checkpoint { seq: 9, clients, ..Checkpoint::default() }).await.unwrap();
    }
    let mut clients = store.open(&project).await.unwrap().clients;
    clients.sort_by(|a, b| a.outbox.cmp(&b.outbox));
    assert_eq!(clients, [client("x", 4, 7), client("y", 1, 3)]);
}

pub async fn a_checkpoint_of_thousands_of_shapes_and_batches_is_whole(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    let (last, kept) = (2_600, 1_100);
    for first in (1..last).step_by(5) {
        store.append(&project, fence, puts(first, first + 4)).await.unwrap();
    }
    let changed = (1..=kept).map(|seq| (Arc::new(shape(&format!("s{seq}"), seq)), seq)).collect();
    let deleted = (kept + 1..=last).map(|seq| (shape_id(&format!("s{seq}")), seq)).collect();
    let clients = vec![StoredClient { outbox: outbox("tab"), number: last, seq: last }];
    store.checkpoint(&project, fence, Checkpoint { seq: last, changed, deleted, clients }).await.unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.checkpoint, canvas.journal.len(), canvas.records.len()), (last, 0, 2_600));
    assert_eq!(rebuild(&canvas).len(), 1_100);
    store.append(&project, canvas.fence, puts(last + 1, last + 1)).await.unwrap();
    store.checkpoint(&project, canvas.fence, Checkpoint { seq: last + 1, ..Checkpoint::default() }).await.unwrap();
    assert_eq!(store.open(&project).await.unwrap().records.len(), 1_100, "all deletions are forgotten");
}

pub async fn appends_get_through_while_a_large_checkpoint_is_written(store: Arc<dyn Store>) {
    let (large, small) = (project_in(&*store, "large").await, project_in(&*store, "small").await);
    let large_epoch = store.open(&large).await.unwrap().fence;
    let small_epoch = store.open(&small).await.unwrap().fence;
    store.append(&large, large_epoch, puts(1, 1)).await.unwrap();
    let changed = (0..20_000).map(|n| (Arc::new(shape(&format!("n{n}"), n)), 1)).collect();
    let checkpoint = Checkpoint { seq: 1, changed, ..Checkpoint::default() };
    let mut writing = std::pin::pin!(store.checkpoint(&large, large_epoch, checkpoint));
    let mut appended = 0;
    loop {
        tokio::select! {
            biased;
            done = store.append(&small, small_epoch, puts(appended + 1, appended + 1)) => done.unwrap(),
            // An append that is given up may have been written, so nothing is appended after the checkpoint's end.
            done = &mut writing => break done.unwrap(),
        }
        appended += 1;
    }
    assert!(appended >= 5, "only {appended} appends got through");
    assert_eq!(store.open(&large).await.unwrap().records.len(), 20_000);
}

pub async fn canvases_do_not_see_each_other(store: Arc<dyn Store>) {
    let (one, two) = (project_in(&*store, "one").await, project_in(&*store, "two").await);
    let (epoch_one, epoch_two) = (store.open(&one).await.unwrap().fence, store.open(&two).await.unwrap().fence);
    store.append(&one, epoch_one, puts(1, 5)).await.unwrap();
    store.append(&two, epoch_two, puts(1, 2)).await.unwrap();
    let changed = vec![(Arc::new(shape("s1", 1)), 1)];
    let clients = vec![StoredClient { outbox: outbox("x"), number: 1, seq: 1 }];
    let checkpoint = Checkpoint { seq: 5, changed, clients, ..Checkpoint::default() };
    store.checkpoint(&one, epoch_one, checkpoint).await.unwrap();
    let canvas = store.open(&two).await.unwrap();
    assert_eq!((canvas.checkpoint, canvas.journal), (0, vec![puts(1, 2)]));
    assert!(canvas.records.is_empty() && canvas.clients.is_empty());
}

/// Random appends, checkpoints, closings and crashes: what is read is what a document that never left memory holds.
pub async fn any_history_is_rebuilt_as_it_was(store: Arc<dyn Store>) {
    for seed in [1, 2, 3, rand::rng().random()] {
        println!("seed {seed}");
        let mut random = StdRng::seed_from_u64(seed);
        let project = project_in(&*store, &format!("p{seed}")).await;
        let mut history = History::of(&store, &project);
        history.reopen().await;
        for _ in 0..120 {
            match random.random_range(0..10) {
                0 => history.reopen().await,
                1 => {
                    store.close(&project, history.fence).await.unwrap();
                    history.reopen().await;
                }
                2 | 3 => history.checkpoint().await,
                _ => history.append(&mut random).await,
            }
        }
        history.reopen().await;
    }
}

struct History<'a> {
    store: &'a Arc<dyn Store>,
    project: &'a ProjectId,
    /// What must be found.
    live: Document,
    /// What it was at some transaction, often in the middle of a batch: what the next checkpoint is made from.
    snapshot: Document,
    fence: Epoch,
    /// Where the last checkpoint was.
    checkpoint: Seq,
}

impl<'a> History<'a> {
    fn of(store: &'a Arc<dyn Store>, project: &'a ProjectId) -> Self {
        Self { store, project, live: Document::default(), snapshot: Document::default(), fence: 0, checkpoint: 0 }
    }

    async fn reopen(&mut self) {
        let stored = self.store.open(self.project).await.unwrap();
        assert_eq!(stored.checkpoint, self.checkpoint);
        assert!(stored.journal.iter().flat_map(transactions_of).is_sorted_by_key(|next| next.seq));
        let found = rebuild(&stored);
        assert_eq!((contents(&found), found.seq()), (contents(&self.live), self.live.seq()));
        assert_eq!(found.last_number(&outbox("tab")), self.live.last_number(&outbox("tab")));
        self.fence = stored.fence;
    }

    async fn append(&mut self, random: &mut StdRng) {
        let first = self.live.seq() + 1;
        let last = first + random.random_range(0..6);
        let mut step = |seq| {
            let id = format!("s{}", random.random_range(0..12));
            if random.random_bool(0.3) { delete(seq, &id) } else { put(seq, &id) }
        };
        let transactions: Vec<Sequenced> = (first..=last).map(&mut step).collect();
        self.store.append(self.project, self.fence, batch(&transactions)).await.unwrap();
        for next in &transactions {
            self.live.apply(next);
            if random.random_bool(0.4) {
                self.snapshot = self.live.clone();
            }
        }
    }

    async fn checkpoint(&mut self) {
        let checkpoint = checkpoint_since(&self.snapshot, self.checkpoint);
        self.checkpoint = checkpoint.seq;
        self.store.checkpoint(self.project, self.fence, checkpoint).await.unwrap();
    }
}

/// Everything that a document holds.
fn checkpoint_of(document: &Document) -> Checkpoint {
    checkpoint_since(document, 0)
}

/// D4.
pub async fn a_claim_fences_whoever_wrote_before_in_the_same_epoch(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let old = store.claim(&project, Claiming::Alone).await.unwrap();
    store.append(&project, old.fence, puts(1, 3)).await.unwrap();
    let new = store.claim(&project, Claiming::Epoch(old.epoch)).await.unwrap();
    assert_eq!((new.epoch, new.durable), (old.epoch, 3));
    assert!(new.fence > old.fence);
    let error = store.append(&project, old.fence, puts(4, 4)).await.unwrap_err();
    assert!(matches!(error, StoreError::Fenced { .. }), "{error}");
    store.append(&project, new.fence, puts(4, 5)).await.unwrap();
    let canvas = store.load(&project).await.unwrap();
    assert_eq!((canvas.epoch, canvas.fence, canvas.journal.len()), (new.epoch, new.fence, 2));
}

pub async fn of_many_who_begin_the_next_epoch_one_does(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let old = store.claim(&project, Claiming::Alone).await.unwrap();
    store.append(&project, old.fence, puts(1, 2)).await.unwrap();
    let begin = || {
        let (store, project) = (store.clone(), project.clone());
        tokio::spawn(async move { store.claim(&project, Claiming::After(old.epoch)).await })
    };
    let mut began = Vec::new();
    for beginning in (0..10).map(|_| begin()).collect::<Vec<_>>() {
        match beginning.await.unwrap() {
            Ok(claim) => began.push(claim),
            Err(StoreError::EpochPassed { expected, found, .. }) => {
                assert_eq!((expected, found), (old.epoch, old.epoch + 1));
            }
            Err(error) => panic!("{error}"),
        }
    }
    let [new] = began[..] else { panic!("{began:?}") };
    assert_eq!((new.epoch, new.durable), (old.epoch + 1, 2));
    assert!(matches!(store.append(&project, old.fence, puts(3, 3)).await, Err(StoreError::Fenced { .. })));
    let passed = store.claim(&project, Claiming::Epoch(old.epoch)).await;
    assert!(matches!(passed, Err(StoreError::EpochPassed { .. })));
    store.append(&project, new.fence, puts(3, 3)).await.unwrap();
}

pub async fn reading_a_canvas_leaves_its_writer_alone(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let writer = store.claim(&project, Claiming::Alone).await.unwrap();
    store.append(&project, writer.fence, puts(1, 1)).await.unwrap();
    assert_eq!(store.load(&project).await.unwrap().journal, [puts(1, 1)]);
    store.append(&project, writer.fence, puts(2, 2)).await.unwrap();
    assert!(matches!(store.load(&project_id("gone")).await, Err(StoreError::NoSuchProject(_))));
}
