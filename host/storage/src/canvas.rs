use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{Epoch, Outbox, ProjectId, Seq, Shape, ShapeId};

use crate::StoreError;

/// Where canvases are kept for ever: checkpointed shapes, one record each, and the journal since the last checkpoint.
///
/// Implementations are shared by all rooms; every method may wait for a disk or a network.
#[async_trait]
pub trait CanvasStore: Send + Sync + 'static {
    /// Reads a canvas in order to open it, and makes this opener the one whose writes count: the epoch grows unless
    /// the last one closed the canvas with [`CanvasStore::close`], because accepted transactions may have been lost.
    ///
    /// Errors: [`StoreError::NoSuchProject`]. A record that cannot be read is no error: it comes as
    /// [`StoredRecord::Unreadable`] (S2).
    async fn open(&self, project: &ProjectId) -> Result<StoredCanvas, StoreError>;

    /// Appends a batch to the durable journal; when this returns, it survives the loss of every process (D1).
    ///
    /// An append that failed may have gone through all the same. It is tried again with the very same batch, before any
    /// other: one that is there already is no error and does nothing.
    ///
    /// Errors: [`StoreError::Fenced`] when another opener has taken over since; nothing is written then (D4).
    async fn append(&self, project: &ProjectId, epoch: Epoch, batch: JournalBatch) -> Result<(), StoreError>;

    /// Writes the changed shapes and forgets the journal that they make superfluous. A record in the store that
    /// reflects a later sequence number stays as it is (D4).
    ///
    /// Everything up to `checkpoint.seq` must be in the durable journal already. Errors as in `append`.
    async fn checkpoint(&self, project: &ProjectId, epoch: Epoch, checkpoint: Checkpoint) -> Result<(), StoreError>;

    /// Tells that everything accepted is durable and the opener is done: the next open keeps the epoch.
    /// Errors as in `append`.
    async fn close(&self, project: &ProjectId, epoch: Epoch) -> Result<(), StoreError>;
}

/// A canvas as it is kept.
#[derive(Clone, Debug, Default)]
pub struct StoredCanvas {
    /// The epoch of this opener.
    pub epoch: Epoch,
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
