//! A plugin's settings: a JSON object that fits the schema in its manifest, with that schema's defaults filled in.

use collabcanvas_canvas::Problem;
use serde_json::Value;

use crate::InstallError;
use crate::description::JsonObject;
use crate::schema;

/// What settings a plugin takes.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    defaults: JsonObject,
    /// None: the plugin names no schema, and any object will do.
    validator: Option<jsonschema::Validator>,
}

impl Settings {
    /// Reads the schema of a manifest. Its own defaults have to fit it.
    pub fn of(schema: Option<&JsonObject>) -> Result<Self, InstallError> {
        let Some(schema) = schema else { return Ok(Self::default()) };
        let bad = |reason: String| InstallError::BadDescription { what: "its settings schema".into(), reason };
        let settings = Self { defaults: defaults(schema), validator: Some(schema::compile(schema).map_err(bad)?) };
        for (name, value) in &settings.defaults {
            let alone = Value::Object([(name.clone(), value.clone())].into_iter().collect());
            let validator = settings.validator.as_ref().expect("made above");
            // Others may be required beside it; only what is said of this one counts.
            if let Some(error) = validator.iter_errors(&alone).find(|error| !error.instance_path().as_str().is_empty())
            {
                return Err(bad(format!("the default of {name:?} does not fit it: {error}")));
            }
        }
        Ok(settings)
    }

    /// These settings with defaults filled in; a problem, with its place in them, when they do not fit the schema.
    pub fn complete(&self, given: &JsonObject) -> Result<JsonObject, Problem> {
        let mut complete = given.clone();
        for (name, default) in &self.defaults {
            complete.entry(name.clone()).or_insert_with(|| default.clone());
        }
        let Some(validator) = &self.validator else { return Ok(complete) };
        let value = Value::Object(complete);
        if let Err(error) = validator.validate(&value) {
            let problem = Problem::new("bad-settings", format!("the settings do not fit the plugin's schema: {error}"));
            return Err(problem.at(error.instance_path().as_str()));
        }
        let Value::Object(complete) = value else { unreachable!("made of an object above") };
        Ok(complete)
    }

    /// The settings of a project that has not chosen any.
    pub fn defaults(&self) -> &JsonObject {
        &self.defaults
    }
}

/// The defaults that a schema names at its top level.
fn defaults(schema: &JsonObject) -> JsonObject {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties.filter_map(|(name, property)| Some((name.clone(), property.get("default")?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> JsonObject {
        serde_json::from_str(text).unwrap()
    }

    fn settings(properties: &str) -> Result<Settings, InstallError> {
        let schema = format!(r#"{{"type":"object","additionalProperties":false,"properties":{properties}}}"#);
        Settings::of(Some(&object(&schema)))
    }

    #[test]
    fn settings_take_the_defaults_of_their_schema() {
        let settings = settings(r#"{"a":{"default":1},"b":{"default":2},"c":{}}"#).unwrap();
        assert_eq!(settings.complete(&object(r#"{"b":9}"#)).unwrap(), object(r#"{"b":9,"a":1}"#));
        assert_eq!(settings.defaults(), &object(r#"{"a":1,"b":2}"#));
        assert_eq!(Settings::of(None).unwrap().complete(&object(r#"{"x":1}"#)).unwrap(), object(r#"{"x":1}"#));
    }

    #[test]
    fn settings_that_do_not_fit_are_refused_with_their_place() {
        let settings = settings(r#"{"every_ms":{"type":"integer","minimum":100,"default":5000}}"#).unwrap();
        let problem = settings.complete(&object(r#"{"every_ms":5}"#)).unwrap_err();
        assert_eq!((problem.code.as_str(), problem.path.as_deref()), ("bad-settings", Some("/every_ms")));
        assert!(problem.message.contains("5 is less than the minimum of 100"), "{}", problem.message);
        let problem = settings.complete(&object(r#"{"evry_ms":500}"#)).unwrap_err();
        assert!(problem.message.contains("evry_ms"), "{}", problem.message);
    }

    #[test]
    fn a_schema_that_is_none_and_a_default_that_does_not_fit_are_refused_at_install() {
        let words = |properties: &str| settings(properties).unwrap_err().to_string();
        assert!(words(r#"{"a":{"type":"number","default":"x"}}"#).contains("the default of \"a\" does not fit"));
        assert!(words(r#"{"a":{"type":"nmber"}}"#).contains("settings schema"));
    }
}
