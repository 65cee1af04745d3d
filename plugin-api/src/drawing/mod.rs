//! [`Drawing`]: how a shape looks. Built from [`Path`], [`Text`] and [`Image`], back to front.

mod image;
mod path;
mod stroke;
mod text;

pub use image::Image;
pub use path::Path;
pub(crate) use path::{CLOSE, CUBIC, LINE, MOVE, QUADRATIC, coordinates};
pub use stroke::Stroke;
pub use text::Text;

use crate::contract::drawing::{Anchor, DisplayList, Item, LabelArea, PathData, TextFit};
use crate::contract::types::{Point, Rect};

/// How a shape looks, in local coordinates.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    items: Vec<Item>,
    extent: Extent,
    outline: Option<PathData>,
    labels: Vec<LabelArea>,
    anchors: Vec<Anchor>,
}

impl Drawing {
    /// A drawing of nothing yet.
    pub fn new() -> Self {
        Drawing::default()
    }

    /// A drawing of one path.
    pub fn of(path: Path) -> Self {
        Drawing::new().path(path)
    }

    /// A path in front of what is there. One without fill and stroke only takes up room.
    #[must_use]
    pub fn path(mut self, path: Path) -> Self {
        self.extent.join(path.extent());
        if path.is_visible() {
            self.items.push(Item::Path(path.into_item()));
        }
        self
    }

    /// Text in front of what is there, unless it is empty.
    #[must_use]
    pub fn text(mut self, text: Text) -> Self {
        if !text.is_empty() {
            self.extent.join(Extent::of(text.area()));
            self.items.push(Item::Text(text.into_item()));
        }
        self
    }

    /// An image in front of what is there.
    #[must_use]
    pub fn image(mut self, image: Image) -> Self {
        self.extent.join(Extent::of(image.area()));
        self.items.push(Item::Image(image.into_item()));
        self
    }

    /// The closed contour that counts as the shape when it is pointed at. Without one, that is its box.
    #[must_use]
    pub fn outline(mut self, path: Path) -> Self {
        self.outline = Some(path.into_data());
        self
    }

    /// Text that people edit: drawn, and written back to this prop. A shape may have several; a double click edits
    /// the one under the pointer, Enter the first.
    #[must_use]
    pub fn label(self, prop: &str, text: Text) -> Self {
        self.fitted_label(prop, text, TextFit::None)
    }

    /// A [`label`](Self::label) to whose text the editor fits the shape's size.
    #[must_use]
    pub fn fitted_label(mut self, prop: &str, text: Text, fit: TextFit) -> Self {
        self.labels.push(LabelArea { prop: prop.to_owned(), area: text.area(), style: text.style(), fit });
        self.text(text)
    }

    /// A place where connectors attach, leaving in any direction. Without any, they attach anywhere on the outline.
    #[must_use]
    pub fn anchor(mut self, name: &str, x: f64, y: f64) -> Self {
        self.anchors.push(Anchor { name: name.to_owned(), at: Point { x, y }, direction: None });
        self
    }

    /// A place where connectors attach that leave at this angle, in radians from the x axis, clockwise.
    #[must_use]
    pub fn anchor_facing(mut self, name: &str, x: f64, y: f64, direction: f64) -> Self {
        self.anchors.push(Anchor { name: name.to_owned(), at: Point { x, y }, direction: Some(direction) });
        self
    }

    /// The contract's form, with the bounds of everything drawn.
    pub fn into_display_list(self) -> DisplayList {
        DisplayList {
            bounds: self.extent.rect(),
            items: self.items,
            outline: self.outline,
            labels: self.labels,
            anchors: self.anchors,
        }
    }
}

/// A box that grows; it starts as no box at all.
#[derive(Clone, Copy, Debug)]
struct Extent {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Default for Extent {
    fn default() -> Self {
        Extent { left: f64::INFINITY, top: f64::INFINITY, right: f64::NEG_INFINITY, bottom: f64::NEG_INFINITY }
    }
}

impl Extent {
    fn of(rect: Rect) -> Self {
        Extent { left: rect.x, top: rect.y, right: rect.x + rect.width, bottom: rect.y + rect.height }
    }

    fn add(&mut self, x: f64, y: f64) {
        self.left = self.left.min(x);
        self.top = self.top.min(y);
        self.right = self.right.max(x);
        self.bottom = self.bottom.max(y);
    }

    fn join(&mut self, other: Extent) {
        if other.is_nothing() {
            return;
        }
        self.add(other.left, other.top);
        self.add(other.right, other.bottom);
    }

    fn is_nothing(self) -> bool {
        self.left > self.right
    }

    fn grown(self, margin: f64) -> Self {
        Extent {
            left: self.left - margin,
            top: self.top - margin,
            right: self.right + margin,
            bottom: self.bottom + margin,
        }
    }

    /// The box; that of nothing is a point at the origin.
    fn rect(self) -> Rect {
        if self.is_nothing() {
            return Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 };
        }
        Rect { x: self.left, y: self.top, width: self.right - self.left, height: self.bottom - self.top }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::drawing::Color;

    fn rect(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn bounds_hold_everything_drawn_strokes_included() {
        let list = Drawing::of(Path::rect(0.0, 0.0, 10.0, 20.0).stroke(Stroke::new(Color::Ink, 4.0)))
            .path(Path::line((5.0, 5.0), (30.0, 5.0)).stroke(Stroke::new(Color::Ink, 2.0)))
            .into_display_list();
        assert_eq!(list.bounds, rect(-2.0, -2.0, 33.0, 24.0));
    }

    #[test]
    fn a_path_without_points_draws_nothing_and_takes_up_no_room() {
        let nothing: [(f64, f64); 0] = [];
        let empty = Path::polygon(nothing).fill(Color::Ink);
        let list = Drawing::of(Path::polyline(nothing).stroke(Stroke::new(Color::Ink, 4.0)))
            .path(empty.clone())
            .path(Path::rect(1.0, 2.0, 3.0, 4.0).fill(Color::Ink))
            .into_display_list();
        assert_eq!(list.bounds, rect(1.0, 2.0, 3.0, 4.0));
        assert_eq!(crate::testing::fault(&list), None);
        assert_eq!(Drawing::of(empty).into_display_list().bounds, rect(0.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn an_empty_drawing_has_empty_bounds() {
        let list = Drawing::new().into_display_list();
        assert_eq!(list.bounds, rect(0.0, 0.0, 0.0, 0.0));
        assert!(list.items.is_empty());
    }

    #[test]
    fn what_cannot_be_seen_is_no_item_and_a_path_still_takes_up_room() {
        let list = Drawing::of(Path::rect(0.0, 0.0, 10.0, 20.0))
            .label("text", Text::new("", rect(-9.0, 2.0, 6.0, 16.0)))
            .into_display_list();
        assert!(list.items.is_empty());
        assert_eq!(list.bounds, rect(0.0, 0.0, 10.0, 20.0));
        assert_eq!(list.labels[0].prop, "text");
    }
}
