use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use tokio::sync::mpsc::UnboundedSender;

use super::{feed::Feed, keys::Keys};
use crate::HotEvent;

/// The projects that are followed.
#[derive(Default)]
pub(super) struct Feeds(Mutex<HashMap<ProjectId, Arc<Feed>>>);

impl Feeds {
    pub(super) fn get(&self, project: &ProjectId) -> Option<Arc<Feed>> {
        self.map().get(project).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Feed>> {
        self.map().values().cloned().collect()
    }

    fn map(&self) -> MutexGuard<'_, HashMap<ProjectId, Arc<Feed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a follower. Under the lock, so that the feed is not forgotten in between.
    pub(super) fn add(
        &self,
        project: &ProjectId,
        keys: impl FnOnce() -> Keys,
        place: (Epoch, Seq),
        events: UnboundedSender<HotEvent>,
    ) -> (Arc<Feed>, u64) {
        let mut map = self.map();
        let feed = map.entry(project.clone()).or_insert_with(|| Arc::new(Feed::new(project.clone(), keys())));
        let id = feed.state().add(place.0, place.1, events);
        (feed.clone(), id)
    }

    /// Forgets a feed that nobody follows.
    pub(super) fn forget(&self, project: &ProjectId) {
        let mut map = self.map();
        if map.get(project).is_some_and(|feed| feed.state().is_empty()) {
            map.remove(project);
        }
    }
}
