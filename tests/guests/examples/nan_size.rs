//! Says that a size follows from its props, and that it is no number.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct NanSize {
    misbehave: Mischief,
}

impl Shape for NanSize {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Size that is no number")
    }

    fn size(&self, _frame: &Frame) -> Option<(f64, f64)> {
        (self.misbehave == Mischief::Validating).then_some((40.0, f64::NAN))
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        Ok(guests::plain(frame))
    }
}

export_plugin! {
    name: "nan-size",
    shapes: [NanSize],
}
