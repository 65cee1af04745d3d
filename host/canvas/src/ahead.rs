use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{Document, Operation, Outbox, Shape, ShapeId};

/// What a canvas would be with transactions that are on their way into its order: laid over a [`Document`], which
/// stays as it is. Operations are in their normal form, as [`crate::Draft`] gives them.
#[derive(Default)]
pub struct Ahead {
    shapes: FxHashMap<ShapeId, Option<Arc<Shape>>>,
    numbers: FxHashMap<Outbox, u64>,
}

impl Ahead {
    /// Adds a transaction.
    pub fn add(&mut self, document: &Document, outbox: Outbox, number: u64, operations: &[Operation]) {
        for operation in operations {
            let id = operation.id();
            let shape = match operation {
                Operation::Put(shape) => Some(Arc::new(shape.clone())),
                Operation::Delete(_) => None,
                Operation::Patch(patch) => {
                    let Some(mut shape) = self.get(document, id).cloned() else { continue };
                    patch.apply_to(Arc::make_mut(&mut shape));
                    Some(shape)
                }
            };
            self.shapes.insert(id.clone(), shape);
        }
        self.numbers.insert(outbox, number);
    }

    /// Forgets everything: it is in the document now, or will never be.
    pub fn clear(&mut self) {
        self.shapes.clear();
        self.numbers.clear();
    }

    /// The shape of this id as it would be.
    pub fn get<'a>(&'a self, document: &'a Document, id: &ShapeId) -> Option<&'a Arc<Shape>> {
        match self.shapes.get(id) {
            Some(shape) => shape.as_ref(),
            None => document.get(id),
        }
    }

    /// The number of the last transaction of this outbox.
    pub fn last_number(&self, document: &Document, outbox: &Outbox) -> u64 {
        self.numbers.get(outbox).copied().unwrap_or(0).max(document.last_number(outbox))
    }

    /// How many shapes there would be.
    pub fn len(&self, document: &Document) -> usize {
        let made = self.shapes.iter().filter(|(id, shape)| shape.is_some() && document.get(id).is_none()).count();
        let gone = self.shapes.iter().filter(|(id, shape)| shape.is_none() && document.get(id).is_some()).count();
        document.len() + made - gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientId, Sequenced, UserId};

    fn operation(json: &str) -> Operation {
        serde_json::from_str(json).unwrap()
    }

    fn put(id: &str, x: f64) -> Operation {
        let json = r#"{"put":{"id":"ID","type":"basic/star","index":"V","x":X,"y":0,"width":9,"height":9,"props":{}}}"#;
        operation(&json.replace("ID", id).replace('X', &x.to_string()))
    }

    #[test]
    fn what_is_ahead_of_a_document_is_what_the_document_becomes() {
        let outbox = Outbox { user: UserId::parse("ada").unwrap(), client: ClientId::parse("tab").unwrap() };
        let mut document = Document::default();
        let apply = |document: &mut Document, number, operations: &[Operation]| {
            let Outbox { user, client } = outbox.clone();
            document.apply(&Sequenced {
                seq: document.seq() + 1,
                client,
                number,
                user,
                operations: operations.to_vec(),
            });
        };
        apply(&mut document, 1, &[put("a", 1.0), put("b", 2.0)]);
        let steps = [
            vec![put("c", 3.0), operation(r#"{"patch":{"id":"a","x":7}}"#)],
            vec![operation(r#"{"delete":"b"}"#), operation(r#"{"patch":{"id":"c","y":5}}"#)],
            vec![operation(r#"{"patch":{"id":"b","x":1}}"#), operation(r#"{"patch":{"id":"none","x":1}}"#)],
        ];
        let mut ahead = Ahead::default();
        let mut later = document.clone();
        for (step, operations) in steps.iter().enumerate() {
            let number = step as u64 + 2;
            ahead.add(&document, outbox.clone(), number, operations);
            apply(&mut later, number, operations);
            assert_eq!(ahead.len(&document), later.len());
            assert_eq!(ahead.last_number(&document, &outbox), number);
            for id in ["a", "b", "c", "none"].map(|id| ShapeId::parse(id).unwrap()) {
                assert_eq!(ahead.get(&document, &id), later.get(&id), "{id} after step {step}");
            }
        }
        assert_eq!(document.len(), 2, "the document is as it was");
        ahead.clear();
        assert_eq!((ahead.len(&document), ahead.last_number(&document, &outbox)), (2, 1));
    }
}
