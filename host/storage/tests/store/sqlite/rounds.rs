//! Group commit: many requests share a transaction, none sees another's failure.

use std::sync::Arc;

use collabcanvas_storage::{AccountStore, CanvasStore, Checkpoint, PluginDataStore, ProjectStore, StoreError};
use tokio::task::JoinSet;

use super::{file_in, folder, raw, store_in};
use crate::samples::{project, project_in, puts, shape, user, user_id};

/// While somebody else writes to the file no round can begin, so what is asked for meanwhile comes in one round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_fails_spoils_no_other_of_its_round() {
    let folder = folder();
    let store = store_in(&folder);
    let id = project_in(&store, "plan").await;
    let fence = store.open(&id).await.unwrap().fence;
    let file = raw(&file_in(&folder));
    file.execute_batch("BEGIN IMMEDIATE").unwrap();

    let mut good = JoinSet::new();
    let mut bad = JoinSet::new();
    for n in 0..20 {
        let name = format!("u{n}");
        let (one, two, three, id) = (store.clone(), store.clone(), store.clone(), id.clone());
        good.spawn(async move { one.create_user(&user(&name)).await });
        // Fails after it has written something: the project is made, its owner is not there.
        bad.spawn(async move { two.create_project(&project(&format!("p{n}")), &user_id("nobody")).await });
        // The same, after it has written an entry.
        bad.spawn(async move { three.set(&id, "p", vec![(format!("k{n}"), vec![0; 10])], 5).await });
    }
    let appended = {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move { store.append(&id, fence, puts(1, 1)).await })
    };
    let skipped = {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move { store.append(&id, fence, puts(7, 7)).await })
    };
    file.execute_batch("COMMIT").unwrap();

    assert!(good.join_all().await.iter().all(Result::is_ok));
    assert!(bad.join_all().await.iter().all(Result::is_err));
    appended.await.unwrap().unwrap();
    assert!(matches!(skipped.await.unwrap(), Err(StoreError::OutOfOrder { .. })));
    for n in 0..20 {
        assert!(store.user(&user_id(&format!("u{n}"))).await.unwrap().is_some());
        assert_eq!(store.project(&project(&format!("p{n}")).id).await.unwrap(), None);
    }
    assert_eq!(store.list_keys(&id, "p", "", None, 99).await.unwrap(), [""; 0]);
    assert_eq!(store.open(&id).await.unwrap().journal, [puts(1, 1)]);
}

/// What the writer remembers of a canvas must not outlive a round that was lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_that_cannot_be_written_fails_for_all_and_leaves_no_trace() {
    let folder = folder();
    let store = store_in(&folder);
    let id = project_in(&store, "plan").await;
    let fence = store.open(&id).await.unwrap().fence;
    store.append(&id, fence, puts(1, 2)).await.unwrap();
    // A deferred constraint fails only when the round is committed.
    let file = raw(&file_in(&folder));
    file.execute_batch(
        "CREATE TABLE trap (x INTEGER REFERENCES users (ordinal) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER spring AFTER INSERT ON journal BEGIN INSERT INTO trap VALUES (-1); END;",
    )
    .unwrap();
    let error = store.append(&id, fence, puts(3, 4)).await.unwrap_err().to_string();
    assert!(error.contains("nothing was written") && error.contains("FOREIGN KEY"), "{error}");
    file.execute_batch("DROP TRIGGER spring").unwrap();
    assert!(store.append(&id, fence, puts(5, 6)).await.is_err(), "3 and 4 are not there");
    store.append(&id, fence, puts(3, 5)).await.unwrap();
    assert_eq!(store.open(&id).await.unwrap().journal, [puts(1, 2), puts(3, 5)]);
}

/// A thousand rooms that were opened together are also checkpointed together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_does_not_wait_for_all_the_checkpoints_that_were_asked_for_before_it() {
    const ROOMS: usize = 200;
    let folder = folder();
    let store = store_in(&folder);
    let mut rooms = Vec::new();
    for n in 0..ROOMS {
        let id = project_in(&store, &format!("p{n}")).await;
        let fence = store.open(&id).await.unwrap().fence;
        store.append(&id, fence, puts(1, 1)).await.unwrap();
        rooms.push((id, fence));
    }
    // While somebody else writes to the file no round can end, and everything comes together.
    let file = raw(&file_in(&folder));
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (first, fence) = rooms[0].clone();
    let mut checkpoints = JoinSet::new();
    for (id, fence) in rooms {
        let store = store.clone();
        let changed = vec![(Arc::new(shape("a", 1)), 1)];
        checkpoints.spawn(async move {
            store.checkpoint(&id, fence, Checkpoint { seq: 1, changed, ..Checkpoint::default() }).await
        });
    }
    let appended = {
        let store = store.clone();
        tokio::spawn(async move { store.append(&first, fence, puts(2, 2)).await })
    };
    file.execute_batch("COMMIT").unwrap();
    appended.await.unwrap().unwrap();
    let mut ended = 0;
    while let Some(checkpoint) = checkpoints.try_join_next() {
        checkpoint.unwrap().unwrap();
        ended += 1;
    }
    assert!(ended < ROOMS / 2, "{ended} checkpoints went before the append");
    assert!(checkpoints.join_all().await.iter().all(Result::is_ok));
}
