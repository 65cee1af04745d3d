//! [`Frame`]: what surrounds a shape's props.

use crate::contract::shapes::{Geometry, ReferredShape};
use crate::contract::types::{Point, Rect};

/// What surrounds the props: the shape's size, and where the shapes are that it refers to.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Width before rotation, 0 or more.
    pub width: f64,
    /// Height before rotation, 0 or more.
    pub height: f64,
    /// The shapes that the props refer to, for types with [`Description::references`](super::Description::references).
    pub references: Vec<ReferredShape>,
}

impl Frame {
    /// The frame of a shape of this size that refers to no other.
    pub fn sized(width: f64, height: f64) -> Self {
        Frame { width, height, references: Vec::new() }
    }

    /// The shape's own box.
    pub fn rect(&self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: self.width, height: self.height }
    }

    /// The middle of its box.
    pub fn center(&self) -> Point {
        Point { x: self.width / 2.0, y: self.height / 2.0 }
    }

    /// Where the shape is that this prop refers to, if it refers to one that exists.
    pub fn referred(&self, prop: &str) -> Option<&Geometry> {
        self.all_referred(prop).next()?.geometry.as_ref()
    }

    /// The shapes that this prop refers to, in the order of its list; those that do not exist have no geometry.
    pub fn all_referred(&self, prop: &str) -> impl Iterator<Item = &ReferredShape> {
        self.references.iter().filter(move |shape| shape.prop == prop)
    }
}
