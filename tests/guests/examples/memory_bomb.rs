//! Takes memory and keeps it, a megabyte at a time, for as long as there is any.

use collabcanvas_plugin::prelude::*;
use guests::Mischief;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct MemoryBomb {
    misbehave: Mischief,
}

impl Shape for MemoryBomb {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Memory bomb")
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            hoard();
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            hoard();
        }
        Ok(guests::plain(frame))
    }
}

/// Fills a list whose parts are written to, so that they are really taken.
fn hoard() {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    while hoard.len() < 8192 {
        hoard.push(vec![1; 1 << 20]);
        std::hint::black_box(&hoard);
    }
}

export_plugin! {
    name: "memory-bomb",
    shapes: [MemoryBomb],
}
