//! The star, a point upwards, stretched to its box.

use collabcanvas_plugin::prelude::*;

use crate::style::{inset, style_schema};

styled! {
    /// The props of a star.
    pub struct Star {
        points: f64 = 5.0,
        /// How far from the centre the inner corners are, as a share of the way to the points.
        inner_radius: f64 = 0.45,
    }
}

impl Shape for Star {
    const NAME: &'static str = "star";

    fn describe() -> Description {
        let icon = "M12 3l2.7 5.8l6.3.8l-4.6 4.4l1.2 6.3L12 17.2l-5.6 3.1l1.2-6.3L3 9.6l6.3-.8z";
        Description::new("Star", icon).shortcut("s").default_size(140.0, 140.0).props(
            schema()
                .step("points", "Points", 3.0..=60.0, 1.0)
                .number("inner_radius", "Inner radius", 0.05..=1.0)
                .and(style_schema()),
        )
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        whole(&mut self.points, 3.0..=60.0);
        clamp(&mut self.inner_radius, 0.05..=1.0);
        self.normalise_style();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let contour = Path::star(self.points as u32, self.inner_radius, frame.width, frame.height);
        // The label lies between the inner corners, however deep they are.
        let margin = 0.5 - 0.35 * self.inner_radius.max(0.4);
        Ok(self.style().drawing(contour, inset(frame, margin, margin)))
    }
}
