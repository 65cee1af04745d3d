//! The rectangle, with round corners if wanted.

use collabcanvas_plugin::prelude::*;

use crate::style::style_schema;

/// The space between the sides and the label, where there is enough of it.
const PADDING: f64 = 8.0;

styled! {
    /// The props of a rectangle.
    pub struct Rectangle {
        corner_radius: f64 = 8.0,
    }
}

impl Shape for Rectangle {
    const NAME: &'static str = "rectangle";

    fn describe() -> Description {
        let icon = "M6 5h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z";
        Description::new("Rectangle", icon)
            .shortcut("r")
            .props(schema().number("corner_radius", "Corner radius", 0.0..=1000.0).and(style_schema()))
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        // Not to the size: a rectangle that is made small and large again keeps its corners.
        clamp(&mut self.corner_radius, 0.0..=1000.0);
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let contour = Path::rect(0.0, 0.0, frame.width, frame.height).round(self.corner_radius);
        let style = self.style();
        let label = padded(frame);
        // Its box is outline enough, unless the corners are so round that one could miss them.
        if self.corner_radius > PADDING {
            return Ok(style.drawing(contour, label));
        }
        Ok(Drawing::of(style.paint(contour)).label("text", style.label(label)))
    }
}

fn padded(frame: &Frame) -> Rect {
    let x = PADDING.min(frame.width / 4.0);
    let y = PADDING.min(frame.height / 4.0);
    Rect { x, y, width: frame.width - 2.0 * x, height: frame.height - 2.0 * y }
}
