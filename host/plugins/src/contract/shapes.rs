//! The exported interface `shapes`: its types, and how a plugin's answers are read.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use wasmtime::component::{ComponentType, Lift, Lower};

use super::display_list::{Anchor, DisplayList, PathData, Rect, Size};
use super::imports::types::Problem;

/// Parameters of `validate` and `render`.
pub(crate) type ShapesParams<'a> = (&'a [ShapeArgument<'a>],);
/// Results of `describe`.
pub(crate) type DescribeResults = (Vec<ShapeType>,);
/// Results of `validate`.
pub(crate) type ValidateResults = (Vec<Result<NormalForm, Problem>>,);
/// Results of `migrate`.
pub(crate) type MigrateResults = (Vec<Result<String, Problem>>,);
/// Results of `render`.
pub(crate) type RenderResults = (Vec<Result<DisplayList, Problem>>,);
/// Parameters of `migrate`.
pub(crate) type MigrateParams<'a> = (&'a [MigrationArgument<'a>],);

/// A shape type as its plugin answers it, before it is checked.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct ShapeType {
    pub name: String,
    pub label: String,
    pub icon: String,
    pub shortcut: Option<String>,
    #[component(name = "default-size")]
    pub default_size: Size,
    #[component(name = "default-props")]
    pub default_props: String,
    #[component(name = "props-schema")]
    pub props_schema: String,
    pub creation: CreationGesture,
    pub resize: ResizePolicy,
    pub connectable: bool,
    pub references: Vec<String>,
    pub assets: Vec<String>,
    pub mirror: Option<MirrorProps>,
    #[component(name = "width-chosen")]
    pub width_chosen: Option<String>,
    pub version: u32,
}

/// The names of the boolean props that say which way round a shape lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ComponentType, Lift)]
#[component(record)]
pub struct MirrorProps {
    /// True when left and right have changed places.
    pub horizontal: String,
    /// True when top and bottom have changed places.
    pub vertical: String,
}

/// A shape in normal form, before it is checked.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct NormalForm {
    pub props: String,
    pub size: Option<Size>,
}

/// How people make a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ComponentType, Lift)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum CreationGesture {
    /// Press, drag a box, let go.
    #[component(name = "box")]
    Box,
    /// One click.
    #[component(name = "click")]
    Click,
    /// Clicks set points one after the other.
    #[component(name = "points")]
    Points,
    /// Press, draw, let go.
    #[component(name = "freehand")]
    Freehand,
    /// Press on one shape, drag, let go on another.
    #[component(name = "connect")]
    Connect,
}

/// What dragging a shape's handles may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ComponentType, Lift)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ResizePolicy {
    /// Width and height on their own.
    #[component(name = "free")]
    Free,
    /// Both together, in proportion.
    #[component(name = "keep-aspect")]
    KeepAspect,
    /// Width only.
    #[component(name = "width-only")]
    WidthOnly,
    /// Nothing.
    #[component(name = "fixed")]
    Fixed,
}

/// A shape as it is handed to `validate` and `render`: borrowed, because strings are what a call costs.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ShapeArgument<'a> {
    #[component(name = "type")]
    pub type_name: &'a str,
    pub width: f64,
    pub height: f64,
    pub props: &'a str,
    pub references: &'a [ReferredArgument<'a>],
}

/// A shape that another one refers to.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct ReferredArgument<'a> {
    pub prop: &'a str,
    pub id: &'a str,
    pub geometry: Option<&'a Geometry>,
}

/// Where a referred shape is, in the local coordinates of the shape that refers to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lower)]
#[component(record)]
pub struct Geometry {
    /// Its box before rotation.
    #[component(name = "box")]
    #[serde(rename = "box")]
    pub frame: Rect,
    /// Its rotation about the centre of that box, relative to the shape that refers to it.
    pub rotation: f64,
    /// Its outline as it lies there, where that is known: in `render`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<PathData>,
    /// Its anchors as they lie there, where they are known: in `render`.
    #[serde(default)]
    pub anchors: Vec<Anchor>,
}

/// Props to be migrated.
#[derive(Clone, Copy, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct MigrationArgument<'a> {
    #[component(name = "type")]
    pub type_name: &'a str,
    #[component(name = "from-version")]
    pub from_version: u32,
    pub props: &'a str,
}
