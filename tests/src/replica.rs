//! A browser's side of the protocol, in Rust: a confirmed document, an outbox, and what the room has said of it.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use collabcanvas_canvas::{ClientId, Document, Operation, Seq, Shape};
use collabcanvas_rooms::protocol::{ClientMessage, Edit, Hello, PROTOCOL, Place, ServerMessage};
use serde::Deserialize;

/// What a browser holds of a canvas, and what it has done to it.
pub struct Replica {
    /// The canvas as the room has confirmed it.
    pub document: Document,
    /// Its outbox.
    pub client: ClientId,
    /// Sent or to be sent, with no place in the order yet.
    pub pending: VecDeque<Edit>,
    /// In the order, but not known to be durable: sent again when the order begins anew.
    pub accepted: VecDeque<(Seq, Edit)>,
    /// Numbers of edits that were shown as saved (D1).
    pub saved: Vec<u64>,
    /// Numbers of edits that were refused.
    pub refused: Vec<u64>,
    /// Everything up to here is durable in this epoch, as far as it has heard.
    durable: Seq,
    next_number: u64,
    loaded: bool,
}

/// What the replica needs next.
#[derive(Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// Load the snapshot, then say `hello` again.
    Snapshot,
    /// It has caught up and may send what is pending.
    SendPending,
}

#[derive(Deserialize)]
struct SnapshotBody {
    place: Place,
    shapes: Vec<Shape>,
}

impl Replica {
    /// A browser that knows nothing yet.
    pub fn new(client: &str) -> Self {
        Self {
            document: Document::default(),
            client: ClientId::parse(client).expect("a well-formed client id"),
            pending: VecDeque::new(),
            accepted: VecDeque::new(),
            saved: Vec::new(),
            refused: Vec::new(),
            durable: 0,
            next_number: 1,
            loaded: false,
        }
    }

    /// Whether it needs a snapshot before it can say `hello`.
    pub fn needs_snapshot(&self) -> bool {
        !self.loaded
    }

    /// Takes in a snapshot (gzip).
    pub fn load(&mut self, gzip: &[u8]) -> anyhow::Result<()> {
        let mut json = String::new();
        flate2::read::GzDecoder::new(gzip).read_to_string(&mut json)?;
        let body: SnapshotBody = serde_json::from_str(&json)?;
        if body.place.epoch != self.document.epoch() {
            self.forget_epoch();
        }
        self.document = Document::at(body.place.epoch, body.place.seq);
        for shape in body.shapes {
            self.document.load_shape(shape, body.place.seq);
        }
        self.loaded = true;
        Ok(())
    }

    /// The order has begun anew: what is not durable is pending again.
    fn forget_epoch(&mut self) {
        self.durable = 0;
        while let Some((_, edit)) = self.accepted.pop_back() {
            self.pending.push_front(edit);
        }
    }

    /// Up to where it knows the canvas.
    pub fn place(&self) -> Place {
        Place { epoch: self.document.epoch(), seq: self.document.seq() }
    }

    /// The first message of a socket.
    pub fn hello(&self) -> ClientMessage {
        let known = self.loaded.then(|| self.place());
        ClientMessage::Hello(Hello { protocol: PROTOCOL, known, clients: vec![self.client.clone()] })
    }

    /// Makes an edit; it stays pending until it has its place in the order.
    pub fn edit(&mut self, operations: Vec<Operation>) -> ClientMessage {
        let edit = Edit { client: self.client.clone(), number: self.next_number, operations };
        self.next_number += 1;
        self.pending.push_back(edit.clone());
        ClientMessage::Edit(edit)
    }

    /// How many edits it has made.
    pub fn made(&self) -> u64 {
        self.next_number - 1
    }

    /// Takes in what the room says.
    pub fn receive(&mut self, message: ServerMessage) -> Need {
        match message {
            ServerMessage::Welcome(welcome) => {
                if welcome.place.epoch != self.document.epoch() {
                    return Need::Nothing;
                }
                self.take_back_after(welcome.numbers[0]);
                self.known_up_to(welcome.numbers[0], welcome.place.seq);
                self.durable_up_to(welcome.durable);
                let caught_up = welcome.place.seq == self.document.seq();
                if caught_up { Need::SendPending } else { Need::Nothing }
            }
            ServerMessage::Changes(changes) => {
                let seq = changes.place.seq;
                let mut document = Document::at(changes.place.epoch, seq);
                for shape in self.document.shapes().filter(|shape| !changes.deleted.contains(&shape.id)) {
                    document.load_shape((**shape).clone(), seq);
                }
                for shape in changes.shapes {
                    document.load_shape((*shape).clone(), seq);
                }
                self.document = document;
                self.durable_up_to(changes.durable);
                Need::SendPending
            }
            ServerMessage::Resync(_) => {
                self.loaded = false;
                Need::Snapshot
            }
            ServerMessage::Tick(tick) => {
                for transaction in tick.transactions {
                    assert!(
                        transaction.seq <= self.document.seq() + 1,
                        "a gap: {} after {}",
                        transaction.seq,
                        self.document.seq()
                    );
                    if transaction.client == self.client {
                        self.known_up_to(transaction.number, transaction.seq);
                    }
                    self.document.apply(&transaction);
                }
                if let Some(durable) = tick.durable {
                    self.durable_up_to(durable);
                }
                Need::Nothing
            }
            ServerMessage::Known(known) => {
                self.known_up_to(known.number, known.seq);
                Need::Nothing
            }
            ServerMessage::Refused(refused) => {
                let before = self.pending.len();
                self.pending.retain(|edit| edit.number != refused.number);
                assert!(
                    self.pending.len() < before,
                    "edit {} was refused and had been answered before",
                    refused.number
                );
                self.refused.push(refused.number);
                Need::Nothing
            }
            ServerMessage::Role(_)
            | ServerMessage::Plugins(_)
            | ServerMessage::Stalled(_)
            | ServerMessage::Closing(_) => Need::Nothing,
        }
    }

    /// This host does not know these yet, though another did: they are sent again, so that it never gives a later one
    /// a place before them.
    fn take_back_after(&mut self, number: u64) {
        while self.accepted.back().is_some_and(|(_, edit)| edit.number > number) {
            if let Some((_, edit)) = self.accepted.pop_back() {
                self.pending.push_front(edit);
            }
        }
    }

    fn known_up_to(&mut self, number: u64, seq: Seq) {
        while self.pending.front().is_some_and(|edit| edit.number <= number) {
            if let Some(edit) = self.pending.pop_front() {
                self.accepted.push_back((seq, edit));
            }
        }
        // It may have become durable before this browser heard that it was accepted.
        self.durable_up_to(self.durable);
    }

    fn durable_up_to(&mut self, durable: Seq) {
        self.durable = self.durable.max(durable);
        while self.accepted.front().is_some_and(|(seq, _)| *seq <= self.durable) {
            if let Some((_, edit)) = self.accepted.pop_front() {
                self.saved.push(edit.number);
            }
        }
    }

    /// The confirmed shapes, back to front.
    pub fn shapes(&self) -> Vec<Arc<Shape>> {
        self.document.query(&collabcanvas_canvas::Query::default(), None, usize::MAX)
    }

    /// The confirmed shapes as JSON, back to front: what replicas are compared by.
    pub fn contents(&self) -> Vec<String> {
        self.shapes().iter().map(|shape| serde_json::to_string(shape).expect("shapes serialise")).collect()
    }
}
