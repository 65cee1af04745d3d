//! [`Shape`]: what a shape type is to its author, and how the contract's calls reach it.

mod description;
mod frame;
mod table;

pub use description::Description;
pub use frame::Frame;
pub use table::{ShapeTable, shape_entry};

pub(crate) use table::{describe, migrate, render, validate};

use serde::de::DeserializeOwned;
use serde::ser::Serialize;

use crate::contract::types::Problem;
use crate::drawing::Drawing;
use crate::props::OldProps;

/// A shape type. The struct holds its props; `Default` gives the props of a new shape.
///
/// Everything here is pure: the same props and frame give the same answer, on the server and in every browser.
pub trait Shape: Default + DeserializeOwned + Serialize {
    /// Its name within the plugin: lower-case letters, digits and `-`.
    const NAME: &'static str;

    /// What people see of it before there is one: always the same.
    fn describe() -> Description;

    /// Brings props into normal form: numbers into range, above all. What it made, it must leave as it is.
    ///
    /// # Errors
    ///
    /// A problem when the props cannot be mended; the edit is then refused and its author shown why.
    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        Ok(())
    }

    /// The width and height that follow from the props, for types whose size is not people's to choose: the box of a
    /// drawn line, a die that stays square. Asked once the props are in normal form, which must stay as they are in a
    /// frame of that size.
    fn size(&self, _frame: &Frame) -> Option<(f64, f64)> {
        None
    }

    /// Draws the shape, in local coordinates: (0, 0) is its top left corner before rotation.
    ///
    /// # Errors
    ///
    /// A problem when it cannot be drawn; people then see a placeholder with its message.
    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem>;

    /// Carries over props that an earlier version wrote ([`Description::version`] says which is current).
    ///
    /// # Errors
    ///
    /// A problem when they cannot be carried over; the shape then stays as it is and is shown as a placeholder.
    fn migrate(from_version: u32, _old: OldProps<'_>) -> Result<Self, Problem> {
        Err(Problem::new("unknown-version", format!("{} cannot read props of version {from_version}", Self::NAME)))
    }
}
