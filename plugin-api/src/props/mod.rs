//! Props: how JSON becomes a shape type's own struct and, in normal form, JSON again.
//!
//! With `#[serde(default)]` on the struct, serde fills in what is missing and drops what is unknown;
//! what has a wrong JSON type is answered by a [`Problem`] that says where. Numbers are brought into
//! range by [`clamp`] and [`whole`]; take `f64` for every number, so that `7.0`, `7.4` and `1e9` are mended
//! rather than refused.

mod json;
mod writer;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde::ser::Serialize;
use serde_json::value::RawValue;

use crate::contract::types::Problem;

use writer::Writer;

/// Brings a number into a range.
pub fn clamp(number: &mut f64, range: RangeInclusive<f64>) {
    *number = number.clamp(*range.start(), *range.end());
}

/// Brings a number into a range and rounds it to a whole one.
pub fn whole(number: &mut f64, range: RangeInclusive<f64>) {
    clamp(number, range);
    *number = number.round();
}

/// Props as JSON.
///
/// # Errors
///
/// `bad-props` when the text is no JSON object of this type, with the member to blame.
pub fn read<P: DeserializeOwned>(json: &str) -> Result<P, Problem> {
    read_as("bad-props", json)
}

/// As [`read`], for arguments and settings too: their problems have other codes.
pub(crate) fn read_as<P: DeserializeOwned>(code: &str, json: &str) -> Result<P, Problem> {
    // serde would take an array for a struct, member by member.
    if !json.trim_start().starts_with('{') {
        let found: String = json.chars().take(40).collect();
        return Err(Problem::new(code, format!("expected a JSON object, found {found:?}")));
    }
    serde_json::from_str(json).map_err(|error| {
        let alone = |member: &str| serde_json::from_str::<P>(member).err();
        blame(code, json, &error, &alone)
    })
}

/// Finds the member that serde stumbled over, by reading each on its own. Only errors pay for this, so that
/// what is right is read at full speed.
fn blame(
    code: &str,
    json: &str,
    error: &serde_json::Error,
    read_alone: &dyn Fn(&str) -> Option<serde_json::Error>,
) -> Problem {
    let whole = Problem::new(code, reason(error));
    let Ok(members) = serde_json::from_str::<BTreeMap<Cow<'_, str>, &RawValue>>(json) else {
        return whole;
    };
    for (name, value) in members {
        let Ok(key) = serde_json::to_string(&name) else {
            continue;
        };
        let Some(error) = read_alone(&format!("{{{key}:{value}}}")) else {
            continue;
        };
        let reason = reason(&error);
        // Of required members, which a strict struct may have, all others are missing now.
        if !reason.starts_with("missing field") {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            return Problem::new(code, format!("{name:?}: {reason}")).at(pointer);
        }
    }
    whole
}

/// serde's message without its line and column and without Rust's names of types, which mean nothing to
/// somebody who sees neither text nor struct.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].replace("expected f64", "expected a number")
}

/// Props as JSON, in the one form that this SDK writes: whole numbers without a fraction, and no prop that is null.
///
/// # Errors
///
/// `bad-props` when the value has no JSON form, such as a map whose keys are no strings.
pub fn write<P: Serialize>(props: &P, capacity: usize) -> Result<String, Problem> {
    Writer::new(capacity, true).write(props).map_err(no_json)
}

/// As [`write`], with what is null.
pub(crate) fn write_whole<T: Serialize>(value: &T, capacity: usize) -> Result<String, Problem> {
    Writer::new(capacity, false).write(value).map_err(no_json)
}

fn no_json(error: serde_json::Error) -> Problem {
    Problem::new("bad-props", error.to_string())
}

/// Props that an earlier version of a shape type wrote.
#[derive(Clone, Copy, Debug)]
pub struct OldProps<'a>(pub(crate) &'a str);

impl OldProps<'_> {
    /// The props as the struct that they had then.
    ///
    /// # Errors
    ///
    /// `bad-props` as in [`read`].
    pub fn read<P: DeserializeOwned>(self) -> Result<P, Problem> {
        read(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(default)]
    struct Props {
        size: f64,
        name: String,
        #[serde(rename = "a/b~c")]
        odd: bool,
    }

    #[test]
    fn missing_props_are_filled_in_and_unknown_ones_dropped() {
        let props: Props = read(r#" {"size": 3.0, "gone": [1, {"x": null}]}"#).unwrap();
        assert_eq!(write(&props, 0).unwrap(), r#"{"size":3,"name":"","a/b~c":false}"#);
    }

    #[test]
    fn a_wrong_json_type_is_a_problem_that_says_where_c2() {
        let problem = read::<Props>(r#"{"name": "x", "size": "big"}"#).unwrap_err();
        assert_eq!(problem.code, "bad-props");
        assert_eq!(problem.path.as_deref(), Some("/size"));
        assert_eq!(problem.message, r#""size": invalid type: string "big", expected a number"#);
        let problem = read::<Props>(r#"{"a/b~c": 1}"#).unwrap_err();
        assert_eq!(problem.path.as_deref(), Some("/a~1b~0c"));
    }

    #[test]
    fn what_is_no_object_is_a_problem_without_a_place() {
        for json in ["", "null", "[1]", "{", "{\"size\":1e999}x", "\"{}\""] {
            let problem = read::<Props>(json).unwrap_err();
            assert_eq!((problem.code.as_str(), problem.path), ("bad-props", None), "{json}");
        }
    }

    #[test]
    fn what_is_null_is_left_out_of_props_and_nothing_else_is() {
        let value = serde_json::json!({
            "a": null, "b": [null, {"c": null}], "d\",{": "\\", "e": ",:null", "f": {"g": [1, 2]}, ":null": null, "z": 1,
        });
        let left = r#"{"b":[null,{"c":null}],"d\",{":"\\","e":",:null","f":{"g":[1,2]},"z":1}"#;
        assert_eq!(write(&value, 0).unwrap(), left);
        for (value, written) in [(r#"{"a":null}"#, "{}"), ("{}", "{}"), ("[null]", "[null]"), ("null", "null")] {
            let value: serde_json::Value = serde_json::from_str(value).unwrap();
            assert_eq!(write(&value, 0).unwrap(), written);
        }
        assert_eq!(write_whole(&serde_json::json!({ "a": null }), 0).unwrap(), r#"{"a":null}"#);
    }

    #[test]
    fn text_of_every_length_is_written_whole() {
        for length in 0..100 {
            let text: String = ('0'..='z').cycle().filter(|letter| letter.is_alphanumeric()).take(length).collect();
            // Without room to begin with, and with some.
            for capacity in [0, length / 2, 300] {
                assert_eq!(write(&text, capacity).unwrap(), format!("\"{text}\""));
            }
        }
    }

    #[test]
    fn numbers_are_written_short_and_read_back_exactly() {
        for (number, text) in [
            (2.0, "2"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (-7.5, "-7.5"),
            (1e21, "1e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            let written = write(&number, 0).unwrap();
            assert_eq!(written, text);
            assert_eq!(written.parse::<f64>().unwrap(), number);
        }
    }
}
