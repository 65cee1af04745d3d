//! Draws at a place that is no number.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct NanAnswer {
    misbehave: Mischief,
}

impl Shape for NanAnswer {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Not a number")
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            let nowhere = Path::line((0.0, f64::NAN), (f64::INFINITY, 0.0));
            return Ok(Drawing::of(nowhere.stroke(Stroke::new(Color::Ink, 1.0))));
        }
        Ok(guests::plain(frame))
    }
}

export_plugin! {
    name: "nan-answer",
    shapes: [NanAnswer],
}
