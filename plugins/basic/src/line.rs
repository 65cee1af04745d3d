//! The straight line, from one corner of its box to the opposite one, with heads if wanted.

use collabcanvas_plugin::prelude::*;

use crate::style::{self, Dash, Style};

/// What an end of a line looks like.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// The line just ends.
    #[default]
    None,
    /// Two strokes.
    Arrow,
    /// A filled triangle.
    Triangle,
    /// A filled circle.
    Dot,
}

const HEADS: &[&str] = &["none", "arrow", "triangle", "dot"];

/// The props of a line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Line {
    /// Whether it starts at the right side of its box and ends at the left one.
    flip_x: bool,
    /// Whether it starts at the bottom and ends at the top.
    flip_y: bool,
    start_head: Head,
    end_head: Head,
    stroke: Color,
    stroke_width: f64,
    dash: Dash,
    text: String,
    text_size: f64,
    text_color: Color,
    text_align: TextAlign,
}

impl Default for Line {
    fn default() -> Self {
        Line {
            flip_x: false,
            flip_y: false,
            start_head: Head::None,
            end_head: Head::None,
            stroke: Color::Ink,
            stroke_width: 2.0,
            dash: Dash::Solid,
            text: String::new(),
            text_size: 14.0,
            text_color: Color::Ink,
            text_align: TextAlign::Center,
        }
    }
}

impl Shape for Line {
    const NAME: &'static str = "line";

    fn describe() -> Description {
        let props = schema()
            .choice("start_head", "Start", HEADS)
            .choice("end_head", "End", HEADS)
            .color("stroke", "Colour")
            .and(style::line_schema())
            .flag("flip_x", "Right to left")
            .flag("flip_y", "Bottom to top")
            .and(style::label_schema());
        Description::new("Line", "M5 19L19 5")
            .shortcut("l")
            .default_size(120.0, 80.0)
            .connectable(false)
            .mirrored("flip_x", "flip_y")
            .props(props)
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        style::normalise(&mut self.stroke_width, &mut self.text_size);
        // A line of no width would be lost: nothing else of it can be seen.
        self.stroke_width = self.stroke_width.max(0.5);
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let run = Run::new(self, frame);
        let style = self.style();
        let shaft = Path::line(
            run.at(self.start_head.covers(self.stroke_width)),
            run.at(run.length - self.end_head.covers(self.stroke_width)),
        );
        let mut drawing = Drawing::of(shaft.stroke(style.line()));
        for (head, run) in [(self.start_head, run), (self.end_head, run.reversed())] {
            if let Some(head) = self.head(head, run) {
                drawing = drawing.path(head);
            }
        }
        if run.length > 0.0 {
            drawing = drawing.outline(run.ribbon(self.stroke_width.max(2.0) / 2.0));
        }
        Ok(drawing.label("text", style.label(self.label_area(frame))))
    }
}

impl Line {
    fn style(&self) -> Style<'_> {
        Style {
            fill: Paint::NONE,
            stroke: Paint::of(self.stroke),
            stroke_width: self.stroke_width,
            dash: self.dash,
            text: &self.text,
            text_size: self.text_size,
            text_color: self.text_color,
            text_align: self.text_align,
        }
    }

    /// The head at the start of this run.
    fn head(&self, head: Head, run: Run) -> Option<Path> {
        let size = head_size(self.stroke_width);
        let (tip, left, right) = (run.at(0.0), run.beside(size, size / 2.0), run.beside(size, -size / 2.0));
        let solid = Stroke::new(self.stroke, self.stroke_width);
        match head {
            Head::None => None,
            Head::Arrow => Some(Path::polyline([left, tip, right]).stroke(solid)),
            Head::Triangle => Some(Path::polygon([left, tip, right]).fill(self.stroke)),
            Head::Dot => {
                let radius = size / 3.0;
                Some(Path::ellipse(tip.0, tip.1, radius, radius).fill(self.stroke))
            }
        }
    }

    /// Above the line's middle, so that a level line does not cross its label.
    fn label_area(&self, frame: &Frame) -> Rect {
        let Point { x, y } = frame.center();
        let (width, height) = (frame.width.max(120.0), self.text_size * 1.25);
        Rect { x: x - width / 2.0, y: y - height - self.stroke_width / 2.0 - 4.0, width, height }
    }
}

/// How long a head is.
fn head_size(stroke_width: f64) -> f64 {
    6.0 + 3.0 * stroke_width
}

impl Head {
    /// How much of the line's end it stands in for: a line must not stick out of a triangle's tip.
    fn covers(self, stroke_width: f64) -> f64 {
        match self {
            Head::Triangle => head_size(stroke_width) * 0.8,
            Head::None | Head::Arrow | Head::Dot => 0.0,
        }
    }
}

/// The way from one end of a line to the other.
#[derive(Clone, Copy)]
struct Run {
    from: (f64, f64),
    to: (f64, f64),
    length: f64,
}

impl Run {
    fn new(line: &Line, frame: &Frame) -> Self {
        let ends = |flip, length| if flip { (length, 0.0) } else { (0.0, length) };
        let (x1, x2) = ends(line.flip_x, frame.width);
        let (y1, y2) = ends(line.flip_y, frame.height);
        Run { from: (x1, y1), to: (x2, y2), length: frame.width.hypot(frame.height) }
    }

    fn reversed(self) -> Self {
        Run { from: self.to, to: self.from, length: self.length }
    }

    /// The direction, of length 1; to the right where there is none.
    fn direction(self) -> (f64, f64) {
        if self.length == 0.0 {
            return (1.0, 0.0);
        }
        let (dx, dy) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        (dx / self.length, dy / self.length)
    }

    /// The point so far along the line.
    fn at(self, distance: f64) -> (f64, f64) {
        self.beside(distance.clamp(0.0, self.length), 0.0)
    }

    /// The point so far along the line and so far to its right.
    fn beside(self, distance: f64, aside: f64) -> (f64, f64) {
        let (dx, dy) = self.direction();
        (self.from.0 + dx * distance - dy * aside, self.from.1 + dy * distance + dx * aside)
    }

    /// The line as an area, this far to both sides.
    fn ribbon(self, reach: f64) -> Path {
        Path::polygon([
            self.beside(0.0, reach),
            self.beside(self.length, reach),
            self.beside(self.length, -reach),
            self.beside(0.0, -reach),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use collabcanvas_plugin::testing::rendered;

    /// The shaft's path: the first thing drawn.
    fn shaft(props: &str) -> collabcanvas_plugin::contract::drawing::PathData {
        let list = rendered::<Line>(props, &Frame::sized(30.0, 40.0)).unwrap();
        match list.items.into_iter().next() {
            Some(collabcanvas_plugin::Item::Path(path)) => path.data,
            other => panic!("not a path: {other:?}"),
        }
    }

    fn flat(numbers: &[f64]) -> collabcanvas_plugin::contract::drawing::PathData {
        collabcanvas_plugin::contract::drawing::PathData::Flat(numbers.to_vec())
    }

    #[test]
    fn flips_turn_the_line_about_within_its_box() {
        assert_eq!(shaft("{}"), flat(&[0.0, 0.0, 0.0, 1.0, 30.0, 40.0]));
        assert_eq!(shaft(r#"{"flip_y":true}"#), flat(&[0.0, 0.0, 40.0, 1.0, 30.0, 0.0]));
        assert_eq!(shaft(r#"{"flip_x":true,"flip_y":true}"#), flat(&[0.0, 30.0, 40.0, 1.0, 0.0, 0.0]));
    }

    #[test]
    fn a_triangle_stands_in_for_the_end_of_the_line() {
        // A head for a line of width 3 is 15 long and covers 12 of the 50.
        assert_eq!(
            shaft(r#"{"end_head":"triangle","stroke_width":3}"#),
            flat(&[0.0, 0.0, 0.0, 1.0, 38.0 * 0.6, 38.0 * 0.8])
        );
    }
}
