//! JSON in the one form that this SDK writes, quickly in wasm.
//!
//! There, each turn of a loop asks whether the guest's time is up, and copying a slice calls out to the host's runtime.
//! serde_json's own writer looks at text byte by byte; this one, for which text without escapes is the rule, takes
//! eight at a time. What it does not know better it leaves to serde_json: numbers with a fraction, text with escapes.

use serde::ser::{self, Error as _, Serialize};
use serde_json::Error;
use serde_json::ser::{CompactFormatter, Formatter};

use super::json::{Json, copy, is_plain};

/// How serde_json marks JSON that is text already (`RawValue`, numbers of any precision): a struct of this name with
/// one member, which is that text.
const JSON_ALREADY: &str = "$serde_json::private::";

const NULL: &[u8] = b"null";

/// Writes one value.
pub(super) struct Writer {
    json: Json,
    /// Whether members of the outermost object that are null are left out.
    leaves_out_nulls: bool,
}

impl Writer {
    /// A writer with room for so many bytes.
    pub(super) fn new(capacity: usize, leaves_out_nulls: bool) -> Self {
        Self { json: Json::new(capacity), leaves_out_nulls }
    }

    /// The value as JSON.
    pub(super) fn write<T: Serialize>(mut self, value: &T) -> Result<String, Error> {
        value.serialize(&mut self)?;
        String::from_utf8(self.json.into_bytes()).map_err(Error::custom)
    }

    fn string(&mut self, text: &str) -> Result<(), Error> {
        if !is_plain(text.as_bytes()) {
            return self.escaped(text);
        }
        if let [open, between @ .., close] = self.json.room(text.len() + 2) {
            *open = b'"';
            copy(text.as_bytes(), between);
            *close = b'"';
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn escaped(&mut self, text: &str) -> Result<(), Error> {
        serde_json::to_writer(&mut self.json, text)
    }

    /// The name of the only member of an object, as enums are written.
    fn variant(&mut self, name: &str) -> Result<(), Error> {
        self.json.push(b'{');
        self.string(name)?;
        self.json.push(b':');
        Ok(())
    }

    fn open(&mut self, bracket: u8, close: &'static [u8]) -> Items<'_> {
        let leaves_out_nulls = self.leaves_out_nulls && self.json.length == 0 && bracket == b'{';
        self.json.push(bracket);
        let (start, value) = (self.json.length, self.json.length);
        Items { writer: self, is_first: true, close, leaves_out_nulls, start, value }
    }
}

/// The items of a list or the members of an object, as they come.
pub(super) struct Items<'a> {
    writer: &'a mut Writer,
    is_first: bool,
    close: &'static [u8],
    leaves_out_nulls: bool,
    /// Where the last member starts, its comma included.
    start: usize,
    /// Where its value starts.
    value: usize,
}

impl Items<'_> {
    #[inline(always)]
    fn comma(&mut self) {
        if !self.is_first {
            self.writer.json.push(b',');
        }
        self.is_first = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    /// The start of a member: the comma, its name, the colon.
    #[inline(always)]
    fn name(&mut self, name: impl FnOnce(&mut Writer) -> Result<(), Error>) -> Result<(), Error> {
        self.start = self.writer.json.length;
        self.comma();
        name(self.writer)?;
        self.writer.json.push(b':');
        self.value = self.writer.json.length;
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)?;
        let json = &mut self.writer.json;
        if self.leaves_out_nulls && json.length - self.value == NULL.len() && json.written().ends_with(NULL) {
            json.length = self.start;
            self.is_first = json.length == 1;
        }
        Ok(())
    }

    fn close(self) -> Result<(), Error> {
        self.writer.json.append(self.close);
        Ok(())
    }
}

/// Methods that only differ in names and types: numbers that have one form anyway.
macro_rules! numbers {
    ($($method:ident: $type:ty, $write:ident;)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            CompactFormatter.$write(&mut self.json, value).map_err(Error::io)
        })*
    };
}

/// Floats: whole ones without a fraction, which is shorter and several times faster than printing a float.
macro_rules! floats {
    ($($method:ident: $type:ty, $write:ident;)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            // From here on they are written with an exponent, which is shorter.
            const LONG: $type = 1e16;
            if value.trunc() == value && value.abs() < LONG {
                self.serialize_i64(value as i64)
            } else if value.is_finite() {
                CompactFormatter.$write(&mut self.json, value).map_err(Error::io)
            } else {
                self.serialize_unit()
            }
        })*
    };
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Items<'a>;

    numbers! {
        serialize_i8: i8, write_i8;
        serialize_i16: i16, write_i16;
        serialize_i32: i32, write_i32;
        serialize_i64: i64, write_i64;
        serialize_i128: i128, write_i128;
        serialize_u8: u8, write_u8;
        serialize_u16: u16, write_u16;
        serialize_u32: u32, write_u32;
        serialize_u64: u64, write_u64;
        serialize_u128: u128, write_u128;
    }

    floats! {
        serialize_f32: f32, write_f32;
        serialize_f64: f64, write_f64;
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.json.append(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.string(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.string(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.json.append(NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), Error> {
        self.string(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.json.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Items<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Items<'a>, Error> {
        Ok(self.open(b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Items<'a>, Error> {
        self.variant(variant)?;
        Ok(self.open(b'[', b"]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Items<'a>, Error> {
        Ok(self.open(b'{', b"}"))
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Members<'a>, Error> {
        if name.starts_with(JSON_ALREADY) {
            return Ok(Members::Json(&mut self.json));
        }
        Ok(Members::Items(self.open(b'{', b"}")))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Items<'a>, Error> {
        self.variant(variant)?;
        Ok(self.open(b'{', b"}}"))
    }
}

/// What implements one of serde's traits for the items of lists.
macro_rules! items {
    ($($kind:ident: $method:ident;)*) => {
        $(impl ser::$kind for Items<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

items! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

impl ser::SerializeStructVariant for Items<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.name(|writer| writer.string(name))?;
        self.value(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl ser::SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Error;

    /// A name is text, or what has a short text of its own: numbers, truth, a unit variant.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.name(|writer| {
            let start = writer.json.length;
            key.serialize(&mut *writer)?;
            let key = &writer.json.written()[start..];
            match key {
                [b'"', ..] => Ok(()),
                [b'{' | b'[' | b'n', ..] | [] => Err(Error::custom("a name in a map must be text")),
                _ => {
                    let text = String::from_utf8_lossy(key).into_owned();
                    writer.json.length = start;
                    writer.string(&text)
                }
            }
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

/// What a struct is written as.
pub(super) enum Members<'a> {
    /// An object.
    Items(Items<'a>),
    /// What its only member holds: see [`JSON_ALREADY`].
    Json(&'a mut Json),
}

impl ser::SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        match self {
            Members::Items(members) => ser::SerializeStructVariant::serialize_field(members, name, value),
            Members::Json(json) => {
                let text = serde_json::to_value(value)?;
                json.append(text.as_str().unwrap_or_default().as_bytes());
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(), Error> {
        match self {
            Members::Items(members) => members.close(),
            Members::Json(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde_json::value::RawValue;
    use std::collections::BTreeMap;

    fn written<T: Serialize>(value: T) -> String {
        Writer::new(0, false).write(&value).unwrap()
    }

    #[test]
    fn text_is_written_as_serde_json_does_whatever_it_holds_and_wherever() {
        let odd = "\"\\\0\u{1}\n\t\u{1f} !#/[]\u{7f}\u{80}é€😀";
        for length in 0..40 {
            for place in 0..=length {
                for letter in odd.chars() {
                    let text = format!("{}{letter}{}", "a".repeat(place), "z".repeat(length - place));
                    let expected = serde_json::to_string(&text).unwrap();
                    assert_eq!(written(&text), expected);
                    let member = BTreeMap::from([(&text, &text)]);
                    assert_eq!(written(member), format!("{{{expected}:{expected}}}"));
                }
            }
        }
    }

    #[test]
    fn whatever_serde_knows_is_written_as_serde_json_does() {
        #[derive(Serialize)]
        enum Kind {
            Unit,
            One(Option<u8>),
            Two(i16, char),
            Members { a: (), b: Option<bool> },
        }
        #[derive(Serialize)]
        struct Unit;
        #[derive(Serialize)]
        struct Inner {
            deep: Option<u8>,
        }
        #[derive(Serialize)]
        struct Everything<'a> {
            kinds: [Kind; 4],
            whole: (i8, i32, i64, i128, u16, u32, u64, u128),
            fractions: (f32, f64, f64, f64),
            none_of_these: (f32, f64),
            nothing: (Unit, ()),
            letter: char,
            by_number: BTreeMap<i32, Vec<Inner>>,
            by_truth: BTreeMap<bool, &'a str>,
            empty: (Vec<u8>, BTreeMap<u8, u8>),
            text: &'a RawValue,
            #[serde(flatten)]
            inner: Inner,
        }
        let everything = Everything {
            kinds: [Kind::Unit, Kind::One(None), Kind::Two(-3, 'x'), Kind::Members { a: (), b: Some(true) }],
            whole: (i8::MIN, 7, i64::MIN, i128::MAX, 9, u32::MAX, u64::MAX, u128::MAX),
            fractions: (0.1, 1e300, -2.5e-8, f64::MAX),
            none_of_these: (f32::INFINITY, f64::NAN),
            nothing: (Unit, ()),
            letter: '"',
            by_number: BTreeMap::from([(-1, vec![]), (2, vec![Inner { deep: Some(1) }, Inner { deep: None }])]),
            by_truth: BTreeMap::from([(true, "yes")]),
            empty: (Vec::new(), BTreeMap::new()),
            text: serde_json::from_str(r#"{"as":  "it \n stands" }"#).unwrap(),
            inner: Inner { deep: None },
        };
        assert_eq!(written(&everything), serde_json::to_string(&everything).unwrap());
    }

    #[test]
    fn a_name_that_is_no_text_is_refused() {
        let refused = |answer: Result<String, Error>| answer.unwrap_err().to_string();
        let no_names = [
            refused(Writer::new(0, false).write(&BTreeMap::from([((), 1)]))),
            refused(Writer::new(0, false).write(&BTreeMap::from([(vec![1], 1)]))),
            refused(Writer::new(0, false).write(&BTreeMap::from([(BTreeMap::from([(1, 1)]), 1)]))),
        ];
        assert_eq!(no_names, ["a name in a map must be text"; 3]);
    }
}
