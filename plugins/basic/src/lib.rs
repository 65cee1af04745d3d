//! Rectangles, ellipses, polygons, stars and lines: the shapes that every canvas has.
//!
//! One file per shape type. What they have in common, their style, is in one place and still lies flat
//! in each shape's props.

#[macro_use]
mod style;

mod circle;
mod diamond;
mod ellipse;
mod line;
mod polygon;
mod rectangle;
mod star;
mod triangle;

pub use circle::Circle;
pub use diamond::Diamond;
pub use ellipse::Ellipse;
pub use line::{Head, Line};
pub use polygon::Polygon;
pub use rectangle::Rectangle;
pub use star::Star;
pub use style::{Dash, Style};
pub use triangle::Triangle;

collabcanvas_plugin::export_plugin! {
    shapes: [Rectangle, Ellipse, Circle, Diamond, Triangle, Polygon, Star, Line],
}

#[cfg(test)]
mod tests {
    use super::*;
    use collabcanvas_plugin::testing::check_laws;

    #[test]
    fn every_shape_type_keeps_the_laws_of_the_contract_c1_c2() {
        check_laws::<Rectangle>();
        check_laws::<Ellipse>();
        check_laws::<Circle>();
        check_laws::<Diamond>();
        check_laws::<Triangle>();
        check_laws::<Polygon>();
        check_laws::<Star>();
        check_laws::<Line>();
    }
}
