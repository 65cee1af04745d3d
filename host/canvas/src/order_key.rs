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

    /// A key between two, or before, after, or without any other. `None` when `low` is not below `high`, and when every
    /// key between them would be longer than [`MAX_KEY_BYTES`].
    ///
    /// Above all others, and below them, keys are counted: their length grows with the logarithm of how many there are.
    /// Between two neighbours it grows by a character every five or six shapes.
    pub fn between(low: Option<&OrderKey>, high: Option<&OrderKey>) -> Option<OrderKey> {
        let digits = match (low.map(OrderKey::digits), high.map(OrderKey::digits)) {
            (None, None) => b"V".to_vec(),
            (Some(low), None) => counted_up(low)?,
            (None, Some(high)) => counted_down(high)?,
            (Some(low), Some(high)) if low < high => midpoint(low, high),
            (Some(_), Some(_)) => return None,
        };
        let text = String::from_utf8(digits).expect("digits are ASCII");
        Self::try_from(SmolStr::new(text)).ok()
    }

    fn digits(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The digits of a key that are counted. The run of first (or last) digits that it starts with says how many more there
/// are: keys of `n` of them count to 61 · 62ⁿ before they need another. Eight are enough for any canvas; keys that earlier
/// versions made have runs of hundreds, and shall not become twice as long.
fn counted(key: &[u8], edge: u8) -> Vec<u8> {
    let run = key.iter().take_while(|digit| **digit == edge).count();
    let mut digits = key.to_vec();
    digits.resize((run + 1 + run.min(8)).min(MAX_KEY_BYTES), b'0');
    digits
}

/// The next key above all others. `None` after the last one that fits.
fn counted_up(low: &[u8]) -> Option<Vec<u8>> {
    let mut digits = counted(low, b'z');
    // A digit that overflows becomes 0, which is left out at the end of a key.
    let place = digits.iter().rposition(|digit| *digit != b'z')?;
    digits.truncate(place + 1);
    digits[place] = DIGITS[value(digits[place]) + 1];
    Some(digits)
}

/// The next key below all others. `None` before the first one that fits.
fn counted_down(high: &[u8]) -> Option<Vec<u8>> {
    let mut digits = counted(high, b'0');
    let place = digits.iter().rposition(|digit| *digit != b'0')?;
    digits[place] = DIGITS[value(digits[place]) - 1];
    digits[place + 1..].fill(b'z');
    if digits.iter().all(|digit| *digit == b'0') {
        // 0 is no key: the next ones have one digit more. (One that has no room for it is refused for its form.)
        digits.push(b'z');
    }
    let end = digits.iter().rposition(|digit| *digit != b'0')?;
    digits.truncate(end + 1);
    Some(digits)
}

/// The digits halfway between two fractions, which must be in that order.
fn midpoint(low: &[u8], high: &[u8]) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut high = Some(high);
    loop {
        let place = digits.len();
        let from = low.get(place).map_or(0, |digit| value(*digit));
        let to = high.map_or(DIGITS.len(), |high| high.get(place).map_or(0, |digit| value(*digit)));
        if to - from > 1 {
            digits.push(DIGITS[from.midpoint(to)]);
            return digits;
        }
        digits.push(DIGITS[from]);
        if to > from {
            // Everything that continues `from` is already below `high`.
            high = None;
        }
    }
}

fn value(digit: u8) -> usize {
    DIGITS.iter().position(|known| *known == digit).unwrap_or(0)
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
