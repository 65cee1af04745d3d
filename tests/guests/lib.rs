//! Guests are the examples of this package: one file, one behaviour, hostile, odd or good.
//!
//! A hostile one must be installed before it can do harm, so it behaves until a shape's prop
//! [`misbehave`](Mischief) names the call in which it does not. This library is what they share.

use collabcanvas_plugin::prelude::*;

/// In which call a guest misbehaves.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mischief {
    /// In none: what new shapes say.
    #[default]
    Never,
    /// In `validate`.
    Validating,
    /// In `render`.
    Rendering,
}

/// How every hostile shape type presents itself.
pub fn described(label: &str) -> Description {
    Description::new(label, "M4 4h16v16H4z").props(props())
}

/// The prop that every hostile shape type has.
pub fn props() -> Schema {
    schema().choice("misbehave", "Misbehave", &["never", "validating", "rendering"])
}

/// A plain box: what a hostile shape looks like while it behaves.
pub fn plain(frame: &Frame) -> Drawing {
    Drawing::of(Path::rect(0.0, 0.0, frame.width, frame.height).fill(Color::Muted))
}

/// A shape type that behaves: for guests whose mischief is elsewhere.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Plain {
    misbehave: Mischief,
}

impl Shape for Plain {
    const NAME: &'static str = "plain";

    fn describe() -> Description {
        described("Plain")
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        Ok(plain(frame))
    }
}
