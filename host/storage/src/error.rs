use collabcanvas_canvas::{Epoch, ProjectId, Seq, UserId};

use crate::Fence;

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such project.
    #[error("there is no project {0}: it may have been deleted")]
    NoSuchProject(ProjectId),
    /// Somebody else has claimed the canvas since (D4).
    #[error(
        "project {project} was claimed elsewhere: this host holds fence {held}, the store is at {found}; nothing was written"
    )]
    Fenced {
        /// The project.
        project: ProjectId,
        /// The fence of the writer.
        held: Fence,
        /// The fence in the store.
        found: Fence,
    },
    /// The canvas has another epoch than the claimer thought. Nothing was claimed.
    #[error("project {project} is in epoch {found}, not in {expected}: open the canvas anew")]
    EpochPassed {
        /// The project.
        project: ProjectId,
        /// The epoch that the claimer named.
        expected: Epoch,
        /// The epoch in the store.
        found: Epoch,
    },
    /// Nobody would own the project. Nothing was written.
    #[error("{user} is the only owner of project {project}: make somebody else an owner first")]
    LastOwner {
        /// The project.
        project: ProjectId,
        /// Who owns it.
        user: UserId,
    },
    /// The project is not as the writer has read it. Nothing was written.
    #[error("project {0} was changed by somebody else at the same moment: look at it again, and repeat the change")]
    Changed(ProjectId),
    /// A batch does not follow what is in the durable journal: the writer's picture of the store is wrong, and it has
    /// to open the canvas anew. Nothing was written.
    #[error(
        "transactions {first} to {last} cannot follow transaction {kept}, the last in the journal of project {project}: open the canvas anew"
    )]
    OutOfOrder {
        /// The project.
        project: ProjectId,
        /// First sequence number of the batch.
        first: Seq,
        /// Last sequence number of the batch.
        last: Seq,
        /// Last sequence number in the journal.
        kept: Seq,
    },
    /// A plugin's data would exceed its quota.
    #[error("{needed} bytes do not fit: {used} of {quota} bytes are used; delete something first")]
    QuotaExceeded {
        /// Bytes to be written.
        needed: u64,
        /// Bytes in use.
        used: u64,
        /// Bytes allowed.
        quota: u64,
    },
    /// The store's file cannot be used: somebody else uses it, or it is not a store that this version knows.
    #[error("the store at {path} cannot be opened: {reason}")]
    CannotOpen {
        /// The file.
        path: String,
        /// What was found, and what to do.
        reason: String,
    },
    /// The disk or the network failed, or what is stored makes no sense. Trying again may help.
    #[error("the store failed: {0}")]
    Failed(String),
}
