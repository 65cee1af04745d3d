//! Display lists: how a shape looks, as `shapes.render` answers it and `formats.export-file` is given it.
//!
//! The types serialise to JSON as shared vectors compare them: fields in snake case, a variant as
//! `{"tag": …, "val": …}` and an enum as its name, both as the contract writes them, and what is none left out. The
//! browser build answers the same, but for names of fields in camel case and flat paths as typed arrays.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use wasmtime::component::{ComponentType, Lift, Lower};

/// A position.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// An upright rectangle in local coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width, 0 or more.
    pub width: f64,
    /// Height, 0 or more.
    pub height: f64,
}

/// A width and a height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Size {
    /// Width, 0 or more.
    pub width: f64,
    /// Height, 0 or more.
    pub height: f64,
}

/// From one frame of coordinates to another: x becomes a·x + c·y + e, and y becomes b·x + d·y + f.
#[derive(Clone, Copy, Debug, PartialEq, ComponentType, Lower)]
#[component(record)]
#[expect(missing_docs, reason = "the six numbers are what the type's doc says")]
pub struct Matrix {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

/// How a shape looks, in local coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct DisplayList {
    /// A box that holds everything drawn.
    pub bounds: Rect,
    /// What is drawn, back to front.
    pub items: Vec<Item>,
    /// The closed contour that counts as the shape; none: its box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<PathData>,
    /// Where people type; empty: it has no text.
    pub labels: Vec<LabelArea>,
    /// Where connectors attach; empty: anywhere on the outline.
    pub anchors: Vec<Anchor>,
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Item {
    /// A path, filled, stroked or both.
    #[component(name = "path")]
    Path(Path),
    /// Text, laid out by the host in a box.
    #[component(name = "text")]
    Text(TextBlock),
    /// An image of the project.
    #[component(name = "image")]
    Image(Image),
}

/// A path with its colours.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Path {
    /// Its course.
    pub data: PathData,
    /// The inside's colour; none: not filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill: Option<Color>,
    /// The line; none: not stroked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stroke: Option<Stroke>,
}

/// A path's course, in either form of the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum PathData {
    /// The readable form.
    #[component(name = "segments")]
    Segments(Vec<Segment>),
    /// The fast form: commands and coordinates in one list.
    #[component(name = "flat")]
    Flat(Vec<f64>),
}

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Segment {
    /// Starts a new part of the path.
    #[component(name = "move-to")]
    MoveTo(Point),
    /// A straight line.
    #[component(name = "line-to")]
    LineTo(Point),
    /// A quadratic Bézier curve.
    #[component(name = "quadratic-to")]
    QuadraticTo(Quadratic),
    /// A cubic Bézier curve.
    #[component(name = "cubic-to")]
    CubicTo(Cubic),
    /// A straight line back to where the part started.
    #[component(name = "close")]
    Close,
}

/// A quadratic Bézier curve from where the path is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Quadratic {
    /// The control point.
    pub control: Point,
    /// Where it ends.
    pub to: Point,
}

/// A cubic Bézier curve from where the path is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Cubic {
    /// The first control point.
    pub control1: Point,
    /// The second control point.
    pub control2: Point,
    /// Where it ends.
    pub to: Point,
}

/// A colour: fixed, or one of the theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(variant)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub enum Color {
    /// 0xRRGGBBAA.
    #[component(name = "rgba")]
    Rgba(u32),
    /// The theme's foreground.
    #[component(name = "ink")]
    Ink,
    /// The canvas's own background.
    #[component(name = "paper")]
    Paper,
    /// A foreground of less weight.
    #[component(name = "muted")]
    Muted,
    /// The theme's accent.
    #[component(name = "accent")]
    Accent,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Stroke {
    /// Its colour.
    pub color: Color,
    /// Its width, more than 0.
    pub width: f64,
    /// Lengths of dashes and gaps by turns; empty: a solid line.
    pub dash: Vec<f64>,
    /// How its ends look.
    pub cap: LineCap,
    /// How its corners look.
    pub join: LineJoin,
}

/// How a line's ends look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum LineCap {
    /// Cut off at the end.
    #[component(name = "butt")]
    Butt,
    /// Half a disc beyond the end.
    #[component(name = "round")]
    Round,
    /// Half a square beyond the end.
    #[component(name = "square")]
    Square,
}

/// How a line's corners look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum LineJoin {
    /// Pointed.
    #[component(name = "miter")]
    Miter,
    /// Rounded.
    #[component(name = "round")]
    Round,
    /// Cut off.
    #[component(name = "bevel")]
    Bevel,
}

/// Text in a box.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct TextBlock {
    /// What it says.
    pub content: String,
    /// The box that it is laid out in.
    pub area: Rect,
    /// How it looks.
    pub style: TextStyle,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct TextStyle {
    /// The family of its font.
    pub font: FontFamily,
    /// Font size, more than 0.
    pub size: f64,
    /// 100 to 900, as in CSS.
    pub weight: u16,
    /// Whether it slants.
    pub italic: bool,
    /// Where lines stand in the width.
    pub align: TextAlign,
    /// Where the block stands in the height.
    #[component(name = "vertical-align")]
    pub vertical_align: VerticalAlign,
    /// Distance of base lines as a multiple of the size.
    #[component(name = "line-height")]
    pub line_height: f64,
    /// Whether lines are broken at the area's width.
    pub wrap: bool,
    /// Its colour.
    pub color: Color,
}

/// A family of fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum FontFamily {
    /// Without serifs.
    #[component(name = "sans")]
    Sans,
    /// With serifs.
    #[component(name = "serif")]
    Serif,
    /// Every letter as wide.
    #[component(name = "mono")]
    Mono,
    /// As if written by hand.
    #[component(name = "hand")]
    Hand,
}

/// Where lines stand in the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum TextAlign {
    /// At the left.
    #[component(name = "left")]
    Left,
    /// In the middle.
    #[component(name = "center")]
    Center,
    /// At the right.
    #[component(name = "right")]
    Right,
}

/// Where a block of text stands in the height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum VerticalAlign {
    /// At the top.
    #[component(name = "top")]
    Top,
    /// In the middle.
    #[component(name = "middle")]
    Middle,
    /// At the bottom.
    #[component(name = "bottom")]
    Bottom,
}

/// An image of the project.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Image {
    /// The id of an asset of the project.
    pub asset: String,
    /// Where it is drawn.
    pub area: Rect,
    /// How it fills that.
    pub fit: ImageFit,
}

/// How an image fills its area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum ImageFit {
    /// Whole, in proportion, inside the area.
    #[component(name = "contain")]
    Contain,
    /// In proportion, covering the area, cut at its edges.
    #[component(name = "cover")]
    Cover,
    /// Stretched to the area.
    #[component(name = "fill")]
    Fill,
}

/// Where a text of a shape is edited.
#[derive(Clone, Debug, PartialEq, Serialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct LabelArea {
    /// The top-level prop that holds the text.
    pub prop: String,
    /// Where it is.
    pub area: Rect,
    /// How the text looks.
    pub style: TextStyle,
    /// What it does to the shape's size.
    pub fit: TextFit,
}

/// What a text does to its shape's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ComponentType, Lift, Lower)]
#[component(enum)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum TextFit {
    /// Nothing.
    #[component(name = "none")]
    None,
    /// The shape is as tall as its lines.
    #[component(name = "height")]
    Height,
    /// The shape is as tall as its lines and as wide as the longest.
    #[component(name = "both")]
    Both,
}

/// A place where connectors attach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Anchor {
    /// Unique within the shape: `top`.
    pub name: String,
    /// Where it is.
    pub at: Point,
    /// The angle at which a connector leaves there; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<f64>,
}
