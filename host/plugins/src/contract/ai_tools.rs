//! The exported interface `ai-tools`: its types.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use super::imports::types::Problem;

/// Results of `list-tools`.
pub(crate) type ListResults = (Vec<Tool>,);
/// Parameters of `call`.
pub(crate) type CallParams<'a> = (&'a str, &'a str, &'a ToolContext);
/// Results of `call`.
pub(crate) type CallResults = (Result<String, Problem>,);

/// A tool as its plugin answers it, before it is checked.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Tool {
    pub name: String,
    pub description: String,
    #[component(name = "input-schema")]
    pub input_schema: String,
    #[component(name = "changes-canvas")]
    pub changes_canvas: bool,
}

/// What a tool is told about the conversation that calls it.
#[derive(Clone, Debug, Serialize, Deserialize, ComponentType, Lower)]
#[component(record)]
pub struct ToolContext {
    /// Ties together the calls of one turn of a conversation.
    #[component(name = "turn-id")]
    pub turn_id: String,
    /// The language that the user reads, as a BCP 47 tag.
    pub locale: String,
}
