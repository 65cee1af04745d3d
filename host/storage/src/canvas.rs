use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{Epoch, Outbox, ProjectId, Seq, Shape, ShapeId};

use crate::StoreError;

/// Where canvases are kept for ever: checkpointed shapes, one record each, and the journal since the last checkpoint.
///
/// Anybody may read a canvas; one writes it, whoever claimed it last (D4). Implementations are shared by all rooms;
/// every method may wait for a disk or a network.
#[async_trait]
pub trait CanvasStore: Send + Sync + 'static {
    /// Reads a canvas as of one moment, or so that every record reflects that moment's checkpoint or something later,
    /// and the journal after it is whole.
    ///
    /// Errors: [`StoreError::NoSuchProject`]. A record that cannot be read is no error: it comes as
    /// [`StoredRecord::Unreadable`] (S2).
    async fn load(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError>;

    /// Makes the caller the one whose writes count: the fence grows, and whoever holds an earlier one can write nothing
    /// more (D4).
    ///
    /// Errors: [`StoreError::NoSuchProject`]; [`StoreError::EpochPassed`] when the canvas has another epoch than
    /// `claiming` names: nothing has changed then.
    async fn claim(&self, project: &ProjectId, claiming: Claiming) -> Result<Claim, StoreError>;

    /// Appends a batch to the durable journal; when this returns, it survives the loss of every process (D1).
    ///
    /// An append that failed may have gone through all the same. It is tried again with the very same batch, before any
    /// other: one that is there already is no error and does nothing.
    ///
    /// Errors: [`StoreError::Fenced`] when another has claimed the canvas since; nothing is written then (D4).
    async fn append(&self, project: &ProjectId, fence: Fence, batch: JournalBatch) -> Result<(), StoreError>;

    /// Writes the changed shapes and forgets the journal that they make superfluous. A record in the store that
    /// reflects a later sequence number stays as it is (D4).
    ///
    /// Everything up to `checkpoint.seq` must be in the durable journal already. Errors as in `append`.
    async fn checkpoint(&self, project: &ProjectId, fence: Fence, checkpoint: Checkpoint) -> Result<(), StoreError>;

    /// Tells that everything accepted is durable and the writer is done: the next [`Claiming::Alone`] keeps the epoch.
    /// Errors as in `append`.
    async fn close(&self, project: &ProjectId, fence: Fence) -> Result<(), StoreError>;

    /// Claims a canvas and reads it, as the only server that there is does when it opens one.
    async fn open(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError> {
        let Claim { epoch, fence, .. } = self.claim(project, Claiming::Alone).await?;
        Ok(StoredCanvas { epoch, fence, ..self.load(project).await? })
    }
}

/// Tells the writers of a canvas apart: each that claims it has a higher one.
pub type Fence = u64;

/// In which epoch a canvas is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claiming {
    /// By the only server there is: the epoch grows unless the last writer closed the canvas, because accepted
    /// transactions may have been lost with it.
    Alone,
    /// To go on writing in this epoch, in the place of another host.
    Epoch(Epoch),
    /// To begin the epoch after this one, because the order of this one is lost.
    After(Epoch),
}

/// What a claim gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The canvas's epoch now.
    pub epoch: Epoch,
    /// What the claimer writes with.
    pub fence: Fence,
    /// The last durable transaction. Nobody else can move it any more.
    pub durable: Seq,
    /// Every transaction up to here is reflected in the records.
    pub checkpoint: Seq,
}

/// A canvas as it is kept.
#[derive(Clone, Debug, Default)]
pub struct StoredCanvas {
    /// The canvas's epoch.
    pub epoch: Epoch,
    /// The last fence that was given out; after [`CanvasStore::open`], the caller's.
    pub fence: Fence,
    /// Every transaction up to here is reflected in `records`.
    pub checkpoint: Seq,
    /// The shapes, in no order; some may reflect transactions after `checkpoint`.
    pub records: Vec<StoredRecord>,
    /// Last transaction numbers of clients, as of `checkpoint` or later.
    pub clients: Vec<StoredClient>,
    /// The journal after `checkpoint`, in order.
    pub journal: Vec<JournalBatch>,
}

/// One checkpointed record.
#[derive(Clone, Debug)]
pub enum StoredRecord {
    /// A shape as of `seq`.
    Shape {
        /// The shape.
        shape: Shape,
        /// The transaction that last changed it.
        seq: Seq,
    },
    /// The shape was deleted at `seq`; kept until the journal before it is gone.
    Deleted {
        /// Its id.
        id: ShapeId,
        /// The transaction that deleted it.
        seq: Seq,
    },
    /// Something that is not a shape (S2). The store keeps it as it is.
    Unreadable {
        /// The record's key.
        id: ShapeId,
        /// What is there, as text, for saving of it what can be saved.
        raw: String,
        /// Why it cannot be read.
        reason: String,
        /// The transaction that last changed it.
        seq: Seq,
    },
}

/// The number of an outbox's last transaction in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClient {
    /// The outbox.
    pub outbox: Outbox,
    /// Its last transaction's number.
    pub number: u64,
    /// That transaction's sequence number.
    pub seq: Seq,
}

/// Consecutive transactions, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalBatch {
    /// Sequence number of the first transaction.
    pub first: Seq,
    /// Sequence number of the last transaction.
    pub last: Seq,
    /// The transactions (`Sequenced` in JSON), one a line.
    pub lines: Bytes,
}

/// What has changed since the checkpoint before.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// Every transaction up to here is reflected in the store once this is written.
    pub seq: Seq,
    /// Changed shapes, each with the transaction that last changed it.
    pub changed: Vec<(std::sync::Arc<Shape>, Seq)>,
    /// Deleted shapes, each with the transaction that deleted it.
    pub deleted: Vec<(ShapeId, Seq)>,
    /// Clients that sent something since the checkpoint before.
    pub clients: Vec<StoredClient>,
}
