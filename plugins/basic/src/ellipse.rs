//! The ellipse.

use collabcanvas_plugin::prelude::*;

use crate::style::{inset, style_schema};

/// Where the largest rectangle within an ellipse begins, as a share of its width: (1 − 1/√2) / 2.
pub(crate) const INSCRIBED: f64 = 0.146_446_609_406_726_24;

styled! {
    /// The props of an ellipse.
    pub struct Ellipse {}
}

impl Shape for Ellipse {
    const NAME: &'static str = "ellipse";

    fn describe() -> Description {
        let icon = "M12 6c5 0 9 2.7 9 6s-4 6-9 6s-9-2.7-9-6s4-6 9-6z";
        Description::new("Ellipse", icon).shortcut("o").props(style_schema())
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let Point { x, y } = frame.center();
        let label = inset(frame, INSCRIBED, INSCRIBED);
        Ok(self.style().drawing(Path::ellipse(x, y, x, y), label))
    }
}
