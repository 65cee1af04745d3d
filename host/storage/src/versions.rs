use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{ProjectId, Seq};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Named, restorable snapshots of canvases.
#[async_trait]
pub trait VersionStore: Send + Sync + 'static {
    /// Keeps a version with its snapshot (`{"place": …, "shapes": […]}` in JSON, compressed with gzip), and tells its id.
    /// Errors: [`StoreError::NoSuchProject`].
    async fn create_version(
        &self,
        project: &ProjectId,
        version: NewVersion,
        snapshot: Bytes,
    ) -> Result<Version, StoreError>;

    /// The versions of a project, the newest first.
    async fn versions(&self, project: &ProjectId) -> Result<Vec<Version>, StoreError>;

    /// The snapshot of a version.
    async fn version_snapshot(&self, project: &ProjectId, id: u64) -> Result<Option<Bytes>, StoreError>;
}

/// What is said of a version when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// What people call it.
    pub name: String,
    /// The place in the order that it shows.
    pub seq: Seq,
    /// How many shapes it holds.
    pub shapes: u64,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// A version that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Unique in the project, growing.
    pub id: u64,
    /// What people call it.
    pub name: String,
    /// The place in the order that it shows.
    pub seq: Seq,
    /// How many shapes it holds.
    pub shapes: u64,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}
