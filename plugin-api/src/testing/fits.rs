//! Whether props fit their schema: as much of JSON Schema as [`Schema`](crate::Schema) writes.

use serde_json::{Map, Value};

/// Why these props do not fit the schema's properties, if they do not. Only top-level props are looked at.
pub(super) fn misfit(props: &Map<String, Value>, properties: &Map<String, Value>) -> Option<String> {
    props.iter().find_map(|(name, value)| {
        let broken = broken(value, properties.get(name)?)?;
        Some(format!("{name:?} is {value}, and its schema says {broken}"))
    })
}

/// The constraint that the value breaks, as the schema has it.
fn broken(value: &Value, schema: &Value) -> Option<String> {
    let holds = |(constraint, expected): &(&String, &Value)| match (constraint.as_str(), value.as_f64()) {
        ("type", _) => match expected {
            Value::Array(types) => types.iter().any(|name| is_of_type(value, name)),
            name => is_of_type(value, name),
        },
        ("enum", _) => expected.as_array().is_none_or(|values| values.contains(value)),
        ("const", _) => *expected == value,
        ("minimum", Some(number)) => expected.as_f64().is_none_or(|least| number >= least),
        ("maximum", Some(number)) => expected.as_f64().is_none_or(|most| number <= most),
        ("multipleOf", Some(number)) => expected.as_f64().is_none_or(|step| is_multiple(number, step)),
        _ => true,
    };
    let (constraint, expected) = schema.as_object()?.iter().find(|entry| !holds(entry))?;
    Some(format!("\"{constraint}\": {expected}"))
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("string") => value.is_string(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// Whether it is one as far as fractions can tell: 0.3 is a multiple of 0.1, though 0.3 / 0.1 is not 3 to the last bit.
fn is_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use serde_json::json;

    #[test]
    fn what_breaks_a_constraint_is_named_with_it() {
        let schema = schema()
            .number("line", "Line", 0.0..=20.0)
            .step("step", "Step", 0.0..=1.0, 0.1)
            .choice("dash", "Dash", &["solid", "dashed"])
            .flag("flip", "Flip");
        let schema: Value = serde_json::from_str(&schema.to_json()).unwrap();
        let misfit = |props: Value| misfit(props.as_object().unwrap(), schema["properties"].as_object().unwrap());
        assert_eq!(misfit(json!({"line": 20, "step": 0.3, "dash": "solid", "flip": true, "other": null})), None);
        for (props, constraint) in [
            (json!({"line": "thick"}), r#""line" is "thick", and its schema says "type": "number""#),
            (json!({"line": -1}), r#""line" is -1, and its schema says "minimum": 0"#),
            (json!({"line": 21}), r#""line" is 21, and its schema says "maximum": 20"#),
            (json!({"step": 0.25}), r#""step" is 0.25, and its schema says "multipleOf": 0.1"#),
            (json!({"dash": "wavy"}), r#""dash" is "wavy", and its schema says "enum": ["solid","dashed"]"#),
            (json!({"flip": 0}), r#""flip" is 0, and its schema says "type": "boolean""#),
        ] {
            assert_eq!(misfit(props).as_deref(), Some(constraint));
        }
    }
}
