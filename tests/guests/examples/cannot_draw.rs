//! Panics when it draws, its default props too, so that it cannot be installed.

use collabcanvas_plugin::prelude::*;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct CannotDraw {}

impl Shape for CannotDraw {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        Description::new("Cannot draw", "M4 4h16v16H4z")
    }

    fn draw(&self, _frame: &Frame) -> Result<Drawing, Problem> {
        panic!("nobody taught it to draw")
    }
}

export_plugin! {
    name: "cannot-draw",
    shapes: [CannotDraw],
}
