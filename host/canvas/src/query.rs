//! Finding shapes: by type, place, text and parent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Document, OrderKey, Shape, ShapeId, ShapeType};

/// An upright rectangle on the canvas; width and height are not negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Whether the two share at least a point.
    pub fn touches(&self, other: &Rect) -> bool {
        self.x <= other.x + other.width
            && other.x <= self.x + self.width
            && self.y <= other.y + other.height
            && other.y <= self.y + self.height
    }
}

/// Conditions that must all hold; an empty list and a none are no condition.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Of one of these types.
    pub types: Vec<ShapeType>,
    /// Lying at least partly in this rectangle of the canvas.
    pub bounds: Option<Rect>,
    /// Having this text in one of its props' strings, whatever its case.
    pub text: Option<String>,
    /// Lying in this shape; some(none): on the canvas itself.
    pub parent: Option<Option<ShapeId>>,
}

impl Document {
    /// The shapes that match, back to front, those after `after` (the order key and id of the last one seen), at most
    /// `limit`. It looks at every shape: 100,000 take some milliseconds.
    pub fn query(&self, query: &Query, after: Option<&(OrderKey, ShapeId)>, limit: usize) -> Vec<Arc<Shape>> {
        let needle = query.text.as_ref().map(|text| text.to_lowercase());
        let mut found: Vec<&Arc<Shape>> = self
            .shapes()
            .filter(|shape| after.is_none_or(|(index, id)| (&shape.index, &shape.id) > (index, id)))
            .filter(|shape| query.types.is_empty() || query.types.contains(&shape.shape_type))
            .filter(|shape| query.parent.as_ref().is_none_or(|parent| parent.as_ref() == self.parent_of(shape)))
            .filter(|shape| query.bounds.is_none_or(|bounds| self.bounds(shape).touches(&bounds)))
            .filter(|shape| needle.as_ref().is_none_or(|needle| shape.props.has_text(needle)))
            .collect();
        found.sort_unstable_by(|a, b| (&a.index, &a.id).cmp(&(&b.index, &b.id)));
        found.into_iter().take(limit).cloned().collect()
    }

    /// What a shape lies in: none on the canvas itself, where those are too whose parent is gone.
    pub fn parent_of<'a>(&self, shape: &'a Shape) -> Option<&'a ShapeId> {
        shape.parent.as_ref().filter(|parent| self.get(parent).is_some())
    }

    /// The upright box around a shape on the canvas, rotations of it and of what it lies in included.
    pub fn bounds(&self, shape: &Shape) -> Rect {
        let (right, bottom) = (shape.x + shape.width, shape.y + shape.height);
        let mut corners = [(shape.x, shape.y), (right, shape.y), (right, bottom), (shape.x, bottom)]
            .map(|corner| turn(corner, shape));
        let mut parent = shape.parent.as_ref().and_then(|id| self.get(id));
        // Two hosts may each accept half of a cycle; the bound keeps a walk around it finite.
        for _ in 0..32 {
            let Some(frame) = parent else { break };
            corners = corners.map(|(x, y)| turn((x + frame.x, y + frame.y), frame));
            parent = frame.parent.as_ref().and_then(|id| self.get(id));
        }
        let [xs, ys] = [corners.map(|(x, _)| x), corners.map(|(_, y)| y)];
        let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Rect { x: least(xs), y: least(ys), width: most(xs) - least(xs), height: most(ys) - least(ys) }
    }
}

/// A point turned with a shape about that shape's centre.
fn turn((x, y): (f64, f64), shape: &Shape) -> (f64, f64) {
    if shape.rotation == 0.0 {
        return (x, y);
    }
    let (centre_x, centre_y) = (shape.x + shape.width / 2.0, shape.y + shape.height / 2.0);
    let (sine, cosine) = shape.rotation.sin_cos();
    let (dx, dy) = (x - centre_x, y - centre_y);
    (centre_x + dx * cosine - dy * sine, centre_y + dx * sine + dy * cosine)
}

/// Where a shape is on the canvas: its centre, and how far it is turned in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Centre, on the canvas.
    pub x: f64,
    /// Centre, on the canvas.
    pub y: f64,
    /// Rotation, what it lies in included.
    pub rotation: f64,
}

impl Pose {
    /// The pose of a shape whose parents `find` finds.
    pub fn of<'a>(shape: &Shape, find: impl Fn(&ShapeId) -> Option<&'a Shape>) -> Self {
        let (mut x, mut y) = (shape.x + shape.width / 2.0, shape.y + shape.height / 2.0);
        let mut rotation = shape.rotation;
        let mut parent = shape.parent.as_ref().and_then(&find);
        for _ in 0..32 {
            let Some(frame) = parent else { break };
            (x, y) = turn((x + frame.x, y + frame.y), frame);
            rotation += frame.rotation;
            parent = frame.parent.as_ref().and_then(&find);
        }
        Self { x, y, rotation }
    }

    /// A shape of this size and pose as another shape sees it: its box in local coordinates of a shape of pose
    /// `viewer` and size `viewer_size`, and its rotation relative to it.
    pub fn seen_from(self, size: (f64, f64), viewer: Pose, viewer_size: (f64, f64)) -> (Rect, f64) {
        let (sine, cosine) = (-viewer.rotation).sin_cos();
        let (dx, dy) = (self.x - viewer.x, self.y - viewer.y);
        let centre_x = dx * cosine - dy * sine + viewer_size.0 / 2.0;
        let centre_y = dx * sine + dy * cosine + viewer_size.1 / 2.0;
        let frame = Rect { x: centre_x - size.0 / 2.0, y: centre_y - size.1 / 2.0, width: size.0, height: size.1 };
        (frame, self.rotation - viewer.rotation)
    }
}
