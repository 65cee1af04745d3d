//! A good citizen: a shape type of version 2, which still reads what version 1 wrote.

use collabcanvas_plugin::prelude::*;

/// What a badge is now.
#[derive(Deserialize, Serialize)]
#[serde(default)]
struct Badge {
    fill: Color,
    size: f64,
}

/// What it was once: a size in words, and a colour under its British name.
#[derive(Deserialize)]
struct BadgeV1 {
    colour: Color,
    big: bool,
}

impl Default for Badge {
    fn default() -> Self {
        Badge { fill: Color::Accent, size: 16.0 }
    }
}

impl Shape for Badge {
    const NAME: &'static str = "badge";

    fn describe() -> Description {
        Description::new("Badge", "M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16z")
            .version(2)
            .props(schema().color("fill", "Fill").number("size", "Size", 4.0..=64.0))
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        clamp(&mut self.size, 4.0..=64.0);
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let Point { x, y } = frame.center();
        Ok(Drawing::of(Path::ellipse(x, y, self.size, self.size).fill(self.fill)))
    }

    fn migrate(from_version: u32, old: OldProps<'_>) -> Result<Self, Problem> {
        if from_version != 1 {
            let message = format!("badges have versions 1 and 2, not {from_version}");
            return Err(Problem::new("unknown-version", message));
        }
        let BadgeV1 { colour, big } = old.read()?;
        Ok(Badge { fill: colour, size: if big { 32.0 } else { 16.0 } })
    }
}

export_plugin! {
    name: "versioned",
    shapes: [Badge],
}
