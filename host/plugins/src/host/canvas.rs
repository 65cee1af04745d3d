//! `canvas`: reading the shapes of the project, as the acting user.

use std::sync::Arc;

use collabcanvas_canvas::{OrderKey, Problem, Props, Query, Rect, Shape, ShapeId, ShapeType};

use super::Answer;
use crate::contract::display_list::Size;
use crate::contract::imports::canvas::{AvailableType, Filter, Host, PageRequest, QueryPage};
use crate::contract::imports::{drawing, types};
use crate::description::ShapeTypeDescription;
use crate::instance::GuestState;

/// Most ids in one `get`, and most shapes on one page of a `query`.
const MAX_PAGE: usize = 1_000;
/// Most bytes of props in one answer: a sixteenth of the memory that the guest may have.
const MAX_BYTES: usize = 4 << 20;

impl Host for GuestState {
    async fn shape_types(&mut self) -> Answer<Vec<AvailableType>> {
        self.serve("canvas", "shape-types", async |visit| Ok(visit.shape_types.to_vec())).await
    }

    async fn get(&mut self, ids: Vec<String>) -> Answer<Vec<Option<types::Shape>>> {
        self.serve("canvas", "get", async |visit| {
            if ids.len() > MAX_PAGE {
                let message = format!("{} ids were asked for; at most {MAX_PAGE} at a time", ids.len());
                return Err(Problem::new("too-many", message));
            }
            // What cannot be an id is no shape's id.
            let parsed: Vec<Option<ShapeId>> = ids.iter().map(|id| ShapeId::parse(id).ok()).collect();
            let known = parsed.iter().flatten().cloned().collect();
            let found = visit.services.shapes(&visit.caller, known).await?;
            let bytes: usize = found.iter().flatten().map(|shape| shape.props.as_str().len()).sum();
            if bytes > MAX_BYTES {
                let message = format!("they have {bytes} bytes; at most {MAX_BYTES} at a time: ask for fewer");
                return Err(Problem::new("too-large", message));
            }
            let mut found = found.into_iter();
            Ok(parsed
                .into_iter()
                .map(|id| id.and_then(|_| found.next().flatten()).map(|shape| (&*shape).into()))
                .collect())
        })
        .await
    }

    async fn query(&mut self, filter: Filter, page: PageRequest) -> Answer<QueryPage> {
        let most_types = self.limits.list_items;
        self.serve("canvas", "query", async |visit| {
            let limit = page.limit as usize;
            if filter.types.len() > most_types {
                let message = format!("the query names {} types; at most {most_types}", filter.types.len());
                return Err(Problem::new("bad-query", message));
            }
            if !(1..=MAX_PAGE).contains(&limit) {
                let message = format!("the page size is {limit}; it must be 1 to {MAX_PAGE}");
                return Err(Problem::new("bad-query", message));
            }
            let after = page.cursor.as_deref().map(read_cursor).transpose()?;
            Ok(page_of(visit.services.query(&visit.caller, read_query(filter)?, after, limit).await?, limit))
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

fn read_bounds(types::Rect { x, y, width, height }: types::Rect) -> Result<Rect, Problem> {
    if [x, y, width, height].iter().all(|number| number.is_finite()) {
        return Ok(Rect { x, y, width, height });
    }
    Err(Problem::new("bad-query", "the bounds are not finite numbers"))
}

/// What was found as a page: no larger than a guest can take, and with a cursor unless it is known to be the last.
fn page_of(mut shapes: Vec<Arc<Shape>>, limit: usize) -> QueryPage {
    let shortened = shorten(&mut shapes);
    let is_full = shortened || shapes.len() == limit;
    let next = shapes.last().filter(|_| is_full).map(write_cursor);
    QueryPage { shapes: shapes.iter().map(|shape| (&**shape).into()).collect(), next }
}

/// Leaves out what would make the page too large; tells whether there was any.
fn shorten(shapes: &mut Vec<Arc<Shape>>) -> bool {
    let mut bytes = 0;
    let fits = |shape: &&Arc<Shape>| {
        bytes += shape.props.as_str().len();
        bytes <= MAX_BYTES
    };
    let count = shapes.iter().take_while(fits).count();
    let too_many = count < shapes.len();
    shapes.truncate(count);
    too_many
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
        bounds: query.bounds.map(read_bounds).transpose()?,
        text: query.text,
        parent: query.parent.map(|parent| parent.map(|id| ShapeId::parse(&id)).transpose()).transpose()?,
    })
}

/// A plugin's shape in the host's own form, at this place among its siblings.
pub(crate) fn read_shape(shape: types::Shape, index: OrderKey) -> Result<Shape, Problem> {
    Ok(Shape {
        id: ShapeId::parse(&shape.id)?,
        shape_type: ShapeType::parse(&shape.type_)?,
        parent: shape.parent.map(|id| ShapeId::parse(&id)).transpose()?,
        index,
        x: shape.x,
        y: shape.y,
        width: shape.width,
        height: shape.height,
        rotation: shape.rotation,
        opacity: shape.opacity,
        locked: shape.locked,
        props: Props::parse(shape.props)?,
        version: shape.version,
    })
}

impl From<&ShapeTypeDescription> for AvailableType {
    fn from(described: &ShapeTypeDescription) -> Self {
        let Size { width, height } = described.default_size;
        Self {
            type_: described.shape_type.to_string(),
            label: described.label.clone(),
            default_size: drawing::Size { width, height },
            default_props: described.default_props.as_str().to_owned(),
            props_schema: serde_json::Value::Object(described.props_schema.clone()).to_string(),
            references: described.references.clone(),
            connectable: described.connectable,
            version: described.version,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(number: usize, bytes: usize) -> Arc<Shape> {
        let shape = serde_json::json!({
            "id": format!("s{number}"), "type": "basic/star", "index": "V", "x": 0, "y": 0, "width": 1, "height": 1,
            "props": { "text": "x".repeat(bytes) },
        });
        Arc::new(serde_json::from_value(shape).unwrap())
    }

    #[test]
    fn p1_a_full_page_of_large_shapes_is_shortened_too() {
        for limit in [100, 1_000] {
            let page = page_of((0..100).map(|number| shape(number, 60_000)).collect(), limit);
            let bytes: usize = page.shapes.iter().map(|shape| shape.props.len()).sum();
            assert!(page.shapes.len() == 69 && bytes <= MAX_BYTES, "{} shapes, {bytes} bytes", page.shapes.len());
            assert_eq!(page.next.as_deref(), Some("V s68"));
        }
        assert_eq!(page_of(vec![shape(1, 10)], 1).next.as_deref(), Some("V s1"));
        assert_eq!(page_of(vec![shape(1, 10)], 2).next, None);
    }
}
