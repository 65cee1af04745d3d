use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::{Seq, Shape, ShapeId};

/// A shape on the canvas, and the transaction that last changed it.
#[derive(Clone)]
pub(crate) struct Placed {
    pub shape: Arc<Shape>,
    pub changed: Seq,
}

/// The shapes of a canvas by the ids that they hold themselves: a map with ids for keys would keep each id twice,
/// which is a tenth of what a canvas takes.
#[derive(Clone, Default)]
pub(crate) struct Shapes {
    table: HashTable<Placed>,
}

impl Shapes {
    pub fn len(&self) -> usize {
        self.table.len()
    }

    pub fn get(&self, id: &ShapeId) -> Option<&Placed> {
        self.table.find(hash(id), is(id))
    }

    pub fn get_mut(&mut self, id: &ShapeId) -> Option<&mut Placed> {
        self.table.find_mut(hash(id), is(id))
    }

    /// Puts a shape in the place of the one of its id, if there is one.
    pub fn put(&mut self, placed: Placed) {
        let id = &placed.shape.id;
        match self.table.find_mut(hash(id), is(id)) {
            Some(before) => *before = placed,
            None => {
                self.table.insert_unique(hash(id), placed, |placed| hash(&placed.shape.id));
            }
        }
    }

    /// Takes a shape away; tells whether there was one.
    pub fn remove(&mut self, id: &ShapeId) -> bool {
        self.table.find_entry(hash(id), is(id)).is_ok_and(|found| {
            found.remove();
            true
        })
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Placed> {
        self.table.iter()
    }
}

fn hash(id: &ShapeId) -> u64 {
    FxBuildHasher.hash_one(id)
}

fn is(id: &ShapeId) -> impl Fn(&Placed) -> bool {
    move |placed| placed.shape.id == *id
}
