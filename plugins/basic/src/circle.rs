//! The circle: the largest that fits into its box.

use collabcanvas_plugin::prelude::*;

use crate::ellipse::INSCRIBED;
use crate::style::style_schema;

styled! {
    /// The props of a circle.
    pub struct Circle {}
}

impl Shape for Circle {
    const NAME: &'static str = "circle";

    fn describe() -> Description {
        Description::new("Circle", "M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16z")
            .shortcut("c")
            .default_size(120.0, 120.0)
            .resize(ResizePolicy::KeepAspect)
            .props(style_schema())
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let Point { x, y } = frame.center();
        let radius = x.min(y);
        let side = 2.0 * radius * (1.0 - 2.0 * INSCRIBED);
        let label = Rect { x: x - side / 2.0, y: y - side / 2.0, width: side, height: side };
        Ok(self.style().drawing(Path::ellipse(x, y, radius, radius), label))
    }
}
