//! [`Shape`]: what a shape type is to its author, and how the contract's calls reach it.

use serde::de::DeserializeOwned;
use serde::ser::Serialize;

use crate::contract::shapes::{
    CreationGesture, DisplayList, Geometry, MigrationInput, ReferredShape, ResizePolicy, ShapeInput, ShapeType, Size,
};
use crate::contract::types::{Point, Problem, Rect};
use crate::drawing::Drawing;
use crate::props::{self, OldProps};
use crate::schema::{Schema, schema};

/// A shape type. The struct holds its props; `Default` gives the props of a new shape.
///
/// Everything here is pure: the same props and frame give the same answer, on the server and in every browser.
pub trait Shape: Default + DeserializeOwned + Serialize {
    /// Its name within the plugin: lower-case letters, digits and `-`.
    const NAME: &'static str;

    /// What people see of it before there is one. Called once per build of the plugin.
    fn describe() -> Description;

    /// Brings props into normal form: numbers into range, above all. What it made, it must leave as it is.
    ///
    /// # Errors
    ///
    /// A problem when the props cannot be mended; the edit is then refused and its author shown why.
    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        Ok(())
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
    /// A problem when they cannot be carried over; the upgrade is then not done.
    fn migrate(from_version: u32, _old: OldProps<'_>) -> Result<Self, Problem> {
        Err(Problem::new("unknown-version", format!("{} cannot read props of version {from_version}", Self::NAME)))
    }
}

/// What surrounds the props: the shape's size, and where the shapes are that it refers to.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Width before rotation, 0 or more.
    pub width: f64,
    /// Height before rotation, 0 or more.
    pub height: f64,
    /// The shapes that the props refer to, for types with [`Description::references`].
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
        let referred = self.references.iter().find(|shape| shape.prop == prop)?;
        referred.geometry.as_ref()
    }
}

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

    /// The top-level props that hold the id of another shape, or null.
    #[must_use]
    pub fn references(mut self, props: &[&str]) -> Self {
        self.references = props.iter().map(|&prop| prop.to_owned()).collect();
        self
    }

    /// The version of the props: 1, and one more whenever those of the version before need [`Shape::migrate`].
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }
}

/// A shape type as the exported functions see it.
#[doc(hidden)]
pub struct ShapeEntry {
    name: &'static str,
    describe: fn() -> ShapeType,
    validate: fn(&str, &Frame) -> Result<String, Problem>,
    render: fn(&str, &Frame) -> Result<DisplayList, Problem>,
    migrate: fn(u32, &str) -> Result<String, Problem>,
}

/// The entry of one shape type.
#[doc(hidden)]
pub const fn shape_entry<S: Shape>() -> ShapeEntry {
    ShapeEntry {
        name: S::NAME,
        describe: describe::<S>,
        validate: validate::<S>,
        render: render::<S>,
        migrate: migrate::<S>,
    }
}

pub(crate) fn describe<S: Shape>() -> ShapeType {
    let about = S::describe();
    let (width, height) = about.default_size;
    let default_props = normal_form(S::default(), &Frame::sized(width, height), 256)
        .unwrap_or_else(|problem| panic!("{}: default props: {}", S::NAME, problem.message));
    ShapeType {
        name: S::NAME.to_owned(),
        label: about.label,
        icon: about.icon,
        shortcut: about.shortcut,
        default_size: Size { width, height },
        default_props,
        props_schema: about.props.to_json(),
        creation: about.creation,
        resize: about.resize,
        connectable: about.connectable,
        references: about.references,
        version: about.version,
    }
}

pub(crate) fn validate<S: Shape>(json: &str, frame: &Frame) -> Result<String, Problem> {
    // Most props come in normal form, and their answer then needs not a byte more, nor less, than they do.
    let capacity = if json.len() < 64 { 256 } else { json.len() };
    normal_form(props::read::<S>(json)?, frame, capacity)
}

fn normal_form<S: Shape>(mut shape: S, frame: &Frame, capacity: usize) -> Result<String, Problem> {
    shape.normalise(frame)?;
    props::write(&shape, capacity)
}

pub(crate) fn render<S: Shape>(json: &str, frame: &Frame) -> Result<DisplayList, Problem> {
    let shape: S = props::read(json)?;
    Ok(shape.draw(frame)?.into_display_list())
}

pub(crate) fn migrate<S: Shape>(from_version: u32, json: &str) -> Result<String, Problem> {
    let shape = S::migrate(from_version, OldProps(json))?;
    props::write(&shape, json.len() + 64)
}

/// The shape types of a plugin: what its exported functions look names up in.
#[doc(hidden)]
pub struct ShapeTable(pub &'static [ShapeEntry]);

impl ShapeTable {
    pub fn describe(&self) -> Vec<ShapeType> {
        crate::panic_hook::install();
        self.0.iter().map(|entry| (entry.describe)()).collect()
    }

    pub fn validate(&self, shapes: Vec<ShapeInput>) -> Vec<Result<String, Problem>> {
        crate::panic_hook::install();
        self.each(shapes, |entry, props, frame| (entry.validate)(props, frame))
    }

    pub fn render(&self, shapes: Vec<ShapeInput>) -> Vec<Result<DisplayList, Problem>> {
        crate::panic_hook::install();
        self.each(shapes, |entry, props, frame| (entry.render)(props, frame))
    }

    pub fn migrate(&self, shapes: Vec<MigrationInput>) -> Vec<Result<String, Problem>> {
        crate::panic_hook::install();
        let migrate = |shape: MigrationInput| (self.entry(&shape.type_)?.migrate)(shape.from_version, &shape.props);
        shapes.into_iter().map(migrate).collect()
    }

    fn each<T>(
        &self,
        shapes: Vec<ShapeInput>,
        answer: impl Fn(&ShapeEntry, &str, &Frame) -> Result<T, Problem>,
    ) -> Vec<Result<T, Problem>> {
        let one = |shape: ShapeInput| {
            let frame = Frame { width: shape.width, height: shape.height, references: shape.references };
            answer(self.entry(&shape.type_)?, &shape.props, &frame)
        };
        shapes.into_iter().map(one).collect()
    }

    fn entry(&self, name: &str) -> Result<&ShapeEntry, Problem> {
        let found = self.0.iter().find(|entry| entry.name == name);
        found.ok_or_else(|| {
            let known = self.0.iter().map(|entry| entry.name);
            Problem::unknown("unknown-type", "shape type", name, known)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check_laws;
    use serde::{Deserialize, Serialize};

    #[derive(Default, Deserialize, Serialize)]
    #[serde(default)]
    struct Dot {
        size: f64,
    }

    impl Shape for Dot {
        const NAME: &'static str = "dot";

        fn describe() -> Description {
            Description::new("Dot", "M12 12h.01").props(schema().number("size", "Size", 0.0..=9.0))
        }

        fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
            crate::props::clamp(&mut self.size, 0.0..=9.0);
            Ok(())
        }

        fn draw(&self, _frame: &Frame) -> Result<Drawing, Problem> {
            Ok(Drawing::new())
        }
    }

    /// Breaks the law that a normal form stays as it is.
    #[derive(Default, Deserialize, Serialize)]
    #[serde(default)]
    struct Growing {
        size: f64,
    }

    impl Shape for Growing {
        const NAME: &'static str = "growing";

        fn describe() -> Description {
            Dot::describe()
        }

        fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
            self.size += 1.0;
            Ok(())
        }

        fn draw(&self, _frame: &Frame) -> Result<Drawing, Problem> {
            Ok(Drawing::new())
        }
    }

    static TABLE: ShapeTable = ShapeTable(&[shape_entry::<Dot>()]);

    fn input(type_: &str, props: &str) -> ShapeInput {
        ShapeInput {
            id: "a".to_owned(),
            type_: type_.to_owned(),
            width: 1.0,
            height: 1.0,
            props: props.to_owned(),
            references: Vec::new(),
        }
    }

    #[test]
    fn one_bad_shape_does_not_spoil_the_others_c1() {
        let answers = TABLE.validate(vec![
            input("dot", r#"{"size":3}"#),
            input("blot", "{}"),
            input("dot", r#"{"size":[]}"#),
            input("dot", r#"{"size":12}"#),
        ]);
        let codes: Vec<&str> = answers
            .iter()
            .map(|answer| match answer {
                Ok(props) => props.as_str(),
                Err(problem) => problem.code.as_str(),
            })
            .collect();
        assert_eq!(codes, [r#"{"size":3}"#, "unknown-type", "bad-props", r#"{"size":9}"#]);
    }

    #[test]
    fn a_shape_type_without_migration_refuses_old_props() {
        let input = MigrationInput { type_: "dot".to_owned(), from_version: 1, props: "{}".to_owned() };
        let answers = TABLE.migrate(vec![input]);
        assert_eq!(answers[0].as_ref().unwrap_err().code, "unknown-version");
    }

    #[test]
    fn the_laws_hold_for_a_shape_type_that_keeps_them() {
        check_laws::<Dot>();
    }

    #[test]
    #[should_panic(expected = "validated twice")]
    fn the_laws_find_a_normal_form_that_does_not_stay() {
        check_laws::<Growing>();
    }
}
