//! [`Tool`]: something that the AI may do on the canvas.

use serde::de::DeserializeOwned;
use serde::ser::Serialize;

use crate::contract::ai_tools::{self, CallContext};
use crate::contract::types::Problem;
use crate::props;
use crate::schema::Schema;

/// A tool for the AI, or for any other client of the tool protocol. It works on the canvas through
/// [`canvas`](crate::canvas), as the acting user.
pub trait Tool {
    /// What it is called with.
    type Arguments: DeserializeOwned;
    /// What it gives back.
    type Answer: Serialize;

    /// Its name within the plugin: lower-case letters, digits and `_`.
    const NAME: &'static str;
    /// What it does, when to use it and what it gives back, written for a model.
    const DESCRIPTION: &'static str;
    /// Whether it may change the canvas. One that says no is refused `canvas.apply`.
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
    props::write(&T::call(arguments, context)?, 256)
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
