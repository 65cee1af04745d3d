//! JSON Schemas that plugins give, of settings, props and arguments.

use serde_json::Value;

use crate::description::JsonObject;

/// Reads a schema of objects (draft 2020-12); the reason when it is none.
///
/// Nothing is fetched: a reference leads somewhere in the schema itself. Patterns are matched in linear time, so that
/// no text that people write can hold the server up.
pub(crate) fn compile(schema: &JsonObject) -> Result<jsonschema::Validator, String> {
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return Err("it is not of \"type\": \"object\"".to_owned());
    }
    let options = jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex());
    options.build(&Value::Object(schema.clone())).map_err(|error| error.to_string())
}
