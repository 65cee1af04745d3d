//! The life of a room: sessions, ticks, and the saver that asks the save strategy.
//!
//! A socket holds the two ends of a session. What the browser says goes through its [`Inlet`] (parsed there, off the
//! room's path) into the room's inbox. The room is one task: once a tick it takes all waiting edits, checks each
//! against the document (gate, form, limits, locks, the shape types' `validate`), gives it its sequence number and
//! applies it. Then it writes one frame, the same bytes for everybody, into the feed, a bounded ring, from which each
//! session's [`Outlet`] takes at its own speed: a slow one falls out of the ring and is told what changed instead of
//! what happened (S3). Meanwhile the saver asks the project's save strategy when to append to the durable journal
//! and when to checkpoint, and overrules it where it would break a promise (D5).
//!
//! [`Rooms`] opens a project's room when somebody enters and knows which are open. [`protocol`] is what goes over
//! the wire. [`simulator`] plays a recorded session to a room, to tell what a save strategy costs and risks.

mod applied_keys;
mod catalog;
mod edits;
mod error;
mod feed;
mod limits;
mod load;
mod metrics;
mod outgoing;
mod pace;
mod pending;
mod plugin_outbox;
pub mod protocol;
mod room;
mod rooms;
mod saver;
mod services;
mod session;
mod sessions;
mod shape_types;
mod shared;
pub mod simulator;
mod snapshot;
mod ticking;
mod upgrade;
mod versions;

pub use catalog::{Catalog, PluginSource};
pub use error::RoomError;
pub use limits::RoomLimits;
pub use metrics::{APPEND_BOUNDS_MS, Count, Metrics, Times};
pub use rooms::{Rooms, Stores};
pub use session::{Inlet, Outlet};
pub use sessions::Member;
pub use snapshot::Snapshot;
