//! A good citizen: a line between two other shapes, which follows them wherever they go.

use collabcanvas_plugin::Geometry;
use collabcanvas_plugin::prelude::*;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Connector {
    from: Option<String>,
    to: Option<String>,
    /// From end to end, as of the last time that it was changed.
    length: f64,
}

impl Shape for Connector {
    const NAME: &'static str = "connector";

    fn describe() -> Description {
        Description::new("Connector", "M5 5h6v14h8")
            .references(&["from", "to"])
            .connectable(false)
            .resize(ResizePolicy::Fixed)
            .props(schema().reference("from", "From").reference("to", "To"))
    }

    fn normalise(&mut self, frame: &Frame) -> Result<(), Problem> {
        if self.from.is_some() && self.from == self.to {
            return Err(Problem::new("same-ends", "a connector joins two different shapes").at("/to"));
        }
        let (from, to) = ends(frame);
        self.length = (to.0 - from.0).hypot(to.1 - from.1).round();
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let (from, to) = ends(frame);
        Ok(Drawing::of(Path::line(from, to).stroke(Stroke::new(Color::Ink, 2.0))))
    }
}

/// Where the connector begins and ends. An end that leads nowhere is where its own box begins or ends.
fn ends(frame: &Frame) -> ((f64, f64), (f64, f64)) {
    let from = frame.referred("from").map_or((0.0, 0.0), end);
    let to = frame.referred("to").map_or((frame.width, frame.height), end);
    (from, to)
}

/// Where a connector meets a shape: its anchor `center`, or else the middle of its box.
fn end(shape: &Geometry) -> (f64, f64) {
    match shape.anchors.iter().find(|anchor| anchor.name == "center") {
        Some(anchor) => (anchor.at.x, anchor.at.y),
        None => {
            let Rect { x, y, width, height } = shape.box_;
            (x + width / 2.0, y + height / 2.0)
        }
    }
}

export_plugin! {
    name: "connector",
    shapes: [Connector],
}
