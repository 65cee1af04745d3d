//! [`Tool`]: something that the AI may do on the canvas.

use serde::de::DeserializeOwned;
use serde::ser::Serialize;

use crate::contract::ai_tools::{self, CallContext};
use crate::contract::types::Problem;
use crate::props;
use crate::schema::Schema;

/// A tool for the AI, or for any other client of the tool protocol. It works on the canvas through
/// [`canvas`](crate::canvas) and [`canvas_edit`](crate::canvas_edit), as the acting user.
pub trait Tool {
    /// What it is called with.
    type Arguments: DeserializeOwned;
    /// What it gives back.
    type Answer: Serialize;

    /// Its name within the plugin: lower-case letters, digits and `_`.
    const NAME: &'static str;
    /// What it does, when to use it and what it gives back, written for a model.
    const DESCRIPTION: &'static str;
    /// Whether it may change the canvas. One that says no is refused `canvas_edit::apply`.
    const CHANGES_CANVAS: bool;

    /// What its arguments look like.
    fn arguments() -> Schema;

    /// Does the work.
    ///
    /// # Errors
    ///
    /// A problem that the model is told, so that it may try again another way.
    fn call(arguments: Self::Arguments, context: &CallContext) -> Result<Self::Answer, Problem>;
}

/// A tool as the exported functions see it.
#[doc(hidden)]
pub struct ToolEntry {
    name: &'static str,
    describe: fn() -> ai_tools::Tool,
    call: fn(&str, &CallContext) -> Result<String, Problem>,
}

/// The entry of one tool.
#[doc(hidden)]
pub const fn tool_entry<T: Tool>() -> ToolEntry {
    ToolEntry { name: T::NAME, describe: describe::<T>, call: call::<T> }
}

fn describe<T: Tool>() -> ai_tools::Tool {
    ai_tools::Tool {
        name: T::NAME.to_owned(),
        description: T::DESCRIPTION.to_owned(),
        input_schema: T::arguments().to_json(),
        changes_canvas: T::CHANGES_CANVAS,
    }
}

fn call<T: Tool>(arguments: &str, context: &CallContext) -> Result<String, Problem> {
    let arguments = props::read_as("bad-arguments", arguments)?;
    props::write_whole(&T::call(arguments, context)?, 256)
}

/// The tools of a plugin: what its exported functions look names up in.
#[doc(hidden)]
pub struct ToolTable(pub &'static [ToolEntry]);

impl ToolTable {
    pub fn list(&self) -> Vec<ai_tools::Tool> {
        crate::panic_hook::install();
        self.0.iter().map(|entry| (entry.describe)()).collect()
    }

    pub fn call(&self, tool: &str, arguments: &str, context: &CallContext) -> Result<String, Problem> {
        crate::panic_hook::install();
        let found = self.0.iter().find(|entry| entry.name == tool);
        let entry = found.ok_or_else(|| {
            let known = self.0.iter().map(|entry| entry.name);
            Problem::unknown("unknown-tool", "tool", tool, known)
        })?;
        (entry.call)(arguments, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::schema;
    use serde::Deserialize;

    struct Double;

    #[derive(Deserialize)]
    struct Arguments {
        number: f64,
        #[serde(default)]
        times: f64,
    }

    impl Tool for Double {
        type Arguments = Arguments;
        type Answer = f64;

        const NAME: &'static str = "double";
        const DESCRIPTION: &'static str = "Doubles a number.";
        const CHANGES_CANVAS: bool = false;

        fn arguments() -> Schema {
            schema().number("number", "Number", -1e9..=1e9).required("number")
        }

        fn call(arguments: Arguments, _context: &CallContext) -> Result<f64, Problem> {
            Ok(arguments.number * 2.0 + arguments.times)
        }
    }

    fn call(tool: &str, arguments: &str) -> Result<String, Problem> {
        let context = CallContext { turn_id: "turn".to_owned(), locale: "en".to_owned() };
        static TABLE: ToolTable = ToolTable(&[tool_entry::<Double>()]);
        TABLE.call(tool, arguments, &context)
    }

    #[test]
    fn a_tool_answers_as_json() {
        assert_eq!(call("double", r#"{"number": 2.5}"#), Ok("5".to_owned()));
    }

    #[test]
    fn a_model_is_told_which_argument_is_wrong() {
        let problem = call("double", r#"{"number": 1, "times": "two"}"#).unwrap_err();
        assert_eq!(problem.code, "bad-arguments");
        assert_eq!(problem.path.as_deref(), Some("/times"));
        let problem = call("double", "{}").unwrap_err();
        assert_eq!(problem.message, "missing field `number`");
    }

    #[test]
    fn a_tool_that_does_not_exist_is_a_problem_that_names_those_that_do() {
        let problem = call("triple", "{}").unwrap_err();
        assert_eq!(problem.code, "unknown-tool");
        assert!(problem.message.ends_with("it has: double"), "{}", problem.message);
    }
}
