use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{Epoch, Outbox, ProjectId, Seq};
use tokio::sync::mpsc::UnboundedSender;

/// The hot tier of many hosts: it gives transactions their places in a project's order, and tells every host that
/// follows the project what happens in it. What it holds may be lost at any time; what must not be is in a
/// [`crate::CanvasStore`], in hosts and in browsers (D1, D2).
///
/// One connection of a host serves all of its projects. An embedded server has none: its rooms number their
/// transactions themselves.
#[async_trait]
pub trait HotTier: Send + Sync + 'static {
    /// Where a project's order stands; none when the hot tier knows nothing of the project (any more), or came back and
    /// may know less than it did.
    async fn standing(&self, project: &ProjectId) -> Result<Option<Standing>, HotError>;

    /// Begins an order after the transaction `after`, in place of one of an earlier epoch. One of this epoch or a later
    /// one stays as it is. What came after `after` in the epoch before may still be held, as far as it is known to have
    /// been accepted; it comes first then. Answers with how the order stands.
    async fn begin(&self, project: &ProjectId, epoch: Epoch, after: Seq) -> Result<Standing, HotError>;

    /// Gives transactions their places, all in one step and one after the other, and tells all followers. One whose
    /// outbox has a transaction of this number or a later one in the order already is left out: that makes every
    /// repetition harmless. Followers in this process are told before this returns, unless places before are missing.
    ///
    /// An append that failed with [`HotError::Unavailable`] may have gone through: it is tried again as it was. One of
    /// more than 500 entries or 4 MiB goes in parts, between which those of other hosts may come; where that fails, a
    /// beginning of it may be in the order.
    async fn append(&self, project: &ProjectId, epoch: Epoch, entries: Vec<Entry>) -> Result<(), HotError>;

    /// From here on `events` is told what happens in the project: every transaction after `after`, in order and
    /// without a gap, whatever gets lost on the way; and how much is durable. Some of it may be told before this
    /// returns. Ends when the answer is dropped.
    ///
    /// Errors: [`HotError::Lost`] and [`HotError::Epoch`] as in `append`; [`HotError::Trimmed`] when transactions
    /// after `after` are no longer held.
    async fn follow(
        &self,
        project: &ProjectId,
        epoch: Epoch,
        after: Seq,
        events: UnboundedSender<HotEvent>,
    ) -> Result<Following, HotError>;

    /// Notes that everything up to `durable` is durable, and tells all followers. The order holds what is durable for
    /// those who come back soon, but not for ever.
    async fn note_durable(&self, project: &ProjectId, epoch: Epoch, durable: Seq) -> Result<(), HotError>;

    /// Tells the project's followers on other hosts something that is not kept: presence, changes of roles. Arrives
    /// once or never, and in no order with transactions.
    async fn tell(&self, project: &ProjectId, notice: Bytes) -> Result<(), HotError>;

    /// Takes or renews the lease of a project's saver for [`LEASE`]. False while another holder has it.
    async fn lease(&self, project: &ProjectId, holder: &str) -> Result<bool, HotError>;

    /// Gives the lease back, if `holder` has it.
    async fn release(&self, project: &ProjectId, holder: &str) -> Result<(), HotError>;

    /// Keeps a snapshot, in place of an older one, for the next who opens the canvas. A tier without memory left
    /// drops it.
    async fn keep_snapshot(&self, project: &ProjectId, place: HotPlace, snapshot: Bytes) -> Result<(), HotError>;

    /// The last snapshot that was kept, unless it is gone.
    async fn snapshot(&self, project: &ProjectId) -> Result<Option<(HotPlace, Bytes)>, HotError>;
}

/// How long a lease lasts that is not renewed.
pub const LEASE: std::time::Duration = std::time::Duration::from_secs(10);

/// A place in a project's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotPlace {
    /// The epoch.
    pub epoch: Epoch,
    /// The sequence number.
    pub seq: Seq,
}

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its epoch.
    pub epoch: Epoch,
    /// Transactions after this one are held; those before it have been trimmed.
    pub floor: Seq,
    /// The last transaction.
    pub last: Seq,
    /// Everything up to here is known to be durable.
    pub durable: Seq,
}

/// A transaction on its way into the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The outbox that it comes from.
    pub outbox: Outbox,
    /// Its number there.
    pub number: u64,
    /// The transaction (a `Sequenced` in JSON) after its sequence number: `"client":…}`.
    pub rest: Bytes,
}

/// What a follower is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HotEvent {
    /// The next transactions of the order, in JSON (`Sequenced`), the first of which has the place `first`.
    Ordered {
        /// The order's epoch.
        epoch: Epoch,
        /// The sequence number of the first.
        first: Seq,
        /// One text each.
        lines: Vec<Bytes>,
    },
    /// Everything up to here is durable. Told only of what this follower has been told, or follows after.
    Durable {
        /// The order's epoch.
        epoch: Epoch,
        /// The last durable transaction.
        seq: Seq,
    },
    /// Something that another host told.
    Notice(Bytes),
    /// Notices may have been lost: the connection was away for a while. Told when notices come again, before the
    /// transactions that were missed.
    Reconnected,
    /// The order that was followed is no more: it has been lost, has a later epoch, or has been trimmed beyond what
    /// this follower has. Nothing more comes; the canvas has to be opened anew.
    Ended(HotEnd),
}

/// Why there is no order to follow any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HotEnd {
    /// The hot tier knows nothing of the project: it came back without its data, or without the last of it.
    Lost,
    /// Somebody has begun this epoch.
    Epoch(Epoch),
    /// The transactions that come next are no longer held.
    Trimmed,
}

/// Keeps a follower told. Dropping it ends that.
pub struct Following {
    end: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Following {
    /// One that does this when it is dropped.
    pub fn until_dropped(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { end: Some(Box::new(end)) }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            end();
        }
    }
}

/// What can go wrong with the hot tier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HotError {
    /// It knows nothing of the project: it came back without its data, or the project was idle for long.
    #[error("the hot tier knows nothing of this project: its order has to begin anew")]
    Lost,
    /// The project's order has another epoch.
    #[error("the order has epoch {found}: open the canvas anew")]
    Epoch {
        /// The epoch that it has.
        found: Epoch,
    },
    /// Transactions that were asked for are no longer held.
    #[error("transactions up to {floor} are no longer held: open the canvas anew")]
    Trimmed {
        /// The last that is not held.
        floor: Seq,
    },
    /// It has no memory left to append. Nothing was appended (of an append that goes in parts: no more was).
    #[error("Redis has no memory left: {0}")]
    Full(String),
    /// It does not answer, or answers that it cannot now. What was asked for may have been done.
    #[error("Redis does not answer: {0}")]
    Unavailable(String),
}
