//! Those who take part in a session: people who send what the trace says and show their cursors, and an onlooker who
//! notes when edits are durable.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use collabcanvas_access::Role;
use collabcanvas_canvas::{Operation, ProjectId, Seq, UserId};
use collabcanvas_rooms::protocol::{Closing, ServerMessage};
use collabcanvas_rooms::{Inlet, Member, Outlet, Rooms};
use serde_json::json;

use super::lock;

/// How often a browser shows where its pointer is while somebody draws.
const SHOWING: Duration = Duration::from_millis(50);

/// What those who take part have sent and been told.
#[derive(Default)]
pub struct Log {
    /// When each edit was sent that the onlooker has not seen yet, by author and number.
    sent: Mutex<HashMap<(UserId, u64), Instant>>,
    seen: Mutex<Seen>,
    bytes: AtomicU64,
    frames: AtomicU64,
}

/// What the onlooker has seen.
#[derive(Default)]
struct Seen {
    transactions: u64,
    /// When those were sent that are not durable yet.
    waiting: BTreeMap<Seq, Instant>,
    durable: Seq,
    durable_ms: Vec<f64>,
    refused: u64,
    /// Why a session ended.
    broken: Option<String>,
}

impl Log {
    /// Edits that were accepted, if all that were sent are durable or refused.
    pub fn settled(&self, edits: u64) -> Result<Option<u64>> {
        let seen = lock(&self.seen);
        if let Some(reason) = &seen.broken {
            return Err(anyhow!("a session ended: {reason}"));
        }
        let is_settled = seen.transactions + seen.refused == edits && seen.waiting.is_empty();
        Ok(is_settled.then_some(seen.transactions))
    }

    /// Edits that the rooms refused.
    pub fn refused(&self) -> u64 {
        lock(&self.seen).refused
    }

    /// From sent to durable, in ms.
    pub fn durable_ms(&self) -> Vec<f64> {
        lock(&self.seen).durable_ms.clone()
    }

    /// Bytes and frames that those who edit were sent.
    pub fn sent_to_browsers(&self) -> (u64, u64) {
        (self.bytes.load(Ordering::Relaxed), self.frames.load(Ordering::Relaxed))
    }

    fn take_in(&self, frame: &[u8], looks_on: bool) {
        let message = match serde_json::from_slice(frame) {
            Ok(message) => message,
            Err(error) => return self.broken(&error.to_string()),
        };
        match message {
            ServerMessage::Tick(tick) if looks_on => {
                let (mut sent, mut seen) = (lock(&self.sent), lock(&self.seen));
                for transaction in tick.transactions {
                    seen.transactions += 1;
                    let at = sent.remove(&(transaction.user.clone(), transaction.number));
                    seen.waiting.insert(transaction.seq, at.unwrap_or_else(Instant::now));
                }
                seen.durable = seen.durable.max(tick.durable.unwrap_or(0));
                let after = seen.durable + 1;
                let rest = seen.waiting.split_off(&after);
                let done = std::mem::replace(&mut seen.waiting, rest);
                seen.durable_ms.extend(done.values().map(|sent| sent.elapsed().as_secs_f64() * 1e3));
            }
            ServerMessage::Refused(_) => lock(&self.seen).refused += 1,
            ServerMessage::Resync(_) => self.broken("it had to load the canvas anew"),
            _ => {}
        }
    }

    fn broken(&self, reason: &str) {
        lock(&self.seen).broken.get_or_insert_with(|| reason.to_owned());
    }
}

/// Somebody with an open session.
pub struct Player {
    user: UserId,
    inlet: Inlet,
    number: u64,
    log: Arc<Log>,
    shown: Option<Instant>,
}

impl Player {
    /// Enters; an onlooker is a viewer.
    pub async fn enter(
        rooms: &Arc<Rooms>,
        project: &ProjectId,
        user: &UserId,
        role: Role,
        log: &Arc<Log>,
    ) -> Result<Self> {
        // As a browser does that has loaded the canvas.
        let known = rooms.snapshot(project).await?.place;
        let member = Member { user: user.clone(), name: user.to_string(), role };
        let (inlet, outlet) = rooms.join(project, member).await?;
        tokio::spawn(listen(outlet, log.clone(), role == Role::Viewer));
        let mut player = Self { user: user.clone(), inlet, number: 0, log: log.clone(), shown: None };
        player.say(&json!({"hello": {"protocol": 1, "known": known, "clients": ["trace"]}}).to_string()).await?;
        Ok(player)
    }

    /// Sends an edit, and shows the pointer where it is.
    pub async fn edit(&mut self, operations: &[Operation]) -> Result<()> {
        self.number += 1;
        let now = Instant::now();
        lock(&self.log.sent).insert((self.user.clone(), self.number), now);
        let edit = json!({"edit": {"client": "trace", "number": self.number, "operations": operations}});
        self.say(&edit.to_string()).await?;
        if self.shown.is_none_or(|at| at.elapsed() >= SHOWING) {
            self.shown = Some(now);
            let (x, y) = (self.number % 4_000, self.number * 7 % 3_000);
            let selection: Vec<_> = operations.iter().map(Operation::id).collect();
            let shown = json!({"presence": {"cursor": [x, y], "selection": selection, "viewport": [0, 0, 1600, 900]}});
            self.say(&shown.to_string()).await?;
        }
        Ok(())
    }

    async fn say(&mut self, text: &str) -> Result<()> {
        let said = self.inlet.receive(text).await;
        said.map_err(|closing: Closing| anyhow!("the session of {} ended: {}", self.user, closing.message))
    }
}

async fn listen(mut outlet: Outlet, log: Arc<Log>, looks_on: bool) {
    let mut frames = Vec::new();
    while outlet.next(&mut frames).await.is_ok() {
        if !looks_on {
            log.frames.fetch_add(frames.len() as u64, Ordering::Relaxed);
            log.bytes.fetch_add(frames.iter().map(|frame| frame.len() as u64).sum(), Ordering::Relaxed);
        }
        // Reading what everybody is told costs most, so that one does it for all.
        for frame in frames.drain(..).filter(|frame| looks_on || frame.starts_with(b"{\"re")) {
            log.take_in(&frame, looks_on);
        }
    }
    log.broken("its room ended it");
}
