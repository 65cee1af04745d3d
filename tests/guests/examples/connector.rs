//! A good citizen: a line between two other shapes, which follows them wherever they go.

use collabcanvas_plugin::Geometry;
use collabcanvas_plugin::prelude::*;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Connector {
    from: Option<String>,
    to: Option<String>,
    flip_x: bool,
    flip_y: bool,
    /// From end to end, as of the last time that it was changed.
    length: f64,
}

impl Shape for Connector {
    const NAME: &'static str = "connector";

    fn describe() -> Description {
        Description::new("Connector", "M5 5h6v14h8")
            .creation(CreationGesture::Connect)
            .references(&["from", "to"])
            .mirrored("flip_x", "flip_y")
            .connectable(false)
            .resize(ResizePolicy::Fixed)
            .props(
                schema()
                    .reference("from", "From")
                    .reference("to", "To")
                    .flag("flip_x", "Right to left")
                    .flag("flip_y", "Bottom to top")
                    .number("length", "Length", 0.0..=1e9),
            )
    }

    fn normalise(&mut self, frame: &Frame) -> Result<(), Problem> {
        if self.from.is_some() && self.from == self.to {
            return Err(Problem::new("same-ends", "a connector joins two different shapes").at("/to"));
        }
        let (from, to) = self.middles(frame);
        self.length = (to.0 - from.0).hypot(to.1 - from.1).round();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let (from, to) = self.middles(frame);
        let start = frame.referred("from").map_or(from, |shape| end(shape, to));
        let end = frame.referred("to").map_or(to, |shape| end(shape, from));
        Ok(Drawing::of(Path::line(start, end).stroke(Stroke::new(Color::Ink, 2.0))))
    }
}

impl Connector {
    /// The middles of the shapes that it joins. An end that leads nowhere is a corner of its own box.
    fn middles(&self, frame: &Frame) -> ((f64, f64), (f64, f64)) {
        let corner = |at_end: bool| {
            let x = if at_end != self.flip_x { frame.width } else { 0.0 };
            let y = if at_end != self.flip_y { frame.height } else { 0.0 };
            (x, y)
        };
        let from = frame.referred("from").map_or(corner(false), Geometry::center);
        let to = frame.referred("to").map_or(corner(true), Geometry::center);
        (from, to)
    }
}

/// Where a connector that comes from there meets a shape: at its anchor `center`, or else at its outline.
fn end(shape: &Geometry, from: (f64, f64)) -> (f64, f64) {
    match shape.anchors.iter().find(|anchor| anchor.name == "center") {
        Some(anchor) => (anchor.at.x, anchor.at.y),
        None => shape.meets(from),
    }
}

export_plugin! {
    name: "connector",
    shapes: [Connector],
}
