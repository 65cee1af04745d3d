//! [`Description`]: how a shape type presents itself.

use crate::contract::drawing::Size;
use crate::contract::shapes::{CreationGesture, MirrorProps, ResizePolicy, ShapeType};
use crate::schema::{Schema, schema};

/// How a shape type presents itself.
#[derive(Clone, Debug)]
pub struct Description {
    label: String,
    icon: String,
    shortcut: Option<String>,
    default_size: (f64, f64),
    props: Schema,
    creation: CreationGesture,
    resize: ResizePolicy,
    connectable: bool,
    references: Vec<String>,
    assets: Vec<String>,
    mirror: Option<MirrorProps>,
    width_chosen: Option<String>,
    version: u32,
}

impl Description {
    /// A shape type of this label and icon (SVG path data in a 24 by 24 box), drawn by dragging a box,
    /// resized freely, open to connectors, 160 by 120 when placed by a click.
    pub fn new(label: &str, icon: &str) -> Self {
        Description {
            label: label.to_owned(),
            icon: icon.to_owned(),
            shortcut: None,
            default_size: (160.0, 120.0),
            props: schema(),
            creation: CreationGesture::Box,
            resize: ResizePolicy::Free,
            connectable: true,
            references: Vec::new(),
            assets: Vec::new(),
            mirror: None,
            width_chosen: None,
            version: 1,
        }
    }

    /// The props that the inspector shows.
    #[must_use]
    pub fn props(mut self, props: Schema) -> Self {
        self.props = props;
        self
    }

    /// The key that chooses its tool.
    #[must_use]
    pub fn shortcut(mut self, key: &str) -> Self {
        self.shortcut = Some(key.to_owned());
        self
    }

    /// Its size when it is placed by a click.
    #[must_use]
    pub fn default_size(mut self, width: f64, height: f64) -> Self {
        self.default_size = (width, height);
        self
    }

    /// How people make one.
    #[must_use]
    pub fn creation(mut self, gesture: CreationGesture) -> Self {
        self.creation = gesture;
        self
    }

    /// What dragging its handles may do.
    #[must_use]
    pub fn resize(mut self, policy: ResizePolicy) -> Self {
        self.resize = policy;
        self
    }

    /// Whether connectors may attach to it.
    #[must_use]
    pub fn connectable(mut self, connectable: bool) -> Self {
        self.connectable = connectable;
        self
    }

    /// The top-level props that hold the id of another shape, or a list of such ids; 64 ids a shape at most. With the
    /// gesture [`Connect`](CreationGesture::Connect), the first two are given the shapes at the two ends.
    #[must_use]
    pub fn references(mut self, props: &[&str]) -> Self {
        self.references = props.iter().map(|&prop| prop.to_owned()).collect();
        self
    }

    /// The top-level props that hold the id of an asset, or a list of such ids: `&["image"]`. The host keeps the assets
    /// that they name, copies them with the shape and renames them on import.
    #[must_use]
    pub fn assets(mut self, props: &[&str]) -> Self {
        self.assets = props.iter().map(|&prop| prop.to_owned()).collect();
        self
    }

    /// The two boolean props that say which way round it lies: a drag to the left, or a resize beyond the right
    /// side, turns the first one over, and one upwards the second.
    #[must_use]
    pub fn mirrored(mut self, horizontal: &str, vertical: &str) -> Self {
        self.mirror = Some(MirrorProps { horizontal: horizontal.to_owned(), vertical: vertical.to_owned() });
        self
    }

    /// The boolean prop that becomes true when people drag the shape to a width of their choice.
    #[must_use]
    pub fn width_chosen(mut self, prop: &str) -> Self {
        self.width_chosen = Some(prop.to_owned());
        self
    }

    /// The version of the props: 1, and one more whenever those of the version before need [`Shape::migrate`](crate::Shape::migrate).
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The contract's form, for a shape type of this name whose new shapes have these props.
    pub(super) fn into_shape_type(self, name: &str, default_props: String) -> ShapeType {
        let (width, height) = self.default_size;
        ShapeType {
            name: name.to_owned(),
            label: self.label,
            icon: self.icon,
            shortcut: self.shortcut,
            default_size: Size { width, height },
            default_props,
            props_schema: self.props.to_json(),
            creation: self.creation,
            resize: self.resize,
            connectable: self.connectable,
            references: self.references,
            assets: self.assets,
            mirror: self.mirror,
            width_chosen: self.width_chosen,
            version: self.version,
        }
    }

    /// Width and height when it is placed by a click.
    pub(super) fn size(&self) -> (f64, f64) {
        self.default_size
    }
}
