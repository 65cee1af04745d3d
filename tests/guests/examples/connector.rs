//! A good citizen: a line between two other shapes, which follows them wherever they go.

use collabcanvas_plugin::Geometry;
use collabcanvas_plugin::prelude::*;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Connector {
    from: Option<String>,
    to: Option<String>,
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

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.from.is_some() && self.from == self.to {
            return Err(Problem::new("same-ends", "a connector joins two different shapes").at("/to"));
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        // An end that leads nowhere is where the connector's own box begins or ends.
        let from = frame.referred("from").map_or((0.0, 0.0), end);
        let to = frame.referred("to").map_or((frame.width, frame.height), end);
        Ok(Drawing::of(Path::line(from, to).stroke(Stroke::new(Color::Ink, 2.0))))
    }
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
