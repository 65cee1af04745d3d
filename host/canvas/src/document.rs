use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::shapes::{Placed, Shapes};
use crate::{Epoch, Operation, OrderKey, Outbox, Props, Seq, Sequenced, Shape, ShapeId, ShapeType};

/// Most shapes in a project.
pub const MAX_SHAPES: usize = 100_000;

/// Deletions remembered for sessions that catch up; those that were away longer start from a snapshot.
const MAX_TOMBSTONES: usize = 20_000;

/// Clients whose last transaction number is remembered; beyond it the longest silent ones are forgotten.
const MAX_CLIENTS: usize = 10_000;

/// The shape type of the placeholder that stands for a record that cannot be read (S2).
pub const UNREADABLE_TYPE: &str = "core/unreadable";

/// One project's canvas at one place in its order.
#[derive(Clone, Default)]
pub struct Document {
    epoch: Epoch,
    seq: Seq,
    shapes: Shapes,
    tombstones: Tombstones,
    set_aside: BTreeMap<ShapeId, SetAside>,
    clients: FxHashMap<Outbox, LastOf>,
}

/// What is remembered of a client: the number of its last transaction, and where in the order that was.
#[derive(Clone, Copy)]
struct LastOf {
    number: u64,
    seq: Seq,
}

/// A record that cannot be read: kept where it is stored, shown as a placeholder (S2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// Why it cannot be read.
    pub reason: String,
}

/// What has changed after some sequence number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Shapes that were created or changed, as they are now, in no order.
    pub shapes: Vec<Arc<Shape>>,
    /// Shapes that are gone.
    pub deleted: Vec<ShapeId>,
}

impl Document {
    /// An empty canvas whose next transaction gets `seq + 1`.
    pub fn at(epoch: Epoch, seq: Seq) -> Self {
        let tombstones = Tombstones { floor: seq, ..Tombstones::default() };
        Self { epoch, seq, tombstones, ..Self::default() }
    }

    /// Which epoch its sequence numbers belong to.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The sequence number of the last transaction applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// How many shapes there are.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there are no shapes.
    pub fn is_empty(&self) -> bool {
        self.shapes.len() == 0
    }

    /// The shape of this id.
    pub fn get(&self, id: &ShapeId) -> Option<&Arc<Shape>> {
        self.shapes.get(id).map(|placed| &placed.shape)
    }

    /// When the shape of this id was last changed, or deleted if that is still remembered.
    pub fn changed(&self, id: &ShapeId) -> Option<Seq> {
        self.shapes.get(id).map(|placed| placed.changed).or_else(|| self.tombstones.by_id.get(id).copied())
    }

    /// All shapes, in no order.
    pub fn shapes(&self) -> impl Iterator<Item = &Arc<Shape>> {
        self.shapes.iter().map(|placed| &placed.shape)
    }

    /// All shapes, in no order, each with when it was last changed.
    pub fn placed(&self) -> impl Iterator<Item = (&Arc<Shape>, Seq)> {
        self.shapes.iter().map(|placed| (&placed.shape, placed.changed))
    }

    /// The deletions that are remembered, in no order, each with when it was.
    pub fn deletions(&self) -> impl Iterator<Item = (&ShapeId, Seq)> {
        self.tombstones.by_id.iter().map(|(id, deleted)| (id, *deleted))
    }

    /// Since when all deletions are remembered.
    pub fn remembers_since(&self) -> Seq {
        self.tombstones.floor
    }

    /// The records that could not be read, by id.
    pub fn set_aside(&self) -> &BTreeMap<ShapeId, SetAside> {
        &self.set_aside
    }

    /// The number of the last transaction of this outbox that has a place in the order; 0 when none is known.
    pub fn last_number(&self, outbox: &Outbox) -> u64 {
        self.clients.get(outbox).map_or(0, |last| last.number)
    }

    /// Last transaction numbers by outbox, each with its sequence number: what a checkpoint keeps of them.
    pub fn clients(&self) -> impl Iterator<Item = (&Outbox, u64, Seq)> {
        self.clients.iter().map(|(client, last)| (client, last.number, last.seq))
    }

    /// Applies the next transaction. Sequence numbers at or below [`Document::seq`] were applied before and do nothing;
    /// the caller sees to it that none is left out.
    pub fn apply(&mut self, next: &Sequenced) {
        if next.seq > self.seq {
            next.operations.iter().for_each(|operation| self.apply_operation(operation, next.seq));
            self.count(next);
        }
    }

    /// Applies a transaction in its normal form (one operation a shape) to a document that was loaded object by
    /// object: a shape that reflects this or a later sequence number already stays as it is, because the objects of
    /// a checkpoint are written one by one.
    pub fn replay(&mut self, next: &Sequenced) {
        for operation in &next.operations {
            if self.changed(operation.id()).is_none_or(|changed| changed < next.seq) {
                self.apply_operation(operation, next.seq);
            }
        }
        self.count(next);
    }

    fn count(&mut self, next: &Sequenced) {
        self.remember_client(next.outbox(), next.number, next.seq);
        self.seq = self.seq.max(next.seq);
    }

    /// Counts sequence numbers up to `seq` as taken, where a transaction of the journal could not be read (S2).
    pub fn skip_to(&mut self, seq: Seq) {
        self.seq = self.seq.max(seq);
    }

    /// Puts in a shape as a store kept it.
    pub fn load_shape(&mut self, shape: Shape, changed: Seq) {
        self.shapes.put(Placed { shape: Arc::new(shape), changed });
    }

    /// Remembers a deletion as a store kept it.
    pub fn load_deleted(&mut self, id: ShapeId, deleted: Seq) {
        self.tombstones.insert(id, deleted);
    }

    /// Remembers an outbox as a store kept it.
    pub fn remember_client(&mut self, outbox: Outbox, number: u64, seq: Seq) {
        let last = self.clients.entry(outbox).or_insert(LastOf { number: 0, seq });
        last.number = last.number.max(number);
        last.seq = last.seq.max(seq);
        if self.clients.len() > MAX_CLIENTS {
            self.forget_silent_clients();
        }
    }

    /// Stands a placeholder where a record cannot be read (S2). Its geometry is what could be saved of it.
    pub fn load_unreadable(&mut self, id: ShapeId, raw: &str, reason: String, changed: Seq) {
        let shape = placeholder(id.clone(), raw, &reason);
        self.load_shape(shape, changed);
        self.set_aside.insert(id, SetAside { reason });
    }

    /// Whether [`Document::changes_since`] can answer for `seq`.
    pub fn remembers_changes_since(&self, seq: Seq) -> bool {
        (self.tombstones.floor..=self.seq).contains(&seq)
    }

    /// How many shapes [`Document::changes_since`] would name.
    pub fn count_changes_since(&self, seq: Seq) -> usize {
        let shapes = self.shapes.iter().filter(|placed| placed.changed > seq).count();
        shapes + self.tombstones.by_id.values().filter(|deleted| **deleted > seq).count()
    }

    /// What has changed after `seq`, or none when deletions since then are no longer remembered.
    pub fn changes_since(&self, seq: Seq) -> Option<Changes> {
        if !self.remembers_changes_since(seq) {
            return None;
        }
        let shapes =
            self.shapes.iter().filter(|placed| placed.changed > seq).map(|placed| placed.shape.clone()).collect();
        let deleted = self.tombstones.since(seq);
        Some(Changes { shapes, deleted })
    }

    fn apply_operation(&mut self, operation: &Operation, seq: Seq) {
        match operation {
            Operation::Put(shape) => {
                self.set_aside.remove(&shape.id);
                self.tombstones.by_id.remove(&shape.id);
                self.load_shape(shape.clone(), seq);
            }
            Operation::Patch(patch) => {
                if let Some(placed) = self.shapes.get_mut(&patch.id) {
                    patch.apply_to(Arc::make_mut(&mut placed.shape));
                    placed.changed = seq;
                }
            }
            Operation::Delete(id) => {
                if self.shapes.remove(id) {
                    self.set_aside.remove(id);
                    self.tombstones.insert(id.clone(), seq);
                }
            }
        }
    }

    fn forget_silent_clients(&mut self) {
        let mut by_age: Vec<_> = self.clients.iter().map(|(client, last)| (last.seq, client.clone())).collect();
        by_age.sort_unstable();
        for (_, client) in by_age.into_iter().take(MAX_CLIENTS / 10) {
            self.clients.remove(&client);
        }
    }
}

/// Deletions, oldest first, bounded.
#[derive(Clone, Default)]
struct Tombstones {
    by_id: FxHashMap<ShapeId, Seq>,
    order: VecDeque<(Seq, ShapeId)>,
    /// Deletions up to here may have been forgotten.
    floor: Seq,
}

impl Tombstones {
    fn insert(&mut self, id: ShapeId, seq: Seq) {
        self.by_id.insert(id.clone(), seq);
        self.order.push_back((seq, id));
        if self.order.len() > MAX_TOMBSTONES
            && let Some((forgotten, id)) = self.order.pop_front()
        {
            self.floor = self.floor.max(forgotten);
            if self.by_id.get(&id) == Some(&forgotten) {
                self.by_id.remove(&id);
            }
        }
    }

    fn since(&self, seq: Seq) -> Vec<ShapeId> {
        self.by_id.iter().filter(|(_, deleted)| **deleted > seq).map(|(id, _)| id.clone()).collect()
    }
}

/// A locked shape that says why the record it stands for cannot be read, where that record was if that much can be read.
fn placeholder(id: ShapeId, raw: &str, reason: &str) -> Shape {
    let record: serde_json::Value = serde_json::from_str(raw).unwrap_or_default();
    let number = |name: &str, default: f64| record.get(name).and_then(serde_json::Value::as_f64).unwrap_or(default);
    let props = serde_json::json!({ "reason": reason }).to_string();
    let index = record.get("index").and_then(|index| OrderKey::parse(index.as_str()?).ok());
    let shape = Shape {
        id,
        shape_type: ShapeType::parse(UNREADABLE_TYPE).expect("the name is a constant of the right form"),
        parent: None,
        index: index.unwrap_or_else(|| OrderKey::between(None, None).expect("there is a key between none and none")),
        x: number("x", 0.0),
        y: number("y", 0.0),
        width: number("width", 160.0).abs(),
        height: number("height", 100.0).abs(),
        rotation: number("rotation", 0.0),
        opacity: 1.0,
        locked: true,
        props: Props::parse(props).expect("made from a JSON object"),
        version: 1,
    };
    if shape.check().is_ok() {
        return shape;
    }
    Shape { x: 0.0, y: 0.0, width: 160.0, height: 100.0, rotation: 0.0, ..shape }
}
