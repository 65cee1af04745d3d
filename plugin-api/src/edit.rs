//! [`NewShape`]: a shape to be made, by a tool or by a format; and patches that leave most fields as they are.

use serde::ser::Serialize;

use crate::contract::host::canvas::Filter;
use crate::contract::host::canvas_edit::NewPlace;
use crate::contract::types::{Operation, Patch, Problem, Rect, Shape};
use crate::props;

/// A shape to be made. It gets its id and its place among its siblings last: a tool [puts](Self::put) it in a place
/// that `canvas_edit::new_places` gave, a format [adds](crate::Imported::add) it to what it read.
#[derive(Clone, Debug)]
pub struct NewShape(Shape);

impl NewShape {
    /// A shape of this type (`plugin/type`) in this box, on the canvas itself: not turned, solid, not locked, its props
    /// those that are filled in where none are given.
    pub fn new(shape_type: &str, area: Rect) -> Self {
        NewShape(Shape {
            id: String::new(),
            type_: shape_type.to_owned(),
            parent: None,
            index: String::new(),
            x: area.x,
            y: area.y,
            width: area.width,
            height: area.height,
            rotation: 0.0,
            opacity: 1.0,
            locked: false,
            props: "{}".to_owned(),
            version: 1,
        })
    }

    /// Its props: a struct, or `json!({ … })`.
    ///
    /// # Errors
    ///
    /// `bad-props` when the value has no JSON form, such as a map whose keys are no strings.
    pub fn props<P: Serialize>(mut self, props: &P) -> Result<Self, Problem> {
        self.0.props = props::write(props, 128)?;
        Ok(self)
    }

    /// The version of its shape type that these props are of, if not 1; `canvas::shape_types` says which is current.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.0.version = version;
        self
    }

    /// The shape that it lies in, whose frame its box is then in.
    #[must_use]
    pub fn parent(mut self, id: &str) -> Self {
        self.0.parent = Some(id.to_owned());
        self
    }

    /// Its rotation about its middle, in radians, clockwise.
    #[must_use]
    pub fn rotation(mut self, rotation: f64) -> Self {
        self.0.rotation = rotation;
        self
    }

    /// From 0 (unseen) to 1 (solid).
    #[must_use]
    pub fn opacity(mut self, opacity: f64) -> Self {
        self.0.opacity = opacity;
        self
    }

    /// Whether it refuses every change but one that unlocks it.
    #[must_use]
    pub fn locked(mut self, locked: bool) -> Self {
        self.0.locked = locked;
        self
    }

    /// The operation that makes it, in this place of its parent's.
    pub fn put(self, place: NewPlace) -> Operation {
        Operation::Put(Shape { id: place.id, index: place.index, ..self.0 })
    }

    /// As a format answers it, whose order keys say nothing.
    pub(crate) fn with_id(self, id: String) -> Shape {
        Shape { id, ..self.0 }
    }
}

impl Patch {
    /// A patch of this shape that changes nothing yet: `Patch { x: Some(0.0), ..Patch::of("a") }`.
    pub fn of(id: &str) -> Self {
        Patch {
            id: id.to_owned(),
            parent: None,
            index: None,
            x: None,
            y: None,
            width: None,
            height: None,
            rotation: None,
            opacity: None,
            locked: None,
            props: None,
        }
    }
}

/// No condition: every shape.
impl Default for Filter {
    fn default() -> Self {
        Filter { types: Vec::new(), bounds: None, text: None, parent: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_shape_is_put_where_it_is_told() {
        let area = Rect { x: 1.0, y: 2.0, width: 30.0, height: 40.0 };
        let shape = NewShape::new("text/text", area).props(&json!({ "text": "hi" })).unwrap().parent("group");
        let place = NewPlace { id: "a".to_owned(), index: "V".to_owned() };
        let Operation::Put(shape) = shape.put(place) else { panic!("a shape is put") };
        assert_eq!((shape.id.as_str(), shape.index.as_str(), shape.parent.as_deref()), ("a", "V", Some("group")));
        assert_eq!((shape.y, shape.height, shape.opacity, shape.version), (2.0, 40.0, 1.0, 1));
        assert_eq!(shape.props, r#"{"text":"hi"}"#);
    }
}
