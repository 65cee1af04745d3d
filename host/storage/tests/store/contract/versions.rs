//! Named snapshots.

use std::sync::Arc;

use bytes::Bytes;
use collabcanvas_storage::{NewVersion, StoreError};
use tokio::task::JoinSet;

use crate::Store;
use crate::samples::{project_id, project_in};

fn version(name: &str) -> NewVersion {
    NewVersion { name: name.into(), seq: 7, shapes: 3, created_ms: 1_700_000_000_002 }
}

pub async fn versions_come_newest_first_with_what_was_said_of_them(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let first = store.create_version(&project, version("first"), Bytes::from_static(b"1")).await.unwrap();
    let second = store.create_version(&project, version("second"), Bytes::from_static(b"2")).await.unwrap();
    assert_eq!((first.name.as_str(), first.seq, first.shapes, first.created_ms), ("first", 7, 3, 1_700_000_000_002));
    assert_eq!(store.versions(&project).await.unwrap(), [second, first]);
}

pub async fn a_snapshot_is_found_again_in_its_project_only(store: Arc<dyn Store>) {
    let (one, two) = (project_in(&*store, "one").await, project_in(&*store, "two").await);
    let snapshot = Bytes::from(vec![0xFF; 300_000]);
    let id = store.create_version(&one, version("v"), snapshot.clone()).await.unwrap().id;
    assert_eq!(store.version_snapshot(&one, id).await.unwrap(), Some(snapshot));
    assert_eq!(store.version_snapshot(&two, id).await.unwrap(), None);
    assert_eq!(store.version_snapshot(&one, id + 1).await.unwrap(), None);
    assert!(store.versions(&two).await.unwrap().is_empty());
}

pub async fn versions_made_at_once_have_ids_of_their_own(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let mut made = JoinSet::new();
    for n in 0..20 {
        let (store, project) = (store.clone(), project.clone());
        made.spawn(async move { store.create_version(&project, version("v"), Bytes::from(vec![n])).await.unwrap().id });
    }
    let mut ids = made.join_all().await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}

pub async fn a_version_of_no_project_is_refused(store: Arc<dyn Store>) {
    let error = store.create_version(&project_id("gone"), version("v"), Bytes::new()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchProject(_)), "{error}");
    assert!(store.versions(&project_id("gone")).await.unwrap().is_empty());
}
