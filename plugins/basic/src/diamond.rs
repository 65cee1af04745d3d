//! The diamond: the middles of the box's sides, joined.

use collabcanvas_plugin::prelude::*;

use crate::style::{inset, style_schema};

styled! {
    /// The props of a diamond.
    pub struct Diamond {}
}

impl Shape for Diamond {
    const NAME: &'static str = "diamond";

    fn describe() -> Description {
        Description::new("Diamond", "M12 3l9 9l-9 9l-9-9z").shortcut("d").props(style_schema())
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let Point { x, y } = frame.center();
        let corners = [(x, 0.0), (frame.width, y), (x, frame.height), (0.0, y)];
        let label = inset(frame, 0.25, 0.25);
        Ok(self.style().drawing(Path::polygon(corners), label))
    }
}
