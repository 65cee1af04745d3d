//! A good citizen: a shape type, which browsers draw, beside a tool, which works on the canvas through imports that
//! browsers do not have.

use collabcanvas_plugin::prelude::*;
use collabcanvas_plugin::{canvas, canvas_edit};

/// A card with a text.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Card {
    text: String,
}

impl Shape for Card {
    const NAME: &'static str = "card";

    fn describe() -> Description {
        Description::new("Card", "M4 6h16v12H4z").default_size(120.0, 60.0).props(schema().text("text", "Text"))
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let card = Path::rect(0.0, 0.0, frame.width, frame.height).fill(Color::Accent);
        Ok(Drawing::of(card).label("text", Text::new(self.text.as_str(), frame.rect()).color(Color::Paper)))
    }
}

/// Deals one more card, to the right of those that lie there.
struct Deal;

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

#[derive(Serialize)]
struct Answer {
    seq: u64,
    /// How many cards lie there now.
    cards: usize,
}

impl Tool for Deal {
    type Arguments = Arguments;
    type Answer = Answer;

    const NAME: &'static str = "deal";
    const DESCRIPTION: &'static str = "Puts a card with this text beside the others. Gives back how many there are.";
    const CHANGES_CANVAS: bool = true;

    fn arguments() -> Schema {
        schema().text("text", "Text").required("text")
    }

    fn call(arguments: Arguments, _context: &CallContext) -> Result<Answer, Problem> {
        let cards = canvas::Filter { types: vec!["mixed/card".to_owned()], ..Default::default() };
        let there = canvas::query(&cards, &canvas::PageRequest { cursor: None, limit: 1000 })?.shapes.len();
        let place = canvas_edit::new_places(None, None, 1)?.remove(0);
        let area = Rect { x: there as f64 * 140.0, y: 0.0, width: 120.0, height: 60.0 };
        let card = NewShape::new("mixed/card", area).props(&Card { text: arguments.text })?;
        Ok(Answer { seq: canvas_edit::apply(&[card.put(place)], None)?, cards: there + 1 })
    }
}

export_plugin! {
    name: "mixed",
    shapes: [Card],
    tools: [Deal],
    capabilities: [CanvasRead, CanvasWrite],
}
