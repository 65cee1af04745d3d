//! Props: how JSON becomes a shape type's own struct and, in normal form, JSON again.
//!
//! With `#[serde(default)]` on the struct, serde fills in what is missing and drops what is unknown;
//! what has a wrong JSON type is answered by a [`Problem`] that says where. Numbers are brought into
//! range by [`clamp`] and [`whole`]; take `f64` for every number, so that `7.0`, `7.4` and `1e9` are mended
//! rather than refused.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde::ser::Serialize;
use serde_json::value::RawValue;

use crate::contract::types::Problem;

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
    let has_null = Cell::new(false);
    let json = write_noting(props, capacity, &has_null)?;
    Ok(if has_null.get() && json.starts_with('{') { without_nulls(&json) } else { json })
}

/// As [`write`], with what is null.
pub(crate) fn write_whole<T: Serialize>(value: &T, capacity: usize) -> Result<String, Problem> {
    write_noting(value, capacity, &Cell::new(false))
}

/// Writes JSON, and notes whether a member or item of the outermost object or list is null.
fn write_noting<T: Serialize>(value: &T, capacity: usize, has_null: &Cell<bool>) -> Result<String, Problem> {
    let mut json = ShortWrites(Vec::with_capacity(capacity));
    let mut writer = serde_json::Serializer::with_formatter(&mut json, OneForm { depth: 0, has_null });
    value.serialize(&mut writer).map_err(|error| Problem::new("bad-props", error.to_string()))?;
    // SAFETY: serde_json writes only whole strings and ASCII, as its own `to_string` relies on.
    Ok(unsafe { String::from_utf8_unchecked(json.0) })
}

/// An object, as this SDK writes it, without the members that are null. Few have any, so that the others are written
/// at full speed.
fn without_nulls(json: &str) -> String {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let between_members = |letter: char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            ',' => return !quoted && depth == 0,
            _ => {}
        }
        false
    };
    let members = json[1..json.len() - 1].split(between_members);
    // Text that ends so ends with a quotation mark.
    let kept: Vec<&str> = members.filter(|member| !member.ends_with(":null")).collect();
    format!("{{{}}}", kept.join(","))
}

/// Takes JSON, which comes in pieces of a few bytes. In wasm, copying a slice calls out to the host's runtime, and a
/// loop asks at each turn whether its time is up; so short pieces are copied in steps of fixed size.
struct ShortWrites(Vec<u8>);

impl io::Write for ShortWrites {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > 32 {
            self.0.extend_from_slice(bytes);
            return Ok(());
        }
        let mut rest = bytes;
        while let Some((eight, after)) = rest.split_first_chunk::<8>() {
            self.0.extend_from_slice(eight);
            rest = after;
        }
        if let Some((four, after)) = rest.split_first_chunk::<4>() {
            self.0.extend_from_slice(four);
            rest = after;
        }
        rest.iter().for_each(|&byte| self.0.push(byte));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes `2` rather than `2.0`: shorter, and several times faster than printing a float.
struct OneForm<'a> {
    /// How many objects and lists are open.
    depth: usize,
    has_null: &'a Cell<bool>,
}

impl serde_json::ser::Formatter for OneForm<'_> {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth == 1 {
            self.has_null.set(true);
        }
        writer.write_all(b"null")
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"}")
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        // Up to here every whole number is exact, in f64 and in JavaScript.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.trunc() == value && value.abs() < EXACT {
            self.write_i64(writer, value as i64)
        } else {
            serde_json::ser::CompactFormatter.write_f64(writer, value)
        }
    }
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
