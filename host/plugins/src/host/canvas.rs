//! `canvas`: reading and changing the shapes of the project, as the acting user.

use std::sync::Arc;

use collabcanvas_canvas::{Operation, OrderKey, Patch, Problem, Props, Query, Rect, Shape, ShapeId, ShapeType};

use super::services::NewPlace;
use super::{Answer, problem};
use crate::contract::imports::canvas::{self, Filter, Host, PageRequest, QueryPage};
use crate::contract::imports::types;
use crate::instance::GuestState;

/// Most ids in one `get`, most shapes on one page of a `query`, and most new places at a time.
const MAX_PAGE: usize = 1_000;
/// Longest key of an `apply`, in bytes.
const MAX_KEY_BYTES: usize = 64;

impl Host for GuestState {
    async fn get(&mut self, ids: Vec<String>) -> Answer<Vec<Option<types::Shape>>> {
        self.serve("canvas", "get", async |visit| {
            if ids.len() > MAX_PAGE {
                let message = format!("{} ids were asked for; at most {MAX_PAGE} at a time", ids.len());
                return Err(Problem::new("too-many", message));
            }
            // What cannot be an id is no shape's id.
            let parsed: Vec<Option<ShapeId>> = ids.iter().map(|id| ShapeId::parse(id).ok()).collect();
            let known = parsed.iter().flatten().cloned().collect();
            let mut found = visit.services.shapes(&visit.caller, known).await?.into_iter();
            Ok(parsed
                .into_iter()
                .map(|id| id.and_then(|_| found.next().flatten()).map(|shape| (&*shape).into()))
                .collect())
        })
        .await
    }

    async fn query(&mut self, filter: Filter, page: PageRequest) -> Answer<QueryPage> {
        self.serve("canvas", "query", async |visit| {
            let limit = page.limit as usize;
            if !(1..=MAX_PAGE).contains(&limit) {
                let message = format!("the page size is {limit}; it must be 1 to {MAX_PAGE}");
                return Err(Problem::new("bad-query", message));
            }
            let after = page.cursor.as_deref().map(read_cursor).transpose()?;
            let shapes = visit.services.query(&visit.caller, read_query(filter)?, after, limit).await?;
            let next = shapes.last().filter(|_| shapes.len() == limit).map(write_cursor);
            Ok(QueryPage { shapes: shapes.iter().map(|shape| (&**shape).into()).collect(), next })
        })
        .await
    }

    async fn apply(&mut self, operations: Vec<types::Operation>, key: Option<String>) -> Answer<u64> {
        if self.visit.as_ref().is_some_and(|visit| !visit.changes_canvas) {
            let message = "the tool described itself as one that does not change the canvas: say so in list-tools";
            return Ok(Err(problem("read-only-tool", message)));
        }
        self.serve("canvas", "apply", async |visit| {
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
    ) -> Answer<Vec<canvas::NewPlace>> {
        self.serve("canvas", "new-places", async |visit| {
            let count = count as usize;
            if count > MAX_PAGE {
                let message = format!("{count} places were asked for; at most {MAX_PAGE} at a time");
                return Err(Problem::new("too-many", message));
            }
            let read = |id: Option<String>| id.map(|id| ShapeId::parse(&id)).transpose();
            let places = visit.services.new_places(&visit.caller, read(parent)?, read(above)?, count).await?;
            let lower =
                |NewPlace { id, index }| canvas::NewPlace { id: id.to_string(), index: index.as_str().to_owned() };
            Ok(places.into_iter().map(lower).collect())
        })
        .await
    }

    async fn selection(&mut self) -> Answer<Vec<String>> {
        self.serve("canvas", "selection", async |visit| {
            let selected = visit.services.selection(&visit.caller).await?;
            Ok(selected.iter().map(ToString::to_string).collect())
        })
        .await
    }

    async fn viewport(&mut self) -> Answer<Option<types::Rect>> {
        self.serve("canvas", "viewport", async |visit| {
            let seen = visit.services.viewport(&visit.caller).await?;
            Ok(seen.map(|Rect { x, y, width, height }| types::Rect { x, y, width, height }))
        })
        .await
    }
}

/// A cursor is the place of the page's last shape: its order key, a blank, its id.
fn write_cursor(last: &Arc<Shape>) -> String {
    format!("{} {}", last.index.as_str(), last.id)
}

fn read_cursor(cursor: &str) -> Result<(OrderKey, ShapeId), Problem> {
    let bad = |_| Problem::new("bad-query", "the cursor is not one that a query gave: pass on `next` as it is");
    let (index, id) = cursor.split_once(' ').unwrap_or((cursor, ""));
    Ok((OrderKey::parse(index).map_err(bad)?, ShapeId::parse(id).map_err(bad)?))
}

fn read_query(query: Filter) -> Result<Query, Problem> {
    Ok(Query {
        types: query.types.iter().map(|name| ShapeType::parse(name)).collect::<Result<Vec<_>, _>>()?,
        bounds: query.bounds.map(|types::Rect { x, y, width, height }| Rect { x, y, width, height }),
        text: query.text,
        parent: query.parent.map(|id| ShapeId::parse(&id)).transpose()?,
    })
}

/// Operations of a plugin in the host's own form; the problem's path says which is not well formed.
pub(crate) fn read_operations(operations: Vec<types::Operation>) -> Result<Vec<Operation>, Problem> {
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
            types::Operation::Put(shape) => Self::Put(shape.try_into()?),
            types::Operation::Patch(patch) => Self::Patch(patch.try_into()?),
            types::Operation::Delete(id) => Self::Delete(ShapeId::parse(&id)?),
        })
    }
}

impl TryFrom<types::Shape> for Shape {
    type Error = Problem;

    fn try_from(shape: types::Shape) -> Result<Self, Problem> {
        Ok(Self {
            id: ShapeId::parse(&shape.id)?,
            shape_type: ShapeType::parse(&shape.type_)?,
            parent: shape.parent.map(|id| ShapeId::parse(&id)).transpose()?,
            index: OrderKey::parse(&shape.index)?,
            x: shape.x,
            y: shape.y,
            width: shape.width,
            height: shape.height,
            rotation: shape.rotation,
            opacity: shape.opacity,
            locked: shape.locked,
            props: Props::parse(&shape.props)?,
            version: shape.version,
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
            props: patch.props.map(|props| Props::parse(&props)).transpose()?,
        })
    }
}

impl From<&Shape> for types::Shape {
    fn from(shape: &Shape) -> Self {
        Self {
            id: shape.id.to_string(),
            type_: shape.shape_type.to_string(),
            parent: shape.parent.as_ref().map(ToString::to_string),
            index: shape.index.as_str().to_owned(),
            x: shape.x,
            y: shape.y,
            width: shape.width,
            height: shape.height,
            rotation: shape.rotation,
            opacity: shape.opacity,
            locked: shape.locked,
            props: shape.props.as_str().to_owned(),
            version: shape.version,
        }
    }
}
