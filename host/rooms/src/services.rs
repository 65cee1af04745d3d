//! What a project's plugins may ask of its room and its store.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_access::{Actor, Role};
use collabcanvas_canvas::{
    Document, Operation, OrderKey, Problem, ProjectId, Query, Rect, Seq, Shape, ShapeId, UserId,
};
use collabcanvas_plugins::{ActingUser, Caller, HostServices, NewPlace};
use collabcanvas_storage::{PluginDataStore, ProjectStore, StoreError};
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::{mpsc, oneshot};

use crate::applied_keys::AppliedKey;
use crate::edits::PluginEdit;
use crate::room::Message;
use crate::sessions::Session;

/// The services of one project.
pub(crate) struct RoomServices {
    pub project: ProjectId,
    pub room: mpsc::Sender<Message>,
    pub projects: Arc<dyn ProjectStore>,
    pub data: Arc<dyn PluginDataStore>,
    pub quota: u64,
}

impl RoomServices {
    /// Reads the canvas inside its room.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Document, Option<&Session>) -> T + Send + 'static,
        caller: &Caller,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let session = caller.session.clone();
        let message = Message::Read(Box::new(move |document, sessions| {
            let mut named = sessions.values().filter(|known| session.as_ref() == Some(&known.name));
            // Whoever asked may have been cut off by its time limit.
            let _ = reply.send(read(document, named.next()));
        }));
        self.room.send(message).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    async fn role(&self, user: &UserId) -> Result<Option<Role>, Problem> {
        self.projects.role(&self.project, user).await.map_err(failed)
    }
}

/// So many order keys in this parent, directly above this sibling, or above all.
fn keys_above(
    document: &Document,
    parent: &Option<ShapeId>,
    above: Option<&ShapeId>,
    count: usize,
) -> Result<Vec<OrderKey>, Problem> {
    let is_sibling = |shape: &Shape| document.parent_of(shape) == parent.as_ref();
    let siblings = || document.shapes().filter(|shape| is_sibling(shape)).map(|shape| &shape.index);
    if let Some(parent) = parent.as_ref().filter(|parent| document.get(parent).is_none()) {
        let message = format!("there is no shape {parent} to lie in: it may have been deleted");
        return Err(Problem::new("bad-query", message));
    }
    let (low, high) = match above {
        None => (siblings().max().cloned(), None),
        Some(id) => {
            let sibling = document.get(id).filter(|shape| is_sibling(shape)).ok_or_else(|| {
                let message = format!("{id} does not lie in that parent: name one of its shapes, or none");
                Problem::new("bad-query", message)
            })?;
            (Some(sibling.index.clone()), siblings().filter(|index| **index > sibling.index).min().cloned())
        }
    };
    let keys = OrderKey::spread(low.as_ref(), high.as_ref(), count);
    if keys.len() == count && keys.iter().all(|key| OrderKey::parse(key.as_str()).is_ok()) {
        return Ok(keys);
    }
    Err(Problem::new("unavailable", "there is no room between these two: give the shapes above new order keys first"))
}

fn closed() -> Problem {
    Problem::new("unavailable", "the canvas was closed meanwhile: try again")
}

fn failed(error: StoreError) -> Problem {
    let code = if matches!(error, StoreError::QuotaExceeded { .. }) { "quota-exceeded" } else { "unavailable" };
    Problem::new(code, error.to_string())
}

#[async_trait]
impl HostServices for RoomServices {
    async fn acting_user(&self, caller: &Caller) -> Result<Option<ActingUser>, Problem> {
        let Some(id) = caller.user.clone() else { return Ok(None) };
        let members = self.projects.members(&self.project).await.map_err(failed)?;
        let found = members.into_iter().find(|(user, _)| user.id == id);
        Ok(Some(match found {
            Some((user, role)) => ActingUser { id, name: user.name, role: Some(role) },
            None => ActingUser { name: id.to_string(), id, role: None },
        }))
    }

    async fn shapes(&self, caller: &Caller, ids: Vec<ShapeId>) -> Result<Vec<Option<Arc<Shape>>>, Problem> {
        self.read(move |document, _| ids.iter().map(|id| document.get(id).cloned()).collect(), caller).await
    }

    async fn query(
        &self,
        caller: &Caller,
        query: Query,
        after: Option<(OrderKey, ShapeId)>,
        limit: usize,
    ) -> Result<Vec<Arc<Shape>>, Problem> {
        self.read(move |document, _| document.query(&query, after.as_ref(), limit), caller).await
    }

    async fn apply(&self, caller: &Caller, operations: Vec<Operation>, key: Option<String>) -> Result<Seq, Problem> {
        let Some(user) = caller.user.clone() else {
            return Err(Problem::new(
                "not-permitted",
                "nobody acts: only a tool that a person asked for changes the canvas",
            ));
        };
        let actor = Actor { role: self.role(&user).await?, operator: false, plugin: None };
        let (reply, answer) = oneshot::channel();
        let key = key.map(|key| AppliedKey { user: user.clone(), plugin: caller.plugin.clone(), key });
        let edit = PluginEdit { user, actor, operations, key, reply };
        self.room.send(Message::Apply(edit)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn new_places(
        &self,
        caller: &Caller,
        parent: Option<ShapeId>,
        above: Option<ShapeId>,
        count: usize,
    ) -> Result<Vec<NewPlace>, Problem> {
        let keys = self.read(move |document, _| keys_above(document, &parent, above.as_ref(), count), caller).await??;
        let id = || ShapeId::parse(&Alphanumeric.sample_string(&mut rand::rng(), 22)).expect("letters and digits");
        Ok(keys.into_iter().map(|index| NewPlace { id: id(), index }).collect())
    }

    async fn selection(&self, caller: &Caller) -> Result<Vec<ShapeId>, Problem> {
        self.read(|_, session| session.map(|session| session.presence.selection.clone()).unwrap_or_default(), caller)
            .await
    }

    async fn viewport(&self, caller: &Caller) -> Result<Option<Rect>, Problem> {
        let rect = |[x, y, width, height]: [f64; 4]| Rect { x, y, width, height };
        self.read(move |_, session| session.and_then(|session| session.presence.viewport).map(rect), caller).await
    }

    async fn stored(&self, caller: &Caller, keys: Vec<String>) -> Result<Vec<Option<Bytes>>, Problem> {
        let values = self.data.get(&self.project, &caller.plugin, &keys).await.map_err(failed)?;
        Ok(values.into_iter().map(|value| value.map(Bytes::from)).collect())
    }

    async fn store(&self, caller: &Caller, entries: Vec<(String, Bytes)>) -> Result<(), Problem> {
        let entries = entries.into_iter().map(|(key, value)| (key, value.to_vec())).collect();
        self.data.set(&self.project, &caller.plugin, entries, self.quota).await.map_err(failed)
    }

    async fn forget(&self, caller: &Caller, keys: Vec<String>) -> Result<(), Problem> {
        self.data.delete(&self.project, &caller.plugin, &keys).await.map_err(failed)
    }

    async fn stored_keys(
        &self,
        caller: &Caller,
        prefix: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<String>, Problem> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.data.list_keys(&self.project, &caller.plugin, &prefix, after.as_deref(), limit).await.map_err(failed)
    }
}
