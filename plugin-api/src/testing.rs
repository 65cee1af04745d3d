//! What unit tests of a plugin need. They run natively, by `cargo test`: no host, no wasm.

use crate::contract::shapes::{DisplayList, ShapeType};
use crate::contract::types::Problem;
use crate::shape::{self, Frame, Shape};

/// What the host learns of a shape type when its plugin is installed.
pub fn described<S: Shape>() -> ShapeType {
    shape::describe::<S>()
}

/// The props' normal form, as the host gets it.
///
/// # Errors
///
/// What the shape type refuses.
pub fn validated<S: Shape>(props: &str, frame: &Frame) -> Result<String, Problem> {
    shape::validate::<S>(props, frame)
}

/// The display list of a shape of these props (any, as a person may send them), as a browser gets it.
///
/// # Errors
///
/// What the shape type refuses, be it to validate or to draw.
pub fn rendered<S: Shape>(props: &str, frame: &Frame) -> Result<DisplayList, Problem> {
    shape::render::<S>(&validated::<S>(props, frame)?, frame)
}

/// Props of an earlier version, carried over.
///
/// # Errors
///
/// What the shape type cannot carry over.
pub fn migrated<S: Shape>(from_version: u32, props: &str) -> Result<String, Problem> {
    shape::migrate::<S>(from_version, props)
}
