//! What a plugin for CollabCanvas is made of: the contract, a macro to export it, builders and types.
//!
//! A plugin is one `.wasm` file. It exports any of four things, and [`export_plugin!`] takes care of
//! the plumbing of each:
//!
//! | it offers | you write | you list it under |
//! | --- | --- | --- |
//! | shape types | a serde struct for the props, and [`Shape`] for it | `shapes:` |
//! | tools for the AI | a type with [`Tool`] | `tools:` |
//! | file formats | a type with [`Format`] | `formats:` |
//! | a save strategy | a type with [`SaveStrategy`] | `strategy:` |
//!
//! Data enters as JSON ([`props`]: defaults filled in, unknown members dropped, wrong types answered by
//! a [`Problem`] with their path) and leaves as JSON or, for a shape that is drawn, as a [`Drawing`].
//! A component pays only for what it lists: one of shapes alone imports nothing but `log`.
//!
//! ```
//! use collabcanvas_plugin::prelude::*;
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(default)]
//! struct Pill {
//!     fill: Paint,
//! }
//!
//! impl Default for Pill {
//!     fn default() -> Self {
//!         Pill { fill: Paint::of(Color::Accent) }
//!     }
//! }
//!
//! impl Shape for Pill {
//!     const NAME: &'static str = "pill";
//!
//!     fn describe() -> Description {
//!         Description::new("Pill", "M8 6h8a6 6 0 0 1 0 12H8A6 6 0 0 1 8 6z")
//!             .props(schema().color("fill", "Fill"))
//!     }
//!
//!     fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
//!         let pill = Path::rect(0.0, 0.0, frame.width, frame.height).round(frame.height / 2.0);
//!         Ok(Drawing::of(pill.fill(self.fill)))
//!     }
//! }
//!
//! export_plugin! { shapes: [Pill] }
//! ```
//!
//! Everything runs on the host's own target too, so plugins are tested by plain `cargo test`:
//! [`testing`] has what that needs.

// What the macros expand to names this crate in full, here too.
extern crate self as collabcanvas_plugin;

mod checkpoints;
mod color;
pub mod contract;
mod drawing;
mod due;
mod edit;
mod export;
mod format;
mod geometry;
pub mod log;
pub mod manifest;
mod panic_hook;
mod problem;
pub mod props;
mod schema;
mod shape;
mod strategy;
pub mod testing;
mod tool;

pub use checkpoints::Checkpoints;
pub use color::{Paint, ParseColorError};
pub use contract::ai_tools::CallContext;
pub use contract::drawing::{
    Anchor, Color, DisplayList, FontFamily, ImageFit, Item, LabelArea, LineCap, LineJoin, Matrix, Size, TextAlign,
    TextFit, TextStyle, VerticalAlign,
};
pub use contract::formats::{Asset, DrawnShape, Imported};
pub use contract::host::{access, canvas, canvas_edit, clock, config, storage};
pub use contract::save_strategy::{Acknowledgement, SavePlan, SaveState};
pub use contract::shapes::{CreationGesture, Geometry, NormalForm, ReferredShape, ResizePolicy};
pub use contract::types::{Operation, Patch, Point, Problem, Rect};
pub use drawing::{Drawing, Image, Path, Stroke, Text};
pub use due::Due;
pub use edit::NewShape;
pub use format::{Format, FormatDescription};
pub use schema::{Schema, schema};
pub use serde_json::json;
pub use shape::{Description, Frame, Shape};
pub use strategy::SaveStrategy;
pub use tool::Tool;

/// Everything that a shape type, a tool or a format usually needs, for one `use`.
pub mod prelude {
    pub use crate::props::{OldProps, clamp, whole};
    pub use crate::{
        Asset, CallContext, Color, CreationGesture, Description, Drawing, DrawnShape, FontFamily, Format,
        FormatDescription, Frame, Image, Imported, NewShape, Operation, Paint, Patch, Path, Point, Problem, Rect,
        ResizePolicy, Schema, Shape, Stroke, Text, TextAlign, TextFit, Tool, VerticalAlign, export_plugin, json,
        schema,
    };
    pub use serde::{Deserialize, Serialize};
}

/// The README's example, compiled by `cargo test` so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What generated code calls.
#[doc(hidden)]
pub use wit_bindgen::rt as __rt;

/// What the macros of this crate expand to; no part of its interface.
#[doc(hidden)]
pub mod plumbing {
    pub use crate::contract::{ai, files, saving, shaping};
    pub use crate::format::{FormatTable, format_entry};
    pub use crate::shape::{ShapeTable, shape_entry};
    pub use crate::strategy::{describe as describe_strategy, plan};
    pub use crate::tool::{ToolTable, tool_entry};
}
