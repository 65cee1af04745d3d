//! The triangle, one corner upwards.

use collabcanvas_plugin::prelude::*;

use crate::style::style_schema;

styled! {
    /// The props of a triangle.
    pub struct Triangle {}
}

impl Shape for Triangle {
    const NAME: &'static str = "triangle";

    fn describe() -> Description {
        Description::new("Triangle", "M12 4l9 16H3z").props(style_schema())
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let Frame { width, height, .. } = *frame;
        let corners = [(width / 2.0, 0.0), (width, height), (0.0, height)];
        // The largest rectangle on a triangle's base is half as wide and half as high.
        let label = Rect { x: width / 4.0, y: height / 2.0, width: width / 2.0, height: height / 2.0 };
        Ok(self.style().drawing(Path::polygon(corners), label))
    }
}
