//! Colours in props: `"#rrggbb"`, `"#rrggbbaa"`, or a name that follows the viewer's light or dark theme.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::contract::drawing::Color;

/// Text that is no colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseColorError(String);

impl fmt::Display for ParseColorError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseColorError(found) = self;
        write!(out, "{found:?} is no colour; expected #rrggbb, #rrggbbaa, ink, paper, muted or accent")
    }
}

impl std::error::Error for ParseColorError {}

impl Color {
    /// An opaque colour: `Color::rgb(0xff8800)`.
    pub const fn rgb(rgb: u32) -> Self {
        Color::Rgba((rgb << 8) | 0xff)
    }
}

impl FromStr for Color {
    type Err = ParseColorError;

    fn from_str(text: &str) -> Result<Self, ParseColorError> {
        let named = match text {
            "ink" => Some(Color::Ink),
            "paper" => Some(Color::Paper),
            "muted" => Some(Color::Muted),
            "accent" => Some(Color::Accent),
            _ => text.strip_prefix('#').and_then(hexadecimal),
        };
        named.ok_or_else(|| ParseColorError(text.chars().take(40).collect()))
    }
}

/// Three, six or eight hexadecimal digits.
fn hexadecimal(digits: &str) -> Option<Color> {
    let mut value = 0;
    for digit in digits.bytes() {
        let nibble = (digit as char).to_digit(16)?;
        let times = if digits.len() == 3 { 0x11 } else { 1 };
        let shift = if digits.len() == 3 { 8 } else { 4 };
        value = (value << shift) | (nibble * times);
    }
    match digits.len() {
        3 | 6 => Some(Color::rgb(value)),
        8 => Some(Color::Rgba(value)),
        _ => None,
    }
}

/// The one way in which a colour is written: lower case, without `ff` for opaque ones.
fn with_text<R>(color: Color, use_text: impl FnOnce(&str) -> R) -> R {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let rgba = match color {
        Color::Ink => return use_text("ink"),
        Color::Paper => return use_text("paper"),
        Color::Muted => return use_text("muted"),
        Color::Accent => return use_text("accent"),
        Color::Rgba(rgba) => rgba,
    };
    let mut text = *b"#00000000";
    for (i, byte) in text[1..].iter_mut().enumerate() {
        *byte = HEX[(rgba >> (28 - 4 * i)) as usize & 15];
    }
    let len = if rgba & 0xff == 0xff { 7 } else { 9 };
    use_text(std::str::from_utf8(&text[..len]).expect("hexadecimal digits are ASCII"))
}

impl fmt::Display for Color {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_text(*self, |text| out.write_str(text))
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        with_text(*self, |text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ColorText)
    }
}

struct ColorText;

impl Visitor<'_> for ColorText {
    type Value = Color;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a colour such as \"#ff8800\" or \"ink\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Color, E> {
        text.parse().map_err(E::custom)
    }
}

/// A colour or nothing at all, which is written `"none"`: what a fill is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint(Option<Color>);

impl Paint {
    /// Nothing is painted.
    pub const NONE: Paint = Paint(None);

    /// Painted in this colour.
    pub const fn of(color: Color) -> Self {
        Paint(Some(color))
    }

    /// The colour, if anything is painted.
    pub const fn color(self) -> Option<Color> {
        self.0
    }

    /// The colour of text that can be read on it, in the light and in the dark theme: ink, but where the paint hides
    /// what is behind it, and keeps its colour when ink changes from dark to light, whichever of both stands out.
    pub const fn ink(self) -> Color {
        match self.0 {
            None | Some(Color::Paper) => Color::Ink,
            Some(Color::Ink | Color::Muted | Color::Accent) => Color::Paper,
            // Half of what is behind shows through: it decides.
            Some(Color::Rgba(rgba)) if rgba & 0xff <= 0x80 => Color::Ink,
            Some(Color::Rgba(rgba)) if is_light(rgba) => DARK,
            Some(Color::Rgba(_)) => LIGHT,
        }
    }
}

/// What stands out most, on something light and on something dark.
const DARK: Color = Color::rgb(0);
const LIGHT: Color = Color::rgb(0x00ff_ffff);

/// Whether dark text has more contrast on it than light text.
const fn is_light(rgba: u32) -> bool {
    let [red, green, blue, _] = rgba.to_be_bytes();
    // Luminance as WCAG 2 weighs it, with a gamma of 2, which needs whole numbers only.
    let luminance = 2126 * square(red) + 7152 * square(green) + 722 * square(blue);
    // Of the largest there is, a fifth: so the contrast is never below 4.2.
    luminance > 10_000 * square(255) / 5
}

const fn square(channel: u8) -> u32 {
    channel as u32 * channel as u32
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Paint::of(color)
    }
}

impl Serialize for Paint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(color) => color.serialize(serializer),
            None => serializer.serialize_str("none"),
        }
    }
}

impl<'de> Deserialize<'de> for Paint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PaintText)
    }
}

struct PaintText;

impl Visitor<'_> for PaintText {
    type Value = Paint;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a colour such as \"#ff8800\" or \"ink\", or \"none\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Paint, E> {
        match text {
            "none" => Ok(Paint::NONE),
            _ => ColorText.visit_str(text).map(Paint::of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_written_in_one_way_only() {
        for (given, normal) in [
            ("#F80", "#ff8800"),
            ("#FF8800", "#ff8800"),
            ("#ff8800ff", "#ff8800"),
            ("#00000080", "#00000080"),
            ("accent", "accent"),
        ] {
            let color: Color = given.parse().unwrap();
            assert_eq!(color.to_string(), normal);
            assert_eq!(color.to_string().parse(), Ok(color));
        }
    }

    #[test]
    fn what_is_no_colour_is_refused_and_quoted() {
        for text in ["", "#", "#12", "#1234567", "#gggggg", "red", "#ééé", "Ink"] {
            let error = text.parse::<Color>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{text:?} is no")));
        }
    }

    /// WCAG 2's contrast of two colours, from 1 to 21.
    fn contrast(one: u32, other: u32) -> f64 {
        let luminance = |rgb: u32| {
            let [_, channels @ ..] = rgb.to_be_bytes();
            let linear = channels.map(|channel| match f64::from(channel) / 255.0 {
                dark if dark <= 0.04045 => dark / 12.92,
                light => ((light + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
        };
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_can_be_read_on_every_fixed_colour() {
        for red in 0..=15 {
            for green in 0..=15 {
                for blue in 0..=15 {
                    let fill = (red * 0x11_0000) | (green * 0x1100) | (blue * 0x11);
                    let Color::Rgba(text) = Paint::of(Color::rgb(fill)).ink() else {
                        panic!("{fill:06x}: a colour that changes with the theme");
                    };
                    let contrast = contrast(fill, text >> 8);
                    assert!(contrast > 4.2, "{fill:06x}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn where_the_canvas_shows_through_text_is_in_ink() {
        for text in ["\"none\"", "\"#ffffff80\"", "\"#4c6ef526\"", "\"paper\""] {
            assert_eq!(serde_json::from_str::<Paint>(text).unwrap().ink(), Color::Ink, "{text}");
        }
        assert_eq!(Paint::of(Color::Ink).ink(), Color::Paper);
    }

    #[test]
    fn nothing_is_a_paint_but_no_colour() {
        assert_eq!(serde_json::from_str::<Paint>("\"none\"").unwrap(), Paint::NONE);
        assert_eq!(serde_json::to_string(&Paint::NONE).unwrap(), "\"none\"");
        assert!(serde_json::from_str::<Color>("\"none\"").is_err());
    }
}
