//! The wire: what browsers and rooms say to each other on `/api/projects/{id}/live`.
//!
//! JSON text frames. The first frame of a socket is `hello`; the room answers `welcome`, then what the browser lacks
//! (`changes`, or `resync` when it has to load the snapshot again), then one `tick` per tick in which something
//! happened. The TypeScript of these types is generated to `web/src/sync/protocol.ts`.

use std::sync::Arc;

use collabcanvas_access::Role;
use collabcanvas_canvas::{ClientId, Epoch, Operation, Problem, Seq, Sequenced, Shape, ShapeId, UserId};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use ts_rs::TS;

/// Version of this protocol; a room refuses any other with the close reason `protocol-version`.
pub const PROTOCOL: u32 = 1;

/// What a browser sends.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// The first message, and the answer to a `resync`.
    Hello(Hello),
    /// A transaction. Answered by its place in a `tick`, by `known`, or by `refused`.
    Edit(Edit),
    /// What the session shows of itself; replaces what it showed before.
    Presence(Presence),
}

/// The first message of a socket.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The protocol version that the browser speaks: 1.
    pub protocol: u32,
    /// The place in the order up to which the browser knows the canvas, usually from the snapshot; none: nothing.
    #[serde(default)]
    #[ts(optional)]
    pub known: Option<Place>,
    /// The outboxes that this browser holds: its own first, then those of closed tabs. The answer names the last
    /// number of each.
    #[serde(default)]
    pub clients: Vec<ClientId>,
}

/// A place in a project's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct Place {
    /// The epoch.
    #[ts(type = "number")]
    pub epoch: Epoch,
    /// The sequence number.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// A transaction as a browser sends it. Who it is from is the server's to say (A3).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The outbox that it comes from.
    pub client: ClientId,
    /// Its number in that outbox: one more than the one before.
    #[ts(type = "number")]
    pub number: u64,
    /// What it does, all or none.
    pub operations: Vec<Operation>,
}

/// What a session shows of itself. Coordinates are the canvas's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Where the pointer is; none: not on the canvas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<[f64; 2]>,
    /// The ids of the selected shapes, at most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<ShapeId>>", optional)]
    pub selection: Vec<ShapeId>,
    /// x, y, width and height of what is on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub viewport: Option<[f64; 4]>,
}

/// What a room sends.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`.
    Welcome(Welcome),
    /// What has changed since the place that `hello` named. The browser is then at `place`.
    Changes(Changes),
    /// The browser has to load the snapshot again and say `hello` from it on the same socket.
    Resync(Resync),
    /// What happened in a tick; the same bytes for every session.
    Tick(Tick),
    /// These transactions had their place in the order before: nothing happened.
    Known(Known),
    /// A transaction was refused as a whole: the browser takes it back and says why.
    Refused(Refused),
    /// The session's role has changed (A2); none: it is no member any more, and the socket closes.
    Role(RoleChange),
    /// The project's plugins have changed: load the list again.
    Plugins(PluginsChange),
    /// Edits wait, or no longer do, because the order that hosts share cannot be reached. None is lost.
    Stalled(Stalled),
    /// The room ends this session; the socket closes after it.
    Closing(Closing),
}

/// The answer to `hello`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Welcome {
    /// The session's id, unique in the project.
    #[ts(type = "string")]
    pub session: SmolStr,
    /// Who the server takes the session for.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Where the order is.
    pub place: Place,
    /// Everything up to this sequence number is durable.
    #[ts(type = "number")]
    pub durable: Seq,
    /// The number of the last transaction in the order of each client that `hello` named, in its order; 0: none.
    #[ts(type = "Array<number>")]
    pub numbers: Vec<u64>,
    /// Everybody who is here, this session too.
    pub sessions: Vec<SessionInfo>,
}

/// A session as others see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SessionInfo {
    /// Its id.
    #[ts(type = "string")]
    pub session: SmolStr,
    /// Whose it is.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Hue of their colour, 0 to 359 degrees.
    pub hue: u16,
    /// What it shows.
    #[serde(flatten)]
    pub presence: Presence,
}

/// A jump to a later place.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Changes {
    /// Where the browser is once it has applied this.
    pub place: Place,
    /// Shapes as they are now.
    #[ts(as = "Vec<Shape>")]
    pub shapes: Vec<Arc<Shape>>,
    /// Shapes that are gone.
    pub deleted: Vec<ShapeId>,
    /// Everything up to this sequence number is durable.
    #[ts(type = "number")]
    pub durable: Seq,
    /// Everybody who is here, in place of whom the browser knew.
    pub sessions: Vec<SessionInfo>,
}

/// Why the snapshot has to be loaded again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Resync {
    /// Where the order is.
    pub place: Place,
    /// `epoch`: the order has begun anew; `behind`: too far behind to be told what changed.
    #[ts(type = "string")]
    pub reason: SmolStr,
}

/// One tick. Absent parts are empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct Tick {
    /// Transactions, in order, without gaps to the tick before. A session finds its own here too: they are accepted.
    #[serde(default)]
    #[ts(as = "Option<Vec<Sequenced>>", optional)]
    pub transactions: Vec<Sequenced>,
    /// Everything up to this sequence number is durable.
    #[serde(default)]
    #[ts(type = "number", optional)]
    pub durable: Option<Seq>,
    /// What sessions show, each replacing what it showed before; a session that is new is among them.
    #[serde(default)]
    #[ts(as = "Option<Vec<SessionInfo>>", optional)]
    pub presence: Vec<SessionInfo>,
    /// Sessions that are gone.
    #[serde(default)]
    #[ts(type = "Array<string>", optional)]
    pub left: Vec<SmolStr>,
}

/// A client's transactions up to a number have had their place before.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Known {
    /// The client.
    pub client: ClientId,
    /// The number of its last transaction in the order.
    #[ts(type = "number")]
    pub number: u64,
    /// The transaction counts as durable once this sequence number is.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// Why a transaction was refused.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Refused {
    /// The client.
    pub client: ClientId,
    /// The transaction's number. The client's next transaction may have any higher number.
    #[ts(type = "number")]
    pub number: u64,
    /// The reason. Its path starts with the place of the operation: `/0/props/points`.
    pub problem: Problem,
}

/// A new role.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RoleChange {
    /// The role; none: no member any more.
    pub role: Option<Role>,
}

/// A change of the project's plugins.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PluginsChange {
    /// Why, for people.
    pub reason: String,
}

/// Whether edits wait.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct Stalled {
    /// Whether they do.
    pub stalled: bool,
}

/// Why a session ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Closing {
    /// For programs, for example `rate-limit`, `bad-frame`, `room-full`, `shutdown`.
    #[ts(type = "string")]
    pub code: SmolStr,
    /// For people: what was found, what was expected, what to do.
    pub message: String,
    /// Whether connecting again makes sense.
    pub reconnect: bool,
}
