//! `canvas-edit`: changing the shapes of the project, as the acting user.

use collabcanvas_canvas::{Operation, OrderKey, Patch, Problem, Props, ShapeId};

use super::Answer;
use super::canvas::read_shape;
use super::services::NewPlace;
use crate::contract::imports::canvas_edit::{self, Host};
use crate::contract::imports::types;
use crate::instance::GuestState;

/// Longest key of an `apply`, in bytes.
const MAX_KEY_BYTES: usize = 64;
/// Most new places at a time.
const MAX_PLACES: usize = 1_000;

impl Host for GuestState {
    async fn apply(&mut self, operations: Vec<types::Operation>, key: Option<String>) -> Answer<u64> {
        self.serve("canvas-edit", "apply", async |visit| {
            if !visit.changes_canvas {
                let message = "the tool described itself as one that does not change the canvas: say so in list-tools";
                return Err(Problem::new("read-only-tool", message));
            }
            if let Some(bytes) = key.as_ref().map(String::len).filter(|bytes| !(1..=MAX_KEY_BYTES).contains(bytes)) {
                let message = format!("the key has {bytes} bytes; it must have 1 to {MAX_KEY_BYTES}");
                return Err(Problem::new("bad-key", message));
            }
            let operations = read_operations(operations)?;
            visit.services.apply(&visit.caller, operations, key).await
        })
        .await
    }

    async fn new_places(
        &mut self,
        parent: Option<String>,
        above: Option<String>,
        count: u32,
    ) -> Answer<Vec<canvas_edit::NewPlace>> {
        self.serve("canvas-edit", "new-places", async |visit| {
            let count = count as usize;
            if count > MAX_PLACES {
                let message = format!("{count} places were asked for; at most {MAX_PLACES} at a time");
                return Err(Problem::new("too-many", message));
            }
            let read = |id: Option<String>| id.map(|id| ShapeId::parse(&id)).transpose();
            let places = visit.services.new_places(&visit.caller, read(parent)?, read(above)?, count).await?;
            let lower =
                |NewPlace { id, index }| canvas_edit::NewPlace { id: id.to_string(), index: index.as_str().to_owned() };
            Ok(places.into_iter().map(lower).collect())
        })
        .await
    }
}

/// Operations of a plugin in the host's own form; the problem's path says which is not well formed.
fn read_operations(operations: Vec<types::Operation>) -> Result<Vec<Operation>, Problem> {
    operations
        .into_iter()
        .enumerate()
        .map(|(place, operation)| {
            Operation::try_from(operation).map_err(|problem| problem.within(&format!("/{place}")))
        })
        .collect()
}

impl TryFrom<types::Operation> for Operation {
    type Error = Problem;

    fn try_from(operation: types::Operation) -> Result<Self, Problem> {
        Ok(match operation {
            types::Operation::Put(shape) => {
                let index = OrderKey::parse(&shape.index)?;
                Self::Put(read_shape(shape, index)?)
            }
            types::Operation::Patch(patch) => Self::Patch(patch.try_into()?),
            types::Operation::Delete(id) => Self::Delete(ShapeId::parse(&id)?),
        })
    }
}

impl TryFrom<types::Patch> for Patch {
    type Error = Problem;

    fn try_from(patch: types::Patch) -> Result<Self, Problem> {
        Ok(Self {
            id: ShapeId::parse(&patch.id)?,
            parent: patch.parent.map(|parent| parent.map(|id| ShapeId::parse(&id)).transpose()).transpose()?,
            index: patch.index.map(|index| OrderKey::parse(&index)).transpose()?,
            x: patch.x,
            y: patch.y,
            width: patch.width,
            height: patch.height,
            rotation: patch.rotation,
            opacity: patch.opacity,
            locked: patch.locked,
            props: patch.props.map(Props::parse).transpose()?,
        })
    }
}
