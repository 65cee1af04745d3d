//! What the host functions need from the room and its store.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::{Operation, OrderKey, Problem, Query, Rect, Seq, Shape, ShapeId, UserId};

use super::Caller;

/// A person for whom a plugin acts, as they are at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingUser {
    /// Stable within the server.
    pub id: UserId,
    /// What the person is called.
    pub name: String,
    /// The role in the project; none when they are no member (any more).
    pub role: Option<Role>,
}

/// An id and an order key for a shape that does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlace {
    /// An id that no shape has had.
    pub id: ShapeId,
    /// Where the shape would lie among its siblings.
    pub index: OrderKey,
}

/// What tools may ask for, implemented by whoever runs a project: the room and its store.
///
/// The gate has been passed and the limits of the contract are checked before any of these is called. Each has
/// [`crate::Limits::host_call_ms`] to answer and is dropped then, so none may leave half of its work done at an
/// `await`; a problem is handed to the plugin as it is.
#[async_trait]
pub trait HostServices: Send + Sync + 'static {
    /// Who acts, with the role of this moment (A2); none when the host itself does. Asked before every other call.
    async fn acting_user(&self, caller: &Caller) -> Result<Option<ActingUser>, Problem>;

    /// The shapes of these ids, in order.
    async fn shapes(&self, caller: &Caller, ids: Vec<ShapeId>) -> Result<Vec<Option<Arc<Shape>>>, Problem>;

    /// At most `limit` shapes that match, back to front, those after `after`.
    async fn query(
        &self,
        caller: &Caller,
        query: Query,
        after: Option<(OrderKey, ShapeId)>,
        limit: usize,
    ) -> Result<Vec<Arc<Shape>>, Problem>;

    /// Applies the operations as one transaction of the acting user; the way of every edit. What was applied under
    /// the same key before is not applied again.
    async fn apply(&self, caller: &Caller, operations: Vec<Operation>, key: Option<String>) -> Result<Seq, Problem>;

    /// So many places for new shapes in this parent, directly above this sibling, or above all.
    async fn new_places(
        &self,
        caller: &Caller,
        parent: Option<ShapeId>,
        above: Option<ShapeId>,
        count: usize,
    ) -> Result<Vec<NewPlace>, Problem>;

    /// What the acting session has selected.
    async fn selection(&self, caller: &Caller) -> Result<Vec<ShapeId>, Problem>;

    /// What the acting session sees.
    async fn viewport(&self, caller: &Caller) -> Result<Option<Rect>, Problem>;

    /// The values of these keys of the plugin's own store in the project, in order.
    async fn stored(&self, caller: &Caller, keys: Vec<String>) -> Result<Vec<Option<Bytes>>, Problem>;

    /// Sets all of these or none; `quota-exceeded` when they do not fit.
    async fn store(&self, caller: &Caller, entries: Vec<(String, Bytes)>) -> Result<(), Problem>;

    /// Removes these keys.
    async fn forget(&self, caller: &Caller, keys: Vec<String>) -> Result<(), Problem>;

    /// At most `limit` keys that start with `prefix` and come after `after`, in byte order.
    async fn stored_keys(
        &self,
        caller: &Caller,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<String>, Problem>;
}

/// Services for where no tool runs: every call answers `unavailable`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoServices;

impl NoServices {
    fn unavailable<T>() -> Result<T, Problem> {
        Err(Problem::new("unavailable", "there is no canvas to work on here: the tool was called outside a project"))
    }
}

#[async_trait]
impl HostServices for NoServices {
    async fn acting_user(&self, _: &Caller) -> Result<Option<ActingUser>, Problem> {
        Ok(None)
    }

    async fn shapes(&self, _: &Caller, _: Vec<ShapeId>) -> Result<Vec<Option<Arc<Shape>>>, Problem> {
        Self::unavailable()
    }

    async fn query(
        &self,
        _: &Caller,
        _: Query,
        _: Option<(OrderKey, ShapeId)>,
        _: usize,
    ) -> Result<Vec<Arc<Shape>>, Problem> {
        Self::unavailable()
    }

    async fn apply(&self, _: &Caller, _: Vec<Operation>, _: Option<String>) -> Result<Seq, Problem> {
        Self::unavailable()
    }

    async fn new_places(
        &self,
        _: &Caller,
        _: Option<ShapeId>,
        _: Option<ShapeId>,
        _: usize,
    ) -> Result<Vec<NewPlace>, Problem> {
        Self::unavailable()
    }

    async fn selection(&self, _: &Caller) -> Result<Vec<ShapeId>, Problem> {
        Self::unavailable()
    }

    async fn viewport(&self, _: &Caller) -> Result<Option<Rect>, Problem> {
        Self::unavailable()
    }

    async fn stored(&self, _: &Caller, _: Vec<String>) -> Result<Vec<Option<Bytes>>, Problem> {
        Self::unavailable()
    }

    async fn store(&self, _: &Caller, _: Vec<(String, Bytes)>) -> Result<(), Problem> {
        Self::unavailable()
    }

    async fn forget(&self, _: &Caller, _: Vec<String>) -> Result<(), Problem> {
        Self::unavailable()
    }

    async fn stored_keys(&self, _: &Caller, _: String, _: Option<String>, _: usize) -> Result<Vec<String>, Problem> {
        Self::unavailable()
    }
}
