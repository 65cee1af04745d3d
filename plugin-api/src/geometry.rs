//! Where a referred shape is, for shapes that reach to it: connectors above all.

use crate::contract::drawing::{Cubic, PathData, Quadratic, Segment};
use crate::contract::shapes::Geometry;
use crate::drawing::{CLOSE, CUBIC, LINE, MOVE, QUADRATIC, coordinates};

/// So many straight pieces stand for a curve: a circle of radius 500 is then off by 0.6 at most.
const PIECES: u32 = 16;

type Position = (f64, f64);

impl Geometry {
    /// The middle of the shape's box, which stays where it is however the shape is turned.
    pub fn center(&self) -> (f64, f64) {
        (self.box_.x + self.box_.width / 2.0, self.box_.y + self.box_.height / 2.0)
    }

    /// Where a straight line from this point to the shape's middle first meets its outline, or else its box; the
    /// middle itself where it meets nothing, as from within the shape.
    pub fn meets(&self, from: (f64, f64)) -> (f64, f64) {
        let middle = self.center();
        let mut line = Line { from, to: middle, first: 1.0 };
        match &self.outline {
            Some(outline) => line.meet(outline),
            None => line.meet_corners(self.corners()),
        }
        line.at(line.first)
    }

    /// The corners of the box as it lies there.
    fn corners(&self) -> [Position; 4] {
        let (sin, cos) = self.rotation.sin_cos();
        let middle = self.center();
        let (x, y) = (self.box_.width / 2.0, self.box_.height / 2.0);
        [(-x, -y), (x, -y), (x, y), (-x, y)].map(|(x, y)| (middle.0 + x * cos - y * sin, middle.1 + x * sin + y * cos))
    }
}

/// A line on its way to a shape.
struct Line {
    from: Position,
    to: Position,
    /// The share of the way at which it first met something; 1: not before its end.
    first: f64,
}

impl Line {
    fn at(&self, share: f64) -> Position {
        (self.from.0 + (self.to.0 - self.from.0) * share, self.from.1 + (self.to.1 - self.from.1) * share)
    }

    fn meet_corners(&mut self, corners: [Position; 4]) {
        for (i, &corner) in corners.iter().enumerate() {
            self.meet_side(corner, corners[(i + 1) % corners.len()]);
        }
    }

    /// Takes note of where it crosses this side, if it does.
    fn meet_side(&mut self, a: Position, b: Position) {
        let way = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let side = (b.0 - a.0, b.1 - a.1);
        let start = (a.0 - self.from.0, a.1 - self.from.1);
        let cross = |u: Position, v: Position| u.0 * v.1 - u.1 * v.0;
        // Neither is a number where the two are parallel, and no comparison holds then.
        let (share, along) = (cross(start, side) / cross(way, side), cross(start, way) / cross(way, side));
        if (0.0..=1.0).contains(&along) && share >= 0.0 && share < self.first {
            self.first = share;
        }
    }

    /// Follows an outline, side by side.
    fn meet(&mut self, outline: &PathData) {
        let converted;
        let mut rest = match outline {
            PathData::Flat(numbers) => numbers.as_slice(),
            PathData::Segments(segments) => {
                converted = flat(segments);
                &converted
            }
        };
        let (mut start, mut at) = ((0.0, 0.0), (0.0, 0.0));
        while let Some((&code, numbers)) = rest.split_first() {
            let (step, after) = numbers.split_at(coordinates(code).min(numbers.len()));
            rest = after;
            match *step {
                [x, y] if code == MOVE => (start, at) = ((x, y), (x, y)),
                [x, y] => at = self.meet_curve(&[at, (x, y)], 1),
                [x1, y1, x, y] => at = self.meet_curve(&[at, (x1, y1), (x, y)], PIECES),
                [x1, y1, x2, y2, x, y] => at = self.meet_curve(&[at, (x1, y1), (x2, y2), (x, y)], PIECES),
                _ => at = self.meet_curve(&[at, start], 1),
            }
        }
    }

    /// Follows a Bézier curve of these points in so many pieces, to its end.
    fn meet_curve(&mut self, points: &[Position], pieces: u32) -> Position {
        let mut at = points[0];
        for piece in 1..=pieces {
            let next = curve(points, f64::from(piece) / f64::from(pieces));
            self.meet_side(at, next);
            at = next;
        }
        at
    }
}

/// The point at this share of a Bézier curve, by de Casteljau's construction.
fn curve(points: &[Position], share: f64) -> Position {
    let mut points = points.to_vec();
    while points.len() > 1 {
        let between = |pair: &[Position]| Line { from: pair[0], to: pair[1], first: 1.0 }.at(share);
        points = points.windows(2).map(between).collect();
    }
    points[0]
}

/// Readable path data in the flat form.
fn flat(segments: &[Segment]) -> Vec<f64> {
    let numbers = |segment: &Segment| match segment {
        Segment::MoveTo(to) => vec![MOVE, to.x, to.y],
        Segment::LineTo(to) => vec![LINE, to.x, to.y],
        Segment::QuadraticTo(Quadratic { control, to }) => vec![QUADRATIC, control.x, control.y, to.x, to.y],
        Segment::CubicTo(Cubic { control1, control2, to }) => {
            vec![CUBIC, control1.x, control1.y, control2.x, control2.y, to.x, to.y]
        }
        Segment::Close => vec![CLOSE],
    };
    segments.iter().flat_map(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::{Point, Rect};
    use crate::drawing::{Drawing, Path};

    fn there(outline: Option<PathData>, rotation: f64) -> Geometry {
        let box_ = Rect { x: 100.0, y: 100.0, width: 200.0, height: 100.0 };
        Geometry { box_, rotation, outline, anchors: Vec::new() }
    }

    fn outlined(path: Path) -> Geometry {
        there(Drawing::new().outline(path).into_display_list().outline, 0.0)
    }

    fn near(found: Position, expected: Position) {
        let off = (found.0 - expected.0).hypot(found.1 - expected.1);
        assert!(off < 0.2, "{found:?} is not {expected:?}");
    }

    #[test]
    fn a_line_meets_the_box_of_a_shape_without_an_outline() {
        near(there(None, 0.0).meets((0.0, 150.0)), (100.0, 150.0));
        near(there(None, 0.0).meets((200.0, 900.0)), (200.0, 200.0));
        // On its side, the box reaches 100 up and down, and 50 to the left and right.
        near(there(None, std::f64::consts::FRAC_PI_2).meets((0.0, 150.0)), (150.0, 150.0));
    }

    #[test]
    fn a_line_meets_an_outline_where_it_is() {
        let circle = outlined(Path::ellipse(200.0, 150.0, 50.0, 50.0));
        near(circle.meets((200.0, 0.0)), (200.0, 100.0));
        let away = 50.0 / 2.0_f64.sqrt();
        near(circle.meets((0.0, -50.0)), (200.0 - away, 150.0 - away));
        let diamond = outlined(Path::polygon([(200.0, 100.0), (300.0, 150.0), (200.0, 200.0), (100.0, 150.0)]));
        near(diamond.meets((400.0, 350.0)), (200.0 + 100.0 / 3.0, 150.0 + 100.0 / 3.0));
    }

    #[test]
    fn an_outline_in_segments_is_met_as_well() {
        let point = |x, y| Point { x, y };
        let corners = [(300.0, 200.0), (100.0, 200.0)].map(|(x, y)| Segment::LineTo(point(x, y)));
        let mut segments = vec![Segment::MoveTo(point(200.0, 100.0))];
        segments.extend(corners);
        segments.push(Segment::Close);
        near(there(Some(PathData::Segments(segments)), 0.0).meets((0.0, 150.0)), (150.0, 150.0));
    }

    #[test]
    fn from_within_and_from_the_middle_it_is_the_middle() {
        for from in [(200.0, 150.0), (210.0, 140.0)] {
            near(there(None, 0.0).meets(from), (200.0, 150.0));
        }
        near(outlined(Path::new()).meets((0.0, 0.0)), (200.0, 150.0));
    }
}
