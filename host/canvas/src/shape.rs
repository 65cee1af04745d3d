use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{OrderKey, Problem, Props, ShapeId, ShapeType};

/// Largest shape, in bytes of its JSON text.
pub const MAX_SHAPE_BYTES: usize = 64 * 1024;

/// Coordinates and lengths stay within this, so that no sum of a few of them loses a hundredth of a unit.
pub const MAX_COORDINATE: f64 = 1e9;

/// A record on the canvas. Lengths in canvas units, angles in radians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Unique in its canvas; stays the same for the shape's whole life.
    pub id: ShapeId,
    /// Its shape type, `plugin/type`.
    #[serde(rename = "type")]
    pub shape_type: ShapeType,
    /// The shape that it lies in; none: the canvas itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub parent: Option<ShapeId>,
    /// Its place among its siblings, back to front.
    pub index: OrderKey,
    /// Left edge before rotation, in the parent's frame.
    pub x: f64,
    /// Top edge before rotation, in the parent's frame.
    pub y: f64,
    /// Width before rotation, 0 or more.
    pub width: f64,
    /// Height before rotation, 0 or more.
    pub height: f64,
    /// Rotation about the centre.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(as = "Option<f64>", optional)]
    pub rotation: f64,
    /// 0 (unseen) to 1 (solid).
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[ts(as = "Option<f64>", optional)]
    pub opacity: f64,
    /// A locked shape refuses every operation but one that unlocks it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub locked: bool,
    /// What the shape type defines.
    pub props: Props,
    /// The version of its shape type that wrote the props, 1 or more.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    #[ts(as = "Option<u32>", optional)]
    pub version: u32,
}

impl Shape {
    /// Whether every number is finite and in its range.
    pub fn check(&self) -> Result<(), Problem> {
        for (name, value) in [("x", self.x), ("y", self.y)] {
            in_range(name, value, -MAX_COORDINATE, MAX_COORDINATE)?;
        }
        for (name, value) in [("width", self.width), ("height", self.height)] {
            in_range(name, value, 0.0, MAX_COORDINATE)?;
        }
        in_range("rotation", self.rotation, -1e6, 1e6)?;
        in_range("opacity", self.opacity, 0.0, 1.0)?;
        in_range("version", self.version.into(), 1.0, u32::MAX.into())?;
        self.check_size()
    }

    /// Whether the shape is within [`MAX_SHAPE_BYTES`], by the one part that can grow.
    fn check_size(&self) -> Result<(), Problem> {
        let bytes = self.props.as_str().len();
        if bytes <= MAX_SHAPE_BYTES {
            return Ok(());
        }
        Err(Problem::new(
            "shape-too-large",
            format!("the shape {} has {bytes} bytes of props; a shape may have {MAX_SHAPE_BYTES}: split it", self.id),
        )
        .at("/props"))
    }
}

/// Some fields of a shape to be set; a field that is absent stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The shape to change.
    pub id: ShapeId,
    /// The new parent; null moves the shape to the canvas itself.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "nullable")]
    #[ts(type = "string | null", optional)]
    pub parent: Option<Option<ShapeId>>,
    /// The new order key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub index: Option<OrderKey>,
    /// The new left edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub x: Option<f64>,
    /// The new top edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub y: Option<f64>,
    /// The new width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub width: Option<f64>,
    /// The new height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub height: Option<f64>,
    /// The new rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rotation: Option<f64>,
    /// The new opacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub opacity: Option<f64>,
    /// Locks or unlocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub locked: Option<bool>,
    /// Top-level props to replace; a member that is null removes the prop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub props: Option<Props>,
}

impl Patch {
    /// A patch that sets nothing yet.
    pub fn of(id: ShapeId) -> Self {
        Self {
            id,
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

    /// Sets the fields that this patch names.
    pub fn apply_to(&self, shape: &mut Shape) {
        fn set<T: Clone>(field: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                *field = value.clone();
            }
        }
        set(&mut shape.parent, &self.parent);
        set(&mut shape.index, &self.index);
        set(&mut shape.x, &self.x);
        set(&mut shape.y, &self.y);
        set(&mut shape.width, &self.width);
        set(&mut shape.height, &self.height);
        set(&mut shape.rotation, &self.rotation);
        set(&mut shape.opacity, &self.opacity);
        set(&mut shape.locked, &self.locked);
        if let Some(props) = &self.props {
            shape.props = shape.props.merge(props);
        }
    }

    /// This patch with the fields of a later one laid over it.
    #[must_use]
    pub fn then(mut self, later: Patch) -> Patch {
        fn over<T>(field: &mut Option<T>, later: Option<T>) {
            if later.is_some() {
                *field = later;
            }
        }
        over(&mut self.parent, later.parent);
        over(&mut self.index, later.index);
        over(&mut self.x, later.x);
        over(&mut self.y, later.y);
        over(&mut self.width, later.width);
        over(&mut self.height, later.height);
        over(&mut self.rotation, later.rotation);
        over(&mut self.opacity, later.opacity);
        over(&mut self.locked, later.locked);
        // The caller recomputes props against the state: see `Draft`.
        over(&mut self.props, later.props);
        self
    }
}

fn in_range(name: &str, value: f64, least: f64, most: f64) -> Result<(), Problem> {
    // NaN and infinities cannot come over JSON, but plugins hand in floats.
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Problem::new("out-of-range", format!("{name} is {value}; it must be {least} to {most}")).at(format!("/{name}")))
}

fn one() -> f64 {
    1.0
}

fn first_version() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first_version(version: &u32) -> bool {
    *version == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(value: &f64) -> bool {
    *value == 1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Tells a field that is absent (`None`) from one that is null (`Some(None)`).
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}
