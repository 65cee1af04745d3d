//! Taking versions, and what the saver says to operators.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use collabcanvas_canvas::{Document, ProjectId, Seq};
use collabcanvas_plugins::PluginError;
use collabcanvas_storage::{NewVersion, VersionStore};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::protocol::Place;
use crate::snapshot::SnapshotSource;

/// Shortest time between two versions that a strategy takes: one that always asks must not fill the disk.
const VERSION_DISTANCE: Duration = Duration::from_secs(60);
/// Longest that a room waits for a version.
const PATIENCE: Duration = Duration::from_secs(5);
/// Shortest time between two warnings about a failing strategy.
const WARNING_DISTANCE: Duration = Duration::from_secs(60);

/// Takes the versions that a strategy asks for.
pub(crate) struct VersionTaker {
    project: ProjectId,
    store: Arc<dyn VersionStore>,
    last: Option<Instant>,
    taking: Option<JoinHandle<bool>>,
    warned: Option<Instant>,
}

impl VersionTaker {
    pub fn new(project: ProjectId, store: Arc<dyn VersionStore>) -> Self {
        Self { project, store, last: None, taking: None, warned: None }
    }

    /// Takes the version that a strategy asks for, off the room's path.
    pub fn take(&mut self, name: &str, document: &Document) {
        if self.last.is_none_or(|last| last.elapsed() >= VERSION_DISTANCE) {
            self.last = Some(Instant::now());
            self.taking = Some(self.start(name, document));
        }
    }

    /// Sees to it that there is a version of this name that shows the canvas at this place in the order or later; tells
    /// whether there is. Takes one and waits for it if need be.
    pub async fn keep_since(&self, name: &str, seq: Seq, document: &Document) -> bool {
        let kept = self.store.versions(&self.project).await.unwrap_or_default();
        if kept.iter().any(|version| version.name == name && version.seq >= seq) {
            return true;
        }
        tokio::time::timeout(PATIENCE, self.start(name, document)).await.is_ok_and(|kept| kept.unwrap_or(false))
    }

    fn start(&self, name: &str, document: &Document) -> JoinHandle<bool> {
        let place = Place { epoch: document.epoch(), seq: document.seq() };
        let source = SnapshotSource { place, shapes: document.shapes().cloned().collect() };
        let version = NewVersion {
            name: name.chars().take(200).collect(),
            seq: place.seq,
            shapes: source.shapes.len() as u64,
            created_ms: now_ms(),
        };
        let (store, project) = (self.store.clone(), self.project.clone());
        tokio::spawn(async move {
            let Ok(snapshot) = tokio::task::spawn_blocking(|| source.build()).await else { return false };
            let kept = store.create_version(&project, version, snapshot.gzip).await;
            if let Err(error) = &kept {
                tracing::error!(%project, %error, "a version could not be kept");
            }
            kept.is_ok()
        })
    }

    /// When the last version was taken.
    pub fn last(&self) -> Option<Instant> {
        self.last
    }

    /// Waits, not for ever, until the version that is being taken is kept.
    pub async fn taken(&mut self) {
        if let Some(taking) = self.taking.take() {
            // One that failed has said so.
            let _ = tokio::time::timeout(PATIENCE, taking).await;
        }
    }

    /// Says that the host saves in the strategy's place, once a minute at most.
    pub fn warn_once(&mut self, error: &PluginError) {
        if self.warned.is_none_or(|warned| warned.elapsed() >= WARNING_DISTANCE) {
            self.warned = Some(Instant::now());
            tracing::warn!(project = %self.project, %error, "the save strategy does not answer; the host saves in its place");
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
