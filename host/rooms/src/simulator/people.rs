//! Those who take part in a simulation: people who send what the trace says, and somebody who looks on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ClientId, Operation, ProjectId, UserId};
use serde_json::json;
use tokio::time::Instant;

use super::run::SimulationError;
use crate::protocol::{Hello, PROTOCOL, ServerMessage};
use crate::{Inlet, Member, Outlet, Rooms};

/// What those who take part have sent and been told.
#[derive(Default)]
pub(super) struct Log {
    inner: Mutex<Told>,
}

/// See [`Log`].
#[derive(Default)]
pub(super) struct Told {
    /// When each edit was sent, by its author and number.
    pub sent: BTreeMap<(UserId, u64), Instant>,
    /// When each transaction was sent and when the onlooker has seen it, in their order.
    pub seen: Vec<(Instant, Instant)>,
    pub refused: u64,
    /// Why somebody's session has ended or lost its thread.
    pub broken: Option<String>,
}

impl Log {
    pub fn lock(&self) -> MutexGuard<'_, Told> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_in(&self, frame: &Bytes, looks_on: bool) {
        match serde_json::from_slice(frame) {
            Ok(ServerMessage::Tick(tick)) if looks_on => {
                let (mut told, now) = (self.lock(), Instant::now());
                for transaction in tick.transactions {
                    let sent = told.sent.remove(&(transaction.user, transaction.number)).unwrap_or(now);
                    told.seen.push((sent, now));
                }
            }
            Ok(ServerMessage::Refused(refused)) => {
                tracing::debug!(number = refused.number, problem = %refused.problem, "an edit of the trace was refused");
                self.lock().refused += 1;
            }
            Ok(ServerMessage::Resync(resync)) => self.broken(&format!("it had to load anew: {}", resync.reason)),
            _ => {}
        }
    }

    fn broken(&self, reason: &str) {
        self.lock().broken.get_or_insert_with(|| reason.to_owned());
    }
}

/// Somebody with an open session.
pub(super) struct Participant {
    user: UserId,
    client: ClientId,
    number: u64,
    inlet: Inlet,
    log: Arc<Log>,
}

impl Participant {
    /// Enters the room. An onlooker is a viewer, and takes note of everything; others only of what concerns them.
    pub async fn enter(
        rooms: &Arc<Rooms>,
        project: &ProjectId,
        user: &UserId,
        role: Role,
        log: &Arc<Log>,
    ) -> Result<Self, SimulationError> {
        let member = Member { user: user.clone(), name: user.to_string(), role };
        let (inlet, outlet) = rooms.join(project, member).await?;
        tokio::spawn(listen(outlet, log.clone(), role == Role::Viewer));
        let client = ClientId::parse("trace").expect("a well-formed id");
        let mut entered = Self { user: user.clone(), client, number: 0, inlet, log: log.clone() };
        let hello = Hello { protocol: PROTOCOL, known: None, clients: vec![entered.client.clone()] };
        entered.say(&json!({ "hello": hello }).to_string()).await?;
        Ok(entered)
    }

    /// Sends an edit.
    pub async fn edit(&mut self, operations: &[Operation]) -> Result<(), SimulationError> {
        self.number += 1;
        self.log.lock().sent.insert((self.user.clone(), self.number), Instant::now());
        let edit = json!({"edit": {"client": self.client, "number": self.number, "operations": operations}});
        self.say(&edit.to_string()).await
    }

    async fn say(&mut self, text: &str) -> Result<(), SimulationError> {
        let said = self.inlet.receive(text).await;
        said.map_err(|closing| SimulationError::Session { user: self.user.clone(), reason: closing.message })
    }
}

/// Takes what a session is told, until it ends.
async fn listen(mut outlet: Outlet, log: Arc<Log>, looks_on: bool) {
    let mut frames = Vec::new();
    while outlet.next(&mut frames).await.is_ok() {
        // What happened in a tick concerns nobody but the onlooker here, and reading it costs the most.
        let concerns = |frame: &Bytes| looks_on || !frame.starts_with(b"{\"tick\"");
        for frame in frames.drain(..).filter(concerns) {
            log.take_in(&frame, looks_on);
        }
    }
}
