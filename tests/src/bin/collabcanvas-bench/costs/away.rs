//! A store that is as far away as DynamoDB is from a host in its region. How long an append takes decides how many edits
//! share the next one, and so what a strategy costs that appends at once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use collabcanvas_canvas::ProjectId;
use collabcanvas_storage::dynamodb::DynamoStore;
use collabcanvas_storage::{CanvasStore, Checkpoint, Claim, Claiming, Fence, JournalBatch, StoreError, StoredCanvas};

/// What a small write takes in its region, besides what the stand-in takes.
pub const AWAY: Duration = Duration::from_millis(5);

/// The store with the network before it.
pub struct Away(pub Arc<DynamoStore>);

#[async_trait]
impl CanvasStore for Away {
    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        tokio::time::sleep(AWAY).await;
        self.0.load(project).await
    }

    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError> {
        tokio::time::sleep(AWAY).await;
        self.0.claim(project, claiming).await
    }

    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError> {
        tokio::time::sleep(AWAY).await;
        self.0.append(project, fence, batch).await
    }

    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError> {
        tokio::time::sleep(AWAY).await;
        self.0.checkpoint(project, fence, checkpoint).await
    }

    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError> {
        tokio::time::sleep(AWAY).await;
        self.0.close(project, fence).await
    }
}
