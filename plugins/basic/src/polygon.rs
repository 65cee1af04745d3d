//! The regular polygon, a corner upwards, stretched to its box.

use collabcanvas_plugin::prelude::*;

use crate::style::{inset, style_schema};

styled! {
    /// The props of a polygon.
    pub struct Polygon {
        sides: f64 = 6.0,
    }
}

impl Shape for Polygon {
    const NAME: &'static str = "polygon";

    fn describe() -> Description {
        Description::new("Polygon", "M12 3l7.8 4.5v9L12 21l-7.8-4.5v-9z")
            .default_size(140.0, 140.0)
            .props(schema().step("sides", "Sides", 3.0..=60.0, 1.0).and(style_schema()))
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        whole(&mut self.sides, 3.0..=60.0);
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let contour = Path::regular(self.sides as u32, frame.width, frame.height);
        Ok(self.style().drawing(contour, inset(frame, 0.2, 0.2)))
    }
}
