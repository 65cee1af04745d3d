//! Calls itself until its stack is used up.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct DeepRecursion {
    misbehave: Mischief,
}

impl Shape for DeepRecursion {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Deep recursion")
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            std::hint::black_box(descend(1));
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            std::hint::black_box(descend(1));
        }
        Ok(guests::plain(frame))
    }
}

/// Far deeper than any stack; no tail call, and no sum that could be turned into a loop.
fn descend(depth: u64) -> u64 {
    if depth == std::hint::black_box(u64::MAX) {
        return 0;
    }
    descend(depth + 1).rotate_left(7) ^ depth
}

export_plugin! {
    name: "deep-recursion",
    shapes: [DeepRecursion],
}
