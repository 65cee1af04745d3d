//! Answers with four megabytes where a few bytes would do.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct HugeOutput {
    misbehave: Mischief,
    filler: String,
}

impl Shape for HugeOutput {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Huge output").props(guests::props().text("filler", "Filler"))
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            self.filler = "x".repeat(4 << 20);
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            let filler = Text::new("x".repeat(4 << 20), frame.rect());
            return Ok(Drawing::new().text(filler));
        }
        Ok(guests::plain(frame))
    }
}

export_plugin! {
    name: "huge-output",
    shapes: [HugeOutput],
}
