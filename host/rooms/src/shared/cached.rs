//! The snapshot of a canvas that the hot tier keeps for whoever opens it next.

use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use collabcanvas_canvas::{ClientId, Document, Outbox, ProjectId, Seq, Shape, ShapeId, UserId};
use collabcanvas_storage::{HotPlace, HotTier};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::load::Opened;
use crate::protocol::Place;
use crate::snapshot::{self, Snapshot, SnapshotSource};

/// What hosts have to know besides the snapshot as browsers load it, which is kept as it is: whoever opens the canvas next
/// need not make it again. Both are JSON compressed with gzip; the length of the first, in four bytes with the lowest
/// first, comes before both. What an earlier or later version of the host cannot read it opens from the store.
#[derive(Serialize, Deserialize)]
struct Beside {
    /// The last checkpoint that the store is known to have.
    checkpoint: Seq,
    /// Deletions up to here may have been forgotten.
    remembers: Seq,
    /// When each shape has changed, in the snapshot's order.
    changed: Vec<Seq>,
    deleted: Vec<(Seq, ShapeId)>,
    clients: Vec<(UserId, ClientId, u64, Seq)>,
}

/// The snapshot as browsers load it.
#[derive(Deserialize)]
struct Loaded {
    place: Place,
    shapes: Vec<Shape>,
}

/// Bytes of the length.
const LENGTH: usize = 4;

/// What a snapshot is made of.
pub(super) struct CacheSource {
    place: Place,
    shapes: Vec<(Seq, Arc<Shape>)>,
    beside: Beside,
}

impl CacheSource {
    /// Of a canvas; none when it holds records that only the store can keep (S2).
    pub fn of(document: &Document, checkpoint: Seq) -> Option<Self> {
        if !document.set_aside().is_empty() {
            return None;
        }
        let client =
            |(Outbox { user, client }, number, seq): (&Outbox, _, _)| (user.clone(), client.clone(), number, seq);
        let beside = Beside {
            checkpoint,
            remembers: document.remembers_since(),
            changed: Vec::new(),
            deleted: document.deletions().map(|(id, deleted)| (deleted, id.clone())).collect(),
            clients: document.clients().map(client).collect(),
        };
        let shapes = document.placed().map(|(shape, changed)| (changed, shape.clone())).collect();
        Some(Self { place: Place { epoch: document.epoch(), seq: document.seq() }, shapes, beside })
    }

    /// Serialises and compresses; not for a thread that others wait for.
    pub fn build(self) -> Bytes {
        let Self { place, mut shapes, mut beside } = self;
        snapshot::sort_by(&mut shapes, |(_, shape)| shape);
        let shapes = shapes.into_iter().map(|(changed, shape)| {
            beside.changed.push(changed);
            shape
        });
        let snapshot = SnapshotSource { place, shapes: shapes.collect() }.build().gzip;
        let mut kept = Vec::with_capacity(LENGTH + snapshot.len() * 2);
        // A snapshot of 4 GiB would be none that a browser could load.
        kept.extend(u32::try_from(snapshot.len()).unwrap_or(u32::MAX).to_le_bytes());
        kept.extend_from_slice(&snapshot);
        let mut encoder = GzEncoder::new(kept, Compression::fast());
        serde_json::to_writer(std::io::BufWriter::new(&mut encoder), &beside)
            .map_err(std::io::Error::from)
            .and_then(|()| encoder.finish())
            .expect("writing to memory cannot fail")
            .into()
    }
}

/// Keeps a snapshot. One that cannot be kept is not missed: the store has everything.
pub(super) async fn keep(tier: Arc<dyn HotTier>, project: ProjectId, place: HotPlace, source: Option<CacheSource>) {
    if let Some(source) = source
        && let Ok(snapshot) = tokio::task::spawn_blocking(|| source.build()).await
        && let Err(error) = tier.keep_snapshot(&project, place, snapshot).await
    {
        tracing::debug!(%project, %error, "the snapshot could not be cached");
    }
}

/// Reads a snapshot; also as browsers load it. Some milliseconds for every thousand shapes.
pub(super) fn read(kept: &Bytes) -> Result<(Opened, Snapshot), String> {
    let length = kept.first_chunk::<LENGTH>().map(|length| u32::from_le_bytes(*length) as usize);
    let end = length.map(|length| LENGTH + length).filter(|end| *end <= kept.len());
    let end = end.ok_or("it is shorter than it says")?;
    let gzip = kept.slice(LENGTH..end);
    let Loaded { place, shapes } = unzipped(&gzip)?;
    let beside: Beside = unzipped(&kept[end..])?;
    if beside.changed.len() != shapes.len() {
        return Err(format!("it has {} shapes and {} places of them", shapes.len(), beside.changed.len()));
    }
    let mut document = Document::at(place.epoch, beside.remembers);
    let mut changed = Vec::new();
    for (shape, seq) in shapes.into_iter().zip(beside.changed) {
        changed.extend((seq > beside.checkpoint).then(|| shape.id.clone()));
        document.load_shape(shape, seq);
    }
    for (seq, id) in beside.deleted {
        changed.extend((seq > beside.checkpoint).then(|| id.clone()));
        document.load_deleted(id, seq);
    }
    for (user, client, number, seq) in beside.clients {
        document.remember_client(Outbox { user, client }, number, seq);
    }
    document.skip_to(place.seq);
    let opened = Opened {
        document,
        fence: None,
        durable: 0,
        changed,
        checkpoint: beside.checkpoint,
        undurable: Vec::new(),
        journal_bytes: 0,
        unreadable_lines: 0,
    };
    Ok((opened, Snapshot { place, gzip }))
}

fn unzipped<T: DeserializeOwned>(gzip: &[u8]) -> Result<T, String> {
    let mut json = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut json).map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use collabcanvas_canvas::{Operation, Sequenced};

    use super::*;

    #[test]
    fn a_canvas_comes_back_as_it_was_with_what_a_checkpoint_has_yet_to_write() {
        let operation = |json: &str| -> Operation { serde_json::from_str(json).unwrap() };
        let put = |id: &str| {
            let json = r#"{"put":{"id":"ID","type":"basic/star","index":"V","x":1,"y":2,"width":9,"height":9,"props":{"points":5}}}"#;
            operation(&json.replace("ID", id))
        };
        let mut document = Document::at(3, 10);
        let steps = [put("a"), put("b"), operation(r#"{"delete":"a"}"#), operation(r#"{"patch":{"id":"b","x":7}}"#)];
        for (number, step) in (1..).zip(steps) {
            let (client, user) = (ClientId::parse("tab").unwrap(), UserId::parse("ada").unwrap());
            document.apply(&Sequenced { seq: 10 + number, client, number, user, operations: vec![step] });
        }
        let (opened, snapshot) = read(&CacheSource::of(&document, 13).unwrap().build()).unwrap();
        let shapes = document.placed().map(|(shape, _)| shape.clone()).collect();
        assert_eq!(snapshot.gzip, SnapshotSource { place: snapshot.place, shapes }.build().gzip, "as browsers load it");
        let again = opened.document;
        assert_eq!((again.epoch(), again.seq(), again.len()), (3, 14, 1));
        assert_eq!(again.changes_since(10), document.changes_since(10));
        assert_eq!(again.clients().collect::<Vec<_>>(), document.clients().collect::<Vec<_>>());
        assert_eq!(opened.changed, [ShapeId::parse("b").unwrap()]);
        assert!(read(&Bytes::from_static(b"no gzip")).is_err());
        assert!(read(&Bytes::from_static(b"")).is_err());
    }
}
