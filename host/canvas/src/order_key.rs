use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use ts_rs::TS;

use crate::Problem;

/// Longest order key, in bytes.
pub const MAX_KEY_BYTES: usize = 256;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A shape's place among its siblings: a fraction between 0 and 1 written in base 62 after the point.
/// Keys compare byte by byte, and between any two there is another, so nothing else moves when a shape does.
///
/// Shapes of the same key are ordered by id.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
#[ts(type = "string")]
pub struct OrderKey(SmolStr);

impl OrderKey {
    /// Checks the form: 1 to 256 characters of `0-9 A-Z a-z`, the last not `0`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::try_from(SmolStr::new(text))
    }

    /// A key between two, or before, after, or without any other. `None` when `low` is not below `high`.
    pub fn between(low: Option<&OrderKey>, high: Option<&OrderKey>) -> Option<OrderKey> {
        let low = low.map_or(&b""[..], |key| key.0.as_bytes());
        let high = high.map(|key| key.0.as_bytes());
        if high.is_some_and(|high| low >= high) {
            return None;
        }
        let mut digits = Vec::new();
        midpoint(low, high, &mut digits);
        let text = String::from_utf8(digits).expect("digits are ASCII");
        Some(Self(SmolStr::new(text)))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes digits of a fraction between `low` and `high` (none: 1), which must be in that order.
fn midpoint(low: &[u8], high: Option<&[u8]>, out: &mut Vec<u8>) {
    let digit = |text: &[u8], place: usize, default: usize| {
        text.get(place).map_or(default, |byte| DIGITS.iter().position(|known| known == byte).unwrap_or(0))
    };
    let mut high = high;
    for place in 0.. {
        let from = digit(low, place, 0);
        let to = high.map_or(DIGITS.len(), |high| digit(high, place, 0));
        if to - from > 1 {
            out.push(DIGITS[from.midpoint(to)]);
            return;
        }
        out.push(DIGITS[from]);
        if to > from {
            // Everything that continues `from` is already below `high`.
            high = None;
        }
    }
}

impl TryFrom<SmolStr> for OrderKey {
    type Error = Problem;

    fn try_from(text: SmolStr) -> Result<Self, Problem> {
        let well_formed = (1..=MAX_KEY_BYTES).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !text.ends_with('0');
        if well_formed {
            return Ok(Self(text));
        }
        let shown: String = text.chars().take(40).collect();
        Err(Problem::new(
            "bad-index",
            format!(
                "{shown:?} is not an order key: use 1 to {MAX_KEY_BYTES} characters of 0-9 A-Z a-z, the last not 0"
            ),
        ))
    }
}

impl From<OrderKey> for SmolStr {
    fn from(key: OrderKey) -> Self {
        key.0
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
