//! Never comes back.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct EndlessLoop {
    misbehave: Mischief,
}

impl Shape for EndlessLoop {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Endless loop")
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            spin();
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            spin();
        }
        Ok(guests::plain(frame))
    }
}

/// Turns for ever, in a way that no compiler can prove.
fn spin() {
    let mut turns = 0_u64;
    while std::hint::black_box(turns) != u64::MAX {
        turns = (turns + 1) % 1000;
    }
}

export_plugin! {
    name: "endless-loop",
    shapes: [EndlessLoop],
}
