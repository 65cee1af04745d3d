use collabcanvas_canvas::ProjectId;
use collabcanvas_storage::{HotError, StoreError};

/// Why a room cannot be entered or asked.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// There is no such project.
    #[error("there is no project {0}: it may have been deleted")]
    NoSuchProject(ProjectId),
    /// As many sessions as may be are there.
    #[error("{found} people are on this canvas; it takes {limit}: try again when somebody has left")]
    Full {
        /// Sessions in the room.
        found: usize,
        /// Sessions allowed.
        limit: usize,
    },
    /// The server is about to end.
    #[error("the server is shutting down: reconnect in a moment")]
    ShuttingDown,
    /// The room ended while it was asked, because its task failed. Asking again opens it anew.
    #[error("the canvas was closed while it was asked: try again")]
    Gone,
    /// The order that hosts share cannot be reached, or has moved on while the canvas was opened.
    #[error("the canvas cannot be opened now: {0}; try again in a moment")]
    Order(HotError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for RoomError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchProject(project) => Self::NoSuchProject(project),
            other => Self::Store(other),
        }
    }
}
