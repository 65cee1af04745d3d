//! Has default props that do not fit its own schema, so that it cannot be installed.

use collabcanvas_plugin::prelude::*;

#[derive(Deserialize, Serialize)]
#[serde(default)]
struct BadDefaults {
    /// A number, says the schema.
    line: String,
}

impl Default for BadDefaults {
    fn default() -> Self {
        BadDefaults { line: "thick".to_owned() }
    }
}

impl Shape for BadDefaults {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        Description::new("Bad defaults", "M4 4h16v16H4z").props(schema().number("line", "Line width", 0.0..=20.0))
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        Ok(guests::plain(frame))
    }
}

export_plugin! {
    name: "bad-defaults",
    shapes: [BadDefaults],
}
