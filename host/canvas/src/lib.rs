//! The document: shapes, operations and how they apply. Pure: no I/O, no clock, no randomness.
//!
//! A transaction enters as a [`Draft`]: its operations are checked against a [`Document`] and folded to one
//! change per shape, so that whoever validates props sees each shape once, as it would become. What comes out
//! is the transaction's normal form, which gets a place in the order ([`Sequenced`]) and is applied by every
//! host and browser alike: [`Document::apply`] depends on nothing but the document and the journal (S1).
//!
//! ```
//! use collabcanvas_canvas::*;
//! let shape: Shape = serde_json::from_str(
//!     r#"{"id":"a","type":"basic/star","index":"V","x":0,"y":0,"width":90,"height":90,"props":{"points":5}}"#,
//! ).unwrap();
//! let mut document = Document::default();
//! document.apply(&Sequenced {
//!     seq: 1, client: ClientId::parse("tab").unwrap(), number: 1, user: UserId::parse("ada").unwrap(),
//!     operations: vec![Operation::Put(shape)],
//! });
//! assert_eq!(document.get(&ShapeId::parse("a").unwrap()).unwrap().width, 90.0);
//! ```

mod ahead;
mod document;
mod draft;
mod id;
mod order_key;
mod problem;
mod props;
mod query;
mod shape;
mod shapes;
mod spread;
mod transaction;

pub use ahead::Ahead;
pub use document::{Changes, Document, MAX_SHAPES, SetAside, UNREADABLE_TYPE};
pub use draft::{Draft, Drafted};
pub use id::{ClientId, MAX_ID_BYTES, ProjectId, ShapeId, ShapeType, UserId};
pub use order_key::{MAX_KEY_BYTES, OrderKey};
pub use problem::Problem;
pub use props::Props;
pub use query::{Pose, Query, Rect};
pub use shape::{MAX_COORDINATE, MAX_SHAPE_BYTES, Patch, Shape};
pub use transaction::{Epoch, MAX_NUMBER, MAX_OPERATIONS, MAX_TRANSACTION_BYTES, Operation, Outbox, Seq, Sequenced};
