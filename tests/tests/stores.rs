//! D1, D2: stores that fail at the worst moments, behind a real room.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use collabcanvas_access::Role;
use collabcanvas_canvas::ProjectId;
use collabcanvas_rooms::{RoomLimits, Rooms, Stores};
use collabcanvas_storage::{
    CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, SqliteStore, StoreError, StoredCanvas,
};
use collabcanvas_tests::{Person, World, shape};
use serde_json::json;

/// A store that fails so many times: opens before they have happened, appends after.
struct Flaky {
    store: SqliteStore,
    opens: AtomicUsize,
    appends: AtomicUsize,
}

impl Flaky {
    fn fails(times: &AtomicUsize) -> bool {
        times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }

    fn lost<T>() -> Result<T, StoreError> {
        Err(StoreError::Failed("the connection was lost".into()))
    }
}

#[async_trait]
impl CanvasStore for Flaky {
    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        if Self::fails(&self.opens) {
            // Not before others have come to wait for it.
            tokio::task::yield_now().await;
            return Self::lost();
        }
        self.store.claim(project, claiming).await
    }

    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        self.store.load(project).await
    }

    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError> {
        self.store.append(project, fence, batch).await?;
        if Self::fails(&self.appends) { Self::lost() } else { Ok(()) }
    }

    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError> {
        self.store.checkpoint(project, fence, checkpoint).await
    }

    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        self.store.close(project, fence).await
    }
}

/// A world whose canvas store fails.
async fn world(opens: usize, appends: usize) -> (World, ProjectId) {
    let mut world = World::new(RoomLimits::default()).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let store = Arc::new(world.store.clone());
    let canvas = Flaky { store: world.store.clone(), opens: opens.into(), appends: appends.into() };
    let stores = Stores {
        canvas: Arc::new(canvas),
        projects: store.clone(),
        plugin_data: store.clone(),
        versions: store,
        hot: None,
    };
    world.rooms = Rooms::new(RoomLimits::default(), stores, world.catalog.clone());
    (world, project)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_an_append_that_failed_after_it_was_written_is_tried_again_as_it_was() {
    let (world, project) = world(0, 3).await;
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let mut last = 0;
    for id in ["a", "b", "c", "d", "e"] {
        last = person.edit(json!([shape(id, "basic/rectangle", json!({}))])).await.unwrap();
    }
    person.saved(last).await;
    assert_eq!(world.crashed().look(&project).await.unwrap().shapes().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canvas_whose_opening_failed_for_one_is_the_same_room_for_all_others() {
    let (world, project) = world(1, 0).await;
    let enter = |name| Person::enter(&world, &project, name, Role::Editor);
    let (one, two, three) = tokio::join!(enter("one"), enter("two"), enter("three"));
    let mut here: Vec<Person> = [one, two, three].into_iter().filter_map(Result::ok).collect();
    assert_eq!(here.len(), 2, "whose turn it was is told that it failed");
    here.push(enter("four").await.unwrap());
    // In two rooms each would count from 1, and the store would let only one of them write.
    for (place, person) in here.iter_mut().enumerate() {
        let id = format!("s{place}");
        let seq = person.edit(json!([shape(&id, "basic/rectangle", json!({}))])).await.unwrap();
        assert_eq!(seq, place as u64 + 1);
    }
    assert_eq!(world.rooms.open_count(), 1);
}
