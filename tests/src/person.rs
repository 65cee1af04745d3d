//! Somebody on a canvas who does one thing at a time and waits for the answer.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Context;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ClientId, Problem, ProjectId, Seq};
use collabcanvas_rooms::protocol::{Hello, PROTOCOL, Place, Presence, ServerMessage, Welcome};
use collabcanvas_rooms::{Inlet, Outlet};
use serde_json::{Value, json};

use crate::server::ServerProcess;
use crate::socket::Socket;
use crate::world::World;

/// How long an answer may take before it counts as never coming. No measure of speed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A person with an open session.
pub struct Person {
    line: Line,
    /// What the room answered to `hello`.
    pub welcome: Welcome,
    /// The outbox that edits come from.
    pub client: ClientId,
    /// The number of the last edit.
    pub number: u64,
    /// Everything that came while an answer was waited for, oldest first.
    pub heard: Vec<ServerMessage>,
}

/// How a person reaches the room.
enum Line {
    Room(Inlet, Outlet, VecDeque<ServerMessage>),
    Socket(Box<Socket>),
}

impl Line {
    async fn send(&mut self, text: String) -> anyhow::Result<()> {
        match self {
            Self::Room(inlet, ..) => {
                inlet.receive(&text).await.map_err(|closing| anyhow::anyhow!("{}: {}", closing.code, closing.message))
            }
            Self::Socket(socket) => socket.send_text(text).await,
        }
    }

    async fn next(&mut self) -> anyhow::Result<ServerMessage> {
        match self {
            Self::Room(_, outlet, arrived) => {
                while arrived.is_empty() {
                    let mut frames = Vec::new();
                    let told = outlet.next(&mut frames).await;
                    told.map_err(|closing| anyhow::anyhow!("{}: {}", closing.code, closing.message))?;
                    for frame in &frames {
                        arrived.push_back(serde_json::from_slice(frame)?);
                    }
                }
                arrived.pop_front().context("something has arrived")
            }
            Self::Socket(socket) => socket.next().await,
        }
    }
}

impl Person {
    /// Enters a room in this process, as a user of this name.
    pub async fn enter(world: &World, project: &ProjectId, name: &str, role: Role) -> anyhow::Result<Self> {
        let known = world.rooms.snapshot(project).await?.place;
        let (inlet, outlet) = world.rooms.join(project, world.member(name, role)).await?;
        Self::greet(Line::Room(inlet, outlet, VecDeque::new()), known, &[name]).await
    }

    /// Opens the canvas of a server in another process, holding these outboxes: the own one, then those of closed tabs.
    pub async fn connect(
        server: &ServerProcess,
        project: &str,
        cookie: &str,
        outboxes: &[&str],
    ) -> anyhow::Result<Self> {
        let known = server.snapshot(project, cookie).await?.place();
        let socket = Socket::open(&server.url, project, cookie).await?;
        Self::greet(Line::Socket(Box::new(socket)), known, outboxes).await
    }

    async fn greet(mut line: Line, known: Place, outboxes: &[&str]) -> anyhow::Result<Self> {
        let clients = outboxes.iter().map(|outbox| ClientId::parse(outbox)).collect::<Result<Vec<_>, _>>();
        let clients = clients.map_err(anyhow::Error::new)?;
        let client = clients.first().context("an outbox of one's own")?.clone();
        let hello = Hello { protocol: PROTOCOL, known: Some(known), clients };
        line.send(json!({ "hello": hello }).to_string()).await?;
        match tokio::time::timeout(PATIENCE, line.next()).await.context("no welcome came")?? {
            ServerMessage::Welcome(welcome) => {
                let number = welcome.numbers[0];
                Ok(Self { line, welcome, client, number, heard: Vec::new() })
            }
            other => anyhow::bail!("hello was answered by {other:?}"),
        }
    }

    /// Sends an edit without waiting for the answer; gives its number.
    pub async fn send(&mut self, operations: Value) -> anyhow::Result<u64> {
        self.number += 1;
        self.send_as(self.number, &operations).await?;
        Ok(self.number)
    }

    /// Sends an edit under a number of one's choice.
    pub async fn send_as(&mut self, number: u64, operations: &Value) -> anyhow::Result<()> {
        let edit = json!({"edit": {"client": self.client, "number": number, "operations": operations}});
        self.line.send(edit.to_string()).await
    }

    /// Shows something to the others.
    pub async fn show(&mut self, presence: &Presence) -> anyhow::Result<()> {
        self.line.send(json!({ "presence": presence }).to_string()).await
    }

    /// Sends any text.
    pub async fn say(&mut self, text: String) -> anyhow::Result<()> {
        self.line.send(text).await
    }

    /// Edits, and waits until that is accepted or refused.
    pub async fn edit(&mut self, operations: Value) -> Result<Seq, Problem> {
        let number = self.send(operations).await.expect("the room takes messages");
        self.answer(number).await
    }

    /// Waits until the edit of this number is accepted or refused.
    pub async fn answer(&mut self, number: u64) -> Result<Seq, Problem> {
        loop {
            if let Some(seq) = self.accepted(number) {
                return Ok(seq);
            }
            match self.next().await {
                ServerMessage::Refused(refused) if refused.number == number => return Err(refused.problem),
                ServerMessage::Closing(closing) => panic!("closed while edit {number} was under way: {closing:?}"),
                other => self.heard.push(other),
            }
        }
    }

    /// Where in the order an edit of this outbox is, as far as this has been heard.
    fn accepted(&self, number: u64) -> Option<Seq> {
        // The last tick is where it is nearly always.
        let ticks = self.heard.iter().rev().filter_map(|message| match message {
            ServerMessage::Tick(tick) => Some(tick),
            _ => None,
        });
        let mut edits = ticks.flat_map(|tick| &tick.transactions);
        edits.find(|edit| edit.client == self.client && edit.number == number).map(|edit| edit.seq)
    }

    /// Waits until everything up to this place is durable.
    pub async fn saved(&mut self, seq: Seq) {
        let durable = |message: &ServerMessage| match message {
            ServerMessage::Tick(tick) => tick.durable.is_some_and(|durable| durable >= seq),
            _ => false,
        };
        while !self.heard.iter().any(durable) {
            let message = self.next().await;
            self.heard.push(message);
        }
    }

    /// The next message.
    pub async fn next(&mut self) -> ServerMessage {
        self.try_next().await.expect("the session goes on")
    }

    /// The next message, or how the session ended.
    pub async fn try_next(&mut self) -> anyhow::Result<ServerMessage> {
        tokio::time::timeout(PATIENCE, self.line.next()).await.context("nothing came: somebody hangs")?
    }
}

/// A shape to draw.
pub fn shape(id: &str, shape_type: &str, props: Value) -> Value {
    json!({"put": {"id": id, "type": shape_type, "index": "V", "x": 0, "y": 0, "width": 60, "height": 40, "props": props}})
}
