//! What the exported functions do with the shape types of a plugin.

use crate::contract::drawing::{DisplayList, Size};
use crate::contract::shapes::{MigrationInput, NormalForm, ShapeInput, ShapeType};
use crate::contract::types::Problem;
use crate::props::{self, OldProps};
use crate::shape::{Frame, Shape};

/// A shape type as the exported functions see it.
#[doc(hidden)]
pub struct ShapeEntry {
    name: &'static str,
    describe: fn() -> ShapeType,
    validate: fn(&str, &Frame) -> Result<NormalForm, Problem>,
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
    let (width, height) = about.size();
    let default_props = normal_form(S::default(), &Frame::sized(width, height), 256)
        .unwrap_or_else(|problem| panic!("{}: default props: {}", S::NAME, problem.message))
        .props;
    about.into_shape_type(S::NAME, default_props)
}

pub(crate) fn validate<S: Shape>(json: &str, frame: &Frame) -> Result<NormalForm, Problem> {
    // Most props come in normal form, and their answer then needs not a byte more, nor less, than they do.
    let capacity = json.len().max(256);
    normal_form(props::read::<S>(json)?, frame, capacity)
}

fn normal_form<S: Shape>(mut shape: S, frame: &Frame, capacity: usize) -> Result<NormalForm, Problem> {
    shape.normalise(frame)?;
    let size = shape.size(frame).map(|(width, height)| Size { width, height });
    Ok(NormalForm { props: props::write(&shape, capacity)?, size })
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

    pub fn validate(&self, shapes: Vec<ShapeInput>) -> Vec<Result<NormalForm, Problem>> {
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
    use crate::drawing::Drawing;
    use crate::schema::schema;
    use crate::shape::Description;
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

    /// Has a prop that may be none.
    #[derive(Default, Deserialize, Serialize)]
    #[serde(default)]
    struct Named {
        name: Option<String>,
        line: f64,
    }

    impl Shape for Named {
        const NAME: &'static str = "named";

        fn describe() -> Description {
            let props = schema().reference("name", "Name").number("line", "Line", 0.0..=20.0);
            Description::new("Named", "M12 12h.01").assets(&["name"]).props(props)
        }

        fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
            crate::props::clamp(&mut self.line, 0.0..=20.0);
            Ok(())
        }

        fn draw(&self, _frame: &Frame) -> Result<Drawing, Problem> {
            Ok(Drawing::new())
        }
    }

    /// Has a default that its schema forbids.
    #[derive(Deserialize, Serialize)]
    #[serde(default)]
    struct Thick {
        size: f64,
    }

    impl Default for Thick {
        fn default() -> Self {
            Thick { size: 30.0 }
        }
    }

    impl Shape for Thick {
        const NAME: &'static str = "thick";

        fn describe() -> Description {
            Dot::describe()
        }

        fn draw(&self, _frame: &Frame) -> Result<Drawing, Problem> {
            Ok(Drawing::new())
        }
    }

    static TABLE: ShapeTable = ShapeTable(&[shape_entry::<Dot>()]);

    fn input(type_: &str, props: &str) -> ShapeInput {
        ShapeInput { type_: type_.to_owned(), width: 1.0, height: 1.0, props: props.to_owned(), references: Vec::new() }
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
                Ok(normal) => normal.props.as_str(),
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
    fn a_prop_that_is_none_is_not_there() {
        check_laws::<Named>();
        assert_eq!(describe::<Named>().default_props, r#"{"line":0}"#);
        let normal = validate::<Named>(r#"{"name":null,"line":3}"#, &Frame::default()).unwrap();
        assert_eq!(normal.props, r#"{"line":3}"#);
    }

    #[test]
    #[should_panic(expected = "\"size\" is 30, and its schema says \"maximum\": 9")]
    fn the_laws_find_default_props_that_do_not_fit_the_schema() {
        check_laws::<Thick>();
    }

    #[test]
    #[should_panic(expected = "validated twice")]
    fn the_laws_find_a_normal_form_that_does_not_stay() {
        check_laws::<Growing>();
    }
}
