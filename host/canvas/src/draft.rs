use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::document::UNREADABLE_TYPE;
use crate::{Ahead, Document, MAX_OPERATIONS, MAX_SHAPES, Operation, Patch, Problem, Props, Shape, ShapeId};

/// How deep shapes may lie in each other.
const MAX_DEPTH: usize = 32;

/// A transaction that is being checked: its operations, folded to one change per shape.
pub struct Draft<'a> {
    document: &'a Document,
    /// Transactions that come before it and are not in the document yet.
    ahead: Option<&'a Ahead>,
    changes: Vec<Drafted>,
    by_id: FxHashMap<ShapeId, usize>,
}

/// What a transaction makes of one shape.
pub struct Drafted {
    /// The shape as it is.
    pub before: Option<Arc<Shape>>,
    /// The shape as it would be; none when it would be gone.
    pub after: Option<Shape>,
    /// The place of the first operation that names it.
    pub place: usize,
    id: ShapeId,
    /// The fields set, when the shape was only patched: what goes into the journal, so that other people's
    /// changes to other fields hold. None when it was put or deleted.
    patch: Option<Patch>,
}

impl<'a> Draft<'a> {
    /// Checks form, limits and locks, and works out what would become of each shape.
    /// The path of a problem starts with the place of the operation to blame: `/3/x`.
    pub fn new(document: &'a Document, operations: Vec<Operation>) -> Result<Self, Problem> {
        Self::over(document, None, operations)
    }

    /// The same for a transaction that comes after others, which are on their way into the order.
    pub fn after(document: &'a Document, ahead: &'a Ahead, operations: Vec<Operation>) -> Result<Self, Problem> {
        Self::over(document, Some(ahead), operations)
    }

    fn over(document: &'a Document, ahead: Option<&'a Ahead>, operations: Vec<Operation>) -> Result<Self, Problem> {
        if operations.len() > MAX_OPERATIONS {
            return Err(Problem::new(
                "too-many-operations",
                format!(
                    "the transaction has {} operations; it may have {MAX_OPERATIONS}: send it in parts",
                    operations.len()
                ),
            ));
        }
        let changes = Vec::with_capacity(operations.len());
        let mut draft = Self { document, ahead, changes, by_id: FxHashMap::default() };
        let mut moved = Vec::new();
        for (place, operation) in operations.into_iter().enumerate() {
            let parent_set = match &operation {
                Operation::Put(shape) => shape.parent.is_some(),
                Operation::Patch(patch) => matches!(patch.parent, Some(Some(_))),
                Operation::Delete(_) => false,
            };
            let change = draft.add(place, operation).map_err(|problem| problem.within(&format!("/{place}")))?;
            if parent_set {
                moved.push((place, change));
            }
        }
        draft.check_count()?;
        for (place, change) in moved {
            draft.check_parents(change).map_err(|problem| problem.within(&format!("/{place}")))?;
        }
        Ok(draft)
    }

    /// The changes, one per shape, in the order in which the transaction first names them.
    pub fn changes(&self) -> &[Drafted] {
        &self.changes
    }

    /// The shape of this id as it would be.
    pub fn get(&self, id: &ShapeId) -> Option<&Shape> {
        match self.by_id.get(id) {
            Some(change) => self.changes[*change].after.as_ref(),
            None => self.before(id).map(Arc::as_ref),
        }
    }

    /// The shape of this id before the transaction.
    fn before(&self, id: &ShapeId) -> Option<&'a Arc<Shape>> {
        match self.ahead {
            Some(ahead) => ahead.get(self.document, id),
            None => self.document.get(id),
        }
    }

    /// Puts the normal form of a changed shape's props, and the size that follows from them if one does, in place of
    /// what was sent.
    pub fn set_normal_form(&mut self, change: usize, props: Props, size: Option<(f64, f64)>) {
        let Drafted { after: Some(after), patch, .. } = &mut self.changes[change] else { return };
        after.props = props;
        let Some((width, height)) = size.filter(|size| *size != (after.width, after.height)) else { return };
        (after.width, after.height) = (width, height);
        if let Some(patch) = patch {
            (patch.width, patch.height) = (Some(width), Some(height));
        }
    }

    /// Puts props of this version in place of those that an earlier one wrote: the shape is then put as a whole.
    pub fn set_migrated(&mut self, change: usize, props: Props, version: u32) {
        let drafted = &mut self.changes[change];
        if let Some(after) = &mut drafted.after {
            (after.props, after.version) = (props, version);
            drafted.patch = None;
        }
    }

    /// Whether every shape is still within its limits, now that its props are in normal form.
    pub fn check_sizes(&self) -> Result<(), Problem> {
        let check = |change: &Drafted| match &change.after {
            Some(shape) => shape.check().map_err(|problem| problem.within(&format!("/{}", change.place))),
            None => Ok(()),
        };
        self.changes.iter().try_for_each(check)
    }

    /// The transaction's normal form. Operations that would do nothing are left out.
    pub fn into_operations(self) -> Vec<Operation> {
        self.changes.into_iter().filter_map(Drafted::into_operation).collect()
    }

    /// Lays one operation over the draft and tells which change it went into.
    fn add(&mut self, place: usize, operation: Operation) -> Result<usize, Problem> {
        let id = operation.id().clone();
        let change = match self.by_id.get(&id) {
            Some(change) => *change,
            None => {
                let before = self.before(&id).cloned();
                let after = before.as_deref().cloned();
                self.changes.push(Drafted { before, after, patch: Some(Patch::of(id.clone())), place, id: id.clone() });
                self.by_id.insert(id, self.changes.len() - 1);
                self.changes.len() - 1
            }
        };
        let drafted = &mut self.changes[change];
        drafted.check_lock(&operation)?;
        match operation {
            Operation::Put(mut shape) => {
                shape.check()?;
                shape.props = shape.props.without_nulls();
                check_type(&shape)?;
                drafted.after = Some(shape);
                drafted.patch = None;
            }
            Operation::Patch(patch) => {
                if let Some(after) = &mut drafted.after {
                    patch.apply_to(after);
                    after.check()?;
                    drafted.fold(patch);
                }
            }
            Operation::Delete(_) => {
                drafted.after = None;
                drafted.patch = None;
            }
        }
        Ok(change)
    }

    fn check_count(&self) -> Result<(), Problem> {
        let made = self.changes.iter().filter(|change| change.before.is_none() && change.after.is_some()).count();
        if made == 0 {
            return Ok(());
        }
        let gone = self.changes.iter().filter(|change| change.before.is_some() && change.after.is_none()).count();
        let count = self.ahead.map_or(self.document.len(), |ahead| ahead.len(self.document)) + made - gone;
        if count <= MAX_SHAPES {
            return Ok(());
        }
        Err(Problem::new(
            "too-many-shapes",
            format!(
                "the canvas would have {count} shapes; it may have {MAX_SHAPES}: delete some, or use another project"
            ),
        ))
    }

    /// The parent that a shape is given exists, and its chain of parents ends: on the canvas, or at one that is gone.
    fn check_parents(&self, change: usize) -> Result<(), Problem> {
        let drafted = &self.changes[change];
        let mut parent = drafted.after.as_ref().and_then(|shape| shape.parent.clone());
        for depth in 0..MAX_DEPTH {
            let Some(id) = parent else { return Ok(()) };
            if id == drafted.id {
                return Err(Problem::new("parent-cycle", format!("{id} would lie in itself: choose another parent"))
                    .at("/parent"));
            }
            let Some(shape) = self.get(&id) else {
                if depth > 0 {
                    return Ok(());
                }
                let message = format!("there is no shape {id} to lie in: it may have been deleted");
                return Err(Problem::new("no-such-parent", message).at("/parent"));
            };
            parent = shape.parent.clone();
        }
        Err(Problem::new("too-deep", format!("shapes may lie in each other {MAX_DEPTH} deep")).at("/parent"))
    }
}

impl Drafted {
    /// Whether the shape's type has to be asked: something that it validates is not as it was.
    pub fn needs_validation(&self) -> bool {
        match (&self.before, &self.after) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => {
                before.props != after.props
                    || before.width != after.width
                    || before.height != after.height
                    || before.shape_type != after.shape_type
            }
        }
    }

    fn check_lock(&self, operation: &Operation) -> Result<(), Problem> {
        let Some(shape) = &self.after else { return Ok(()) };
        let unlocks = matches!(operation, Operation::Patch(patch) if patch.locked == Some(false));
        let deletes = matches!(operation, Operation::Delete(_));
        if shape.shape_type.as_str() == UNREADABLE_TYPE && !deletes {
            return Err(Problem::new(
                "unreadable-record",
                format!(
                    "the record of {} cannot be read, so it cannot be changed: delete it, or have the operator look at it",
                    self.id
                ),
            ));
        }
        if shape.locked && !unlocks && shape.shape_type.as_str() != UNREADABLE_TYPE {
            return Err(Problem::new("locked", format!("{} is locked: unlock it first", self.id)));
        }
        Ok(())
    }

    fn fold(&mut self, later: Patch) {
        let Some(patch) = self.patch.take() else { return };
        let props = match (&patch.props, &later.props) {
            // Names matter here, values are taken from `after` at the end; null would remove names, so it is kept as a value.
            (Some(earlier), Some(later)) => Some(earlier.overlay(later)),
            (earlier, later) => later.clone().or_else(|| earlier.clone()),
        };
        self.patch = Some(Patch { props, ..patch.then(later) });
    }

    fn into_operation(self) -> Option<Operation> {
        match (self.before, self.after, self.patch) {
            (None, None, _) => None,
            (Some(_), None, _) => Some(Operation::Delete(self.id)),
            (Some(before), Some(after), Some(patch)) => {
                let props = after.props.difference(&before.props, patch.props.as_ref());
                let patch = Patch { props, ..patch };
                (patch != Patch::of(self.id)).then_some(Operation::Patch(patch))
            }
            (_, Some(after), _) => Some(Operation::Put(after)),
        }
    }
}

fn check_type(shape: &Shape) -> Result<(), Problem> {
    if shape.shape_type.plugin() != "core" {
        return Ok(());
    }
    Err(Problem::new("reserved-type", format!("{} is the host's own: use a shape type of a plugin", shape.shape_type))
        .at("/type"))
}
