//! What a person writes down, and all that the checker knows of them.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use collabcanvas_canvas::{Epoch, Seq};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of a diary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The edit of this number was made.
    Made(u64),
    /// These transactions have these places: the sequence number, the client, its number.
    Ordered {
        /// The order's epoch.
        epoch: Epoch,
        /// In order.
        transactions: Vec<(Seq, String, u64)>,
    },
    /// The server says that the person's edits up to this number are in the order, at this place or before.
    Known {
        /// The last of them.
        number: u64,
        /// The order's epoch.
        epoch: Epoch,
        /// The place.
        seq: Seq,
    },
    /// The edit of this number was shown as saved.
    Durable(u64),
    /// The edit of this number was refused.
    Refused {
        /// The number.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The person went to this host.
    Visits {
        /// Its address.
        host: String,
        /// Milliseconds since the run began.
        at_ms: u64,
    },
    /// The visit ended, for this reason.
    Leaves {
        /// Why.
        reason: String,
        /// Milliseconds since the run began.
        at_ms: u64,
    },
    /// The person's browser is lost, and everything in it.
    Lost,
    /// What the person sees in the end.
    Sees {
        /// The order's epoch.
        epoch: Epoch,
        /// The last transaction.
        seq: Seq,
        /// The shapes, back to front.
        shapes: Vec<Value>,
    },
}

/// A diary that is being written.
pub struct Diary(BufWriter<File>);

impl Diary {
    /// A new one.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        Ok(Self(BufWriter::new(File::create(path)?)))
    }

    /// Adds a line.
    pub fn write(&mut self, line: &Line) {
        serde_json::to_writer(&mut self.0, line).expect("a line of a diary can be written");
        self.0.write_all(b"\n").expect("a line of a diary can be written");
    }

    /// Closes it.
    pub fn close(mut self) {
        self.0.flush().expect("a diary can be closed");
    }
}

/// Reads a diary.
pub fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    BufReader::new(File::open(path)?).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}
