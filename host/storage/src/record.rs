//! Shapes as every store keeps them: in JSON.

use collabcanvas_canvas::{Shape, ShapeId};

/// Reads the shape that is kept under `id`; the error says why it is none (S2).
pub(crate) fn parse_shape(id: &ShapeId, record: &[u8]) -> Result<Shape, String> {
    let shape: Shape = serde_json::from_slice(record).map_err(|error| format!("it is not a shape: {error}"))?;
    if shape.id != *id {
        return Err(format!("it is a shape {}, kept as {id}", shape.id));
    }
    shape.check().map_err(|problem| problem.to_string())?;
    Ok(shape)
}
