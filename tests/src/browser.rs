//! Browsers with a bad network, in the process of their rooms.

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_access::Role;
use collabcanvas_canvas::{Operation, ProjectId, UserId};
use collabcanvas_rooms::protocol::{ClientMessage, ServerMessage};
use collabcanvas_rooms::{Inlet, Member, Outlet, Rooms};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;

use crate::replica::{Need, Replica};

/// A browser whose network loses, delays and repeats.
pub struct Browser {
    /// What it holds.
    pub replica: Replica,
    connection: Option<(Inlet, Outlet)>,
    /// Whether it has been told where it is, so that it may send.
    ready: bool,
    /// Messages that the network still holds back.
    delayed: Vec<ServerMessage>,
}

impl Browser {
    /// One that has not connected yet.
    pub fn new(name: &str) -> Self {
        Self { replica: Replica::new(name), connection: None, ready: false, delayed: Vec::new() }
    }

    /// Whether it has a connection.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether all that it made is durable or refused, as far as it was told.
    pub fn is_settled(&self) -> bool {
        self.ready && self.replica.pending.is_empty() && self.replica.accepted.is_empty()
    }

    /// Loads the snapshot if need be, and enters. A host that does not let it in leaves it unconnected.
    pub async fn connect(&mut self, rooms: &Arc<Rooms>, project: &ProjectId) {
        if self.replica.needs_snapshot() {
            let Ok(snapshot) = rooms.snapshot(project).await else { return };
            self.replica.load(&snapshot.gzip).expect("a snapshot can be read");
        }
        let member = Member {
            user: UserId::parse("owner").expect("a well-formed id"),
            name: "owner".into(),
            role: Role::Editor,
        };
        let Ok(mut ends) = rooms.join(project, member).await else { return };
        let hello = serde_json::to_string(&self.replica.hello()).expect("messages have string keys");
        if ends.0.receive(&hello).await.is_err() {
            return;
        }
        self.connection = Some(ends);
        self.ready = false;
    }

    /// Loses the connection, and what was on its way.
    pub fn disconnect(&mut self) {
        self.connection = None;
        self.ready = false;
        // What was on its way is lost.
        self.delayed.clear();
    }

    /// Sends, if it is connected and may.
    pub async fn send(&mut self, message: &ClientMessage) {
        if let Some((inlet, _)) = self.connection.as_mut().filter(|_| self.ready) {
            let text = serde_json::to_string(message).unwrap();
            if inlet.receive(&text).await.is_err() {
                self.disconnect();
            }
        }
    }

    /// Reads what has arrived, up to `most` messages after it, and waits for at least one if told to.
    pub async fn read(&mut self, rooms: &Arc<Rooms>, project: &ProjectId, most: usize, wait: bool) {
        let Some((_, outlet)) = &mut self.connection else { return };
        let mut frames = Vec::new();
        let patience = if wait { Duration::from_secs(20) } else { Duration::ZERO };
        if self.delayed.is_empty() || !wait {
            match tokio::time::timeout(patience, outlet.next(&mut frames)).await {
                Ok(Err(_)) => return self.disconnect(),
                Ok(Ok(())) => {}
                Err(_) => assert!(!wait, "nothing arrived at {} {:?}", self.replica.document.seq(), frames),
            }
        }
        self.delayed.extend(frames.iter().map(|frame| serde_json::from_slice(frame).unwrap()));
        let arrived = most.min(self.delayed.len());
        for _ in 0..arrived {
            let message = self.delayed.remove(0);
            match self.replica.receive(message) {
                Need::Nothing => {}
                Need::Snapshot => {
                    let Ok(snapshot) = rooms.snapshot(project).await else { return self.disconnect() };
                    self.replica.load(&snapshot.gzip).expect("a snapshot can be read");
                    self.ready = true;
                    let hello = self.replica.hello();
                    self.send(&hello).await;
                    self.ready = false;
                    return;
                }
                Need::SendPending => {
                    self.ready = true;
                    for edit in self.replica.pending.clone() {
                        self.send(&ClientMessage::Edit(edit)).await;
                    }
                }
            }
        }
    }
}

/// Some operation on one of a few shapes; some are refused.
pub fn operation(random: &mut StdRng) -> Operation {
    let id = format!("shape-{}", random.random_range(0..12));
    let number = random.random_range(0..200);
    let value = match random.random_range(0..10) {
        0..3 => {
            json!({"put": {"id": id, "type": "basic/star", "index": "V", "x": number, "y": 0, "width": 50, "height": 50, "props": {}}})
        }
        3 => json!({"delete": id}),
        4..7 => json!({"patch": {"id": id, "x": number}}),
        // Some of these are beyond what the shape type takes and come back in normal form.
        7 => json!({"patch": {"id": id, "props": {"points": number}}}),
        8 => json!({"patch": {"id": id, "width": number, "props": {"fill": "#ff0000"}}}),
        // Refused: locks, and a prop of a wrong type.
        _ => json!({"patch": {"id": id, "props": {"points": {"not": "a number"}}}}),
    };
    serde_json::from_str(&value.to_string()).unwrap()
}

/// Everybody comes back and hears everything.
pub async fn settle(rooms: &Arc<Rooms>, project: &ProjectId, browsers: &mut [Browser]) {
    for browser in browsers.iter_mut() {
        if !browser.is_connected() {
            browser.connect(rooms, project).await;
        }
        while !browser.is_settled() {
            browser.read(rooms, project, usize::MAX, true).await;
            if !browser.is_connected() {
                browser.connect(rooms, project).await;
            }
        }
    }
    let last = browsers.iter().map(|browser| browser.replica.document.seq()).max().unwrap();
    for browser in browsers {
        while browser.replica.document.seq() < last {
            browser.read(rooms, project, usize::MAX, true).await;
        }
    }
}
