//! JSON Schemas by hand: what the inspector, the settings page and the AI read.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

/// An object schema without properties yet.
pub fn schema() -> Schema {
    Schema::default()
}

/// An object schema, property by property, in the order in which people see them.
///
/// ```
/// # use collabcanvas_plugin::schema;
/// let schema = schema()
///     .number("radius", "Corner radius", 0.0..=200.0)
///     .choice("dash", "Line", &["solid", "dashed"]);
/// assert!(schema.to_json().starts_with(r#"{"type":"object","properties":{"radius":"#));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Schema {
    properties: String,
    required: String,
}

impl Schema {
    /// A number in a range.
    #[must_use]
    pub fn number(self, name: &str, title: &str, range: RangeInclusive<f64>) -> Self {
        let (least, most) = range.into_inner();
        let limits = format!(r#""type":"number","minimum":{least},"maximum":{most}"#);
        self.titled(name, title, &limits)
    }

    /// A number in a range, a multiple of `step`.
    #[must_use]
    pub fn step(self, name: &str, title: &str, range: RangeInclusive<f64>, step: f64) -> Self {
        let (least, most) = range.into_inner();
        let limits = format!(r#""type":"number","minimum":{least},"maximum":{most},"multipleOf":{step}"#);
        self.titled(name, title, &limits)
    }

    /// Text.
    #[must_use]
    pub fn text(self, name: &str, title: &str) -> Self {
        self.titled(name, title, r#""type":"string""#)
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(self, name: &str, title: &str) -> Self {
        self.titled(name, title, r#""type":"boolean""#)
    }

    /// A colour.
    #[must_use]
    pub fn color(self, name: &str, title: &str) -> Self {
        self.titled(name, title, r#""type":"string","format":"color""#)
    }

    /// A colour or `"none"`.
    #[must_use]
    pub fn paint(self, name: &str, title: &str) -> Self {
        self.titled(name, title, r#""type":"string","format":"color","examples":["none"]"#)
    }

    /// One of these words.
    #[must_use]
    pub fn choice(self, name: &str, title: &str, words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let choice = format!(r#""type":"string","enum":[{}]"#, words.join(","));
        self.titled(name, title, &choice)
    }

    /// The id of another shape, or of an asset. The prop is an `Option`: where it names none, it is not there.
    #[must_use]
    pub fn reference(self, name: &str, title: &str) -> Self {
        self.titled(name, title, r#""type":"string""#)
    }

    /// Anything else: the members of its schema as JSON, without the braces.
    #[must_use]
    pub fn property(mut self, name: &str, members: &str) -> Self {
        if !self.properties.is_empty() {
            self.properties.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(self.properties, "{}:{{{members}}}", quoted(name));
        self
    }

    /// Says that this property must be given. Props never need it: what is missing is filled in.
    #[must_use]
    pub fn required(mut self, name: &str) -> Self {
        if !self.required.is_empty() {
            self.required.push(',');
        }
        self.required.push_str(&quoted(name));
        self
    }

    /// All properties of another schema after those of this one.
    #[must_use]
    pub fn and(mut self, other: Schema) -> Self {
        for (mine, theirs) in [(&mut self.properties, other.properties), (&mut self.required, other.required)] {
            if !mine.is_empty() && !theirs.is_empty() {
                mine.push(',');
            }
            mine.push_str(&theirs);
        }
        self
    }

    /// The schema as JSON.
    pub fn to_json(&self) -> String {
        let Schema { properties, required } = self;
        format!(r#"{{"type":"object","properties":{{{properties}}},"required":[{required}]}}"#)
    }

    fn titled(self, name: &str, title: &str, members: &str) -> Self {
        self.property(name, &format!(r#""title":{},{members}"#, quoted(title)))
    }
}

/// Text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every string has a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_json_whatever_its_titles() {
        let schema = schema()
            .number("a", "A \"quoted\" title", 0.0..=1.5)
            .step("b", "B", 3.0..=60.0, 1.0)
            .and(super::schema().paint("c", "C").required("c"));
        let json: serde_json::Value = serde_json::from_str(&schema.to_json()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "object",
                "properties": {
                    "a": {"title": "A \"quoted\" title", "type": "number", "minimum": 0, "maximum": 1.5},
                    "b": {"title": "B", "type": "number", "minimum": 3, "maximum": 60, "multipleOf": 1},
                    "c": {"title": "C", "type": "string", "format": "color", "examples": ["none"]},
                },
                "required": ["c"],
            })
        );
    }
}
