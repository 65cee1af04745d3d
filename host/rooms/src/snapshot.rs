//! The snapshot that a browser loads over HTTP: made off the room's path, kept as long as the room can say what has
//! changed since.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use collabcanvas_canvas::Shape;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::protocol::Place;

/// A whole canvas at one place in its order.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Where.
    pub place: Place,
    /// `{"place": …, "shapes": […]}` as JSON, compressed with gzip.
    pub gzip: Bytes,
}

/// What a snapshot is made of.
pub(crate) struct SnapshotSource {
    pub place: Place,
    pub shapes: Vec<Arc<Shape>>,
}

#[derive(Serialize)]
struct SnapshotBody<'a> {
    place: Place,
    shapes: &'a [Arc<Shape>],
}

/// Sorts into the order in which shapes are written: neighbours in the stacking order are often made together and look
/// alike, which compresses well.
pub(crate) fn sort_by<T>(all: &mut [T], shape: impl Fn(&T) -> &Arc<Shape>) {
    all.sort_unstable_by(|a, b| {
        let (a, b) = (shape(a), shape(b));
        (&a.index, &a.id).cmp(&(&b.index, &b.id))
    });
}

impl SnapshotSource {
    /// Serialises and compresses. 10,000 shapes take tens of milliseconds: not for a thread that others wait for.
    pub fn build(mut self) -> Snapshot {
        sort_by(&mut self.shapes, |shape| shape);
        let body = SnapshotBody { place: self.place, shapes: &self.shapes };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(2));
        let written = serde_json::to_writer(std::io::BufWriter::new(&mut encoder), &body).map_err(std::io::Error::from);
        let mut gzip = written
            .and_then(|()| encoder.flush())
            .and_then(|()| encoder.finish())
            .expect("writing to memory cannot fail");
        // It stays as long as the room is open.
        gzip.shrink_to_fit();
        Snapshot { place: self.place, gzip: gzip.into() }
    }
}
