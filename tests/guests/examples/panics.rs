//! Panics, with a message of its own that operators should get to read.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Panics {
    misbehave: Mischief,
}

impl Shape for Panics {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Panics")
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            give_up();
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            give_up();
        }
        Ok(guests::plain(frame))
    }
}

fn give_up() {
    panic!("the guest gave up: {}", 6 * 7);
}

export_plugin! {
    name: "panics",
    shapes: [Panics],
}
