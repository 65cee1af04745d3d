use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ClientId, Patch, Shape, ShapeId, UserId};

/// Most operations in one transaction.
pub const MAX_OPERATIONS: usize = 10_000;

/// Largest transaction, in bytes of its JSON text.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// A sequence number: a transaction's place in its project's total order, from 1.
pub type Seq = u64;

/// How often a project's order has begun anew: it grows when accepted transactions may have been lost.
pub type Epoch = u64;

/// One change to the canvas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Creates the shape, or replaces it as a whole.
    Put(Shape),
    /// Sets some fields. A patch of a shape that does not exist does nothing.
    Patch(Patch),
    /// Removes the shape. Removing one that does not exist does nothing.
    Delete(ShapeId),
}

impl Operation {
    /// The shape that it is about.
    pub fn id(&self) -> &ShapeId {
        match self {
            Self::Put(shape) => &shape.id,
            Self::Patch(patch) => &patch.id,
            Self::Delete(id) => id,
        }
    }
}

/// Whose transactions are numbered one after the other: a client belongs to its user, so that nobody can use up
/// somebody else's numbers (A3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outbox {
    /// The author.
    pub user: UserId,
    /// The client, as the browser names it.
    pub client: ClientId,
}

/// Largest number of a transaction: what JavaScript and SQLite can both count to.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A transaction with its place in the order: operations applied all or none, from one author.
///
/// `user`, `client` and `number` together are its id: a client numbers its transactions from 1 without gaps, so that
/// "seen before" is one comparison and what the host has to remember is one number per client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Sequenced {
    /// Its sequence number.
    #[ts(type = "number")]
    pub seq: Seq,
    /// The outbox that it came from.
    pub client: ClientId,
    /// Its place among that client's transactions, from 1.
    #[ts(type = "number")]
    pub number: u64,
    /// Its author, stamped by the server (A3).
    pub user: UserId,
    /// What it does.
    pub operations: Vec<Operation>,
}

impl Sequenced {
    /// The outbox that it came from.
    pub fn outbox(&self) -> Outbox {
        Outbox { user: self.user.clone(), client: self.client.clone() }
    }
}
