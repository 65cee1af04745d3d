//! Never finishes describing itself, so that it cannot be installed.

use collabcanvas_plugin::prelude::*;

#[derive(Deserialize, Serialize)]
#[serde(default)]
struct Indescribable {
    fill: Paint,
}

impl Default for Indescribable {
    fn default() -> Self {
        Indescribable { fill: Paint::NONE }
    }
}

impl Shape for Indescribable {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        let mut turns = 0_u64;
        while std::hint::black_box(turns) != u64::MAX {
            turns = (turns + 1) % 1000;
        }
        guests::described("Indescribable")
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let contour = Path::rect(0.0, 0.0, frame.width, frame.height);
        Ok(Drawing::of(contour.fill(self.fill)))
    }
}

export_plugin! {
    name: "describe-never-ends",
    shapes: [Indescribable],
}
