//! [`Path`]: straight lines and curves, filled, stroked or both.

use std::f64::consts::TAU;

use super::{Extent, Stroke};
use crate::color::Paint;
use crate::contract::drawing::{self, Color, PathData};

/// Codes of the contract's flat form.
pub(crate) const MOVE: f64 = 0.0;
pub(crate) const LINE: f64 = 1.0;
pub(crate) const QUADRATIC: f64 = 2.0;
pub(crate) const CUBIC: f64 = 3.0;
pub(crate) const CLOSE: f64 = 4.0;

/// How far the control points of a cubic lie along the tangent, as a part of the radius, to draw a
/// quarter of a circle: 4/3 (√2 − 1). Off by at most 0.03 % of the radius.
const QUARTER: f64 = 0.552_284_749_830_793_4;

/// A path, neither filled nor stroked until told so.
///
/// It is kept, and sent, in the contract's flat form, which costs the least whatever its length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    data: Vec<f64>,
    fill: Option<Color>,
    stroke: Option<Stroke>,
}

impl Path {
    /// A path without any part yet.
    pub fn new() -> Self {
        Path::default()
    }

    /// An upright rectangle. For one with round corners, add [`round`](Self::round).
    pub fn rect(x: f64, y: f64, width: f64, height: f64) -> Self {
        let (right, bottom) = (x + width, y + height);
        Path::polygon([(x, y), (right, y), (right, bottom), (x, bottom)])
    }

    /// An ellipse about a centre.
    pub fn ellipse(center_x: f64, center_y: f64, radius_x: f64, radius_y: f64) -> Self {
        let (left, right) = (center_x - radius_x, center_x + radius_x);
        let (top, bottom) = (center_y - radius_y, center_y + radius_y);
        let (dx, dy) = (radius_x * QUARTER, radius_y * QUARTER);
        Path::with_capacity(32)
            .move_to(right, center_y)
            .cubic_to((right, center_y + dy), (center_x + dx, bottom), (center_x, bottom))
            .cubic_to((center_x - dx, bottom), (left, center_y + dy), (left, center_y))
            .cubic_to((left, center_y - dy), (center_x - dx, top), (center_x, top))
            .cubic_to((center_x + dx, top), (right, center_y - dy), (right, center_y))
            .close()
    }

    /// A closed contour through these points.
    pub fn polygon(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Path::polyline(points).close()
    }

    /// An open line through these points.
    pub fn polyline(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Path::with_capacity(16);
        for (x, y) in points {
            let code = if path.data.is_empty() { MOVE } else { LINE };
            append(&mut path.data, &[code, x, y]);
        }
        path
    }

    /// One straight line.
    pub fn line(from: (f64, f64), to: (f64, f64)) -> Self {
        Path::polyline([from, to])
    }

    /// A regular polygon, a corner upwards, stretched so that it fills the box.
    pub fn regular(sides: u32, width: f64, height: f64) -> Self {
        Path::polygon(spokes(sides, width, height, |_| 1.0))
    }

    /// A star of so many points, one upwards, stretched so that it fills the box. Its inner corners lie at
    /// `inner` (0 to 1) of the way from the centre to the outer ones.
    pub fn star(points: u32, inner: f64, width: f64, height: f64) -> Self {
        let reach = |i| if i % 2 == 0 { 1.0 } else { inner };
        Path::polygon(spokes(points.saturating_mul(2), width, height, reach))
    }

    fn with_capacity(numbers: usize) -> Self {
        Path { data: Vec::with_capacity(numbers), ..Path::default() }
    }

    /// Starts a new part of the path.
    #[must_use]
    pub fn move_to(self, x: f64, y: f64) -> Self {
        self.push(&[MOVE, x, y])
    }

    /// A straight line.
    #[must_use]
    pub fn line_to(self, x: f64, y: f64) -> Self {
        self.push(&[LINE, x, y])
    }

    /// A quadratic Bézier curve.
    #[must_use]
    pub fn quadratic_to(self, control: (f64, f64), to: (f64, f64)) -> Self {
        self.push(&[QUADRATIC, control.0, control.1, to.0, to.1])
    }

    /// A cubic Bézier curve.
    #[must_use]
    pub fn cubic_to(self, control1: (f64, f64), control2: (f64, f64), to: (f64, f64)) -> Self {
        self.push(&[CUBIC, control1.0, control1.1, control2.0, control2.1, to.0, to.1])
    }

    /// A straight line back to where the part started; of a path without points there is nothing to close.
    #[must_use]
    pub fn close(self) -> Self {
        if self.data.is_empty() { self } else { self.push(&[CLOSE]) }
    }

    fn push(mut self, numbers: &[f64]) -> Self {
        append(&mut self.data, numbers);
        self
    }

    /// Rounds the corners of a polygon with arcs of this radius, smaller where its sides are too short.
    /// A path that is no single closed polygon stays as it is.
    #[must_use]
    pub fn round(mut self, radius: f64) -> Self {
        if radius > 0.0
            && let Some(corners) = self.corners()
        {
            self.data = rounded(&corners, radius);
        }
        self
    }

    /// The corners, if the path is a single closed polygon.
    fn corners(&self) -> Option<Vec<(f64, f64)>> {
        let (&end, lines) = self.data.split_last()?;
        let straight = |(i, step): (usize, &[f64])| match (i, step) {
            (0, &[MOVE, x, y]) => Some((x, y)),
            (1.., &[LINE, x, y]) => Some((x, y)),
            _ => None,
        };
        let corners: Option<Vec<_>> = lines.chunks(3).enumerate().map(straight).collect();
        corners.filter(|corners| end == CLOSE && corners.len() > 2)
    }

    /// Fills the inside.
    #[must_use]
    pub fn fill(mut self, paint: impl Into<Paint>) -> Self {
        self.fill = paint.into().color();
        self
    }

    /// Draws the line.
    #[must_use]
    pub fn stroke(mut self, stroke: impl Into<Option<Stroke>>) -> Self {
        self.stroke = stroke.into().filter(Stroke::is_visible);
        self
    }

    pub(super) fn is_visible(&self) -> bool {
        self.fill.is_some() || self.stroke.is_some()
    }

    /// The box of all points, control points included, and the stroke's width around it.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        let mut rest = self.data.as_slice();
        while let Some((&code, numbers)) = rest.split_first() {
            let (points, tail) = numbers.split_at(coordinates(code));
            for point in points.chunks_exact(2) {
                extent.add(point[0], point[1]);
            }
            rest = tail;
        }
        extent.grown(self.stroke.as_ref().map_or(0.0, Stroke::reach))
    }

    pub(super) fn into_data(self) -> PathData {
        PathData::Flat(self.data)
    }

    pub(super) fn into_item(self) -> drawing::Path {
        drawing::Path {
            data: PathData::Flat(self.data),
            fill: self.fill,
            stroke: self.stroke.map(Stroke::into_contract),
        }
    }
}

/// Adds a few numbers. One by one: in wasm, copying a slice calls out to the host's runtime.
#[inline]
fn append(data: &mut Vec<f64>, numbers: &[f64]) {
    numbers.iter().for_each(|&number| data.push(number));
}

/// How many numbers follow a code.
pub(crate) fn coordinates(code: f64) -> usize {
    match code {
        QUADRATIC => 4,
        CUBIC => 6,
        CLOSE => 0,
        _ => 2,
    }
}

/// Points about a centre, clockwise from the top, each at its share of the way to a circle; then stretched so
/// that together they fill the box.
fn spokes(count: u32, width: f64, height: f64, reach: impl Fn(u32) -> f64) -> impl Iterator<Item = (f64, f64)> {
    let spoke = |i| {
        let (sin, cos) = (TAU * f64::from(i) / f64::from(count)).sin_cos();
        (reach(i) * sin, -reach(i) * cos)
    };
    let points: Vec<(f64, f64)> = (0..count).map(spoke).collect();
    let mut extent = Extent::default();
    for &(x, y) in &points {
        extent.add(x, y);
    }
    let scale_x = width / (extent.right - extent.left);
    let scale_y = height / (extent.bottom - extent.top);
    let stretched = move |(x, y)| ((x - extent.left) * scale_x, (y - extent.top) * scale_y);
    points.into_iter().map(stretched)
}

/// A polygon whose corners are arcs. Each arc takes up no more than half of the sides that it joins.
fn rounded(corners: &[(f64, f64)], radius: f64) -> Vec<f64> {
    let mut data = Vec::with_capacity(corners.len() * 10 + 1);
    let count = corners.len();
    for (i, &corner) in corners.iter().enumerate() {
        let before = corners[(i + count - 1) % count];
        let after = corners[(i + 1) % count];
        let code = if i == 0 { MOVE } else { LINE };
        data.push(code);
        round_corner(&mut data, before, corner, after, radius);
    }
    data.push(CLOSE);
    data
}

/// Where the arc begins, and the cubic that draws it; or just the corner where there is nothing to round.
fn round_corner(data: &mut Vec<f64>, before: (f64, f64), corner: (f64, f64), after: (f64, f64), radius: f64) {
    let (x, y) = corner;
    let (into, out) = ((before.0 - x, before.1 - y), (after.0 - x, after.1 - y));
    let (into_len, out_len) = (into.0.hypot(into.1), out.0.hypot(out.1));
    let into = (into.0 / into_len, into.1 / into_len);
    let out = (out.0 / out_len, out.1 / out_len);
    // The tangent of half the angle between the sides, from its cosine.
    let cos = into.0 * out.0 + into.1 * out.1;
    let half = ((1.0 - cos) / (1.0 + cos)).sqrt();
    let cut = (radius / half).min(into_len / 2.0).min(out_len / 2.0);
    // Not a number where two corners coincide, infinite where the side goes straight on.
    if !(half.is_finite() && cut.is_finite() && cut > 0.0) {
        append(data, &[x, y]);
        return;
    }
    // The arc turns by π minus that angle; a cubic's handle is 4/3 tan(turn / 4) of its radius.
    let turn = 1.0 / half;
    let handle = 4.0 / 3.0 * ((1.0 + turn * turn).sqrt() - 1.0) / turn * cut * half;
    let along = |side: (f64, f64), distance: f64| (x + side.0 * distance, y + side.1 * distance);
    let (start, end) = (along(into, cut), along(out, cut));
    let (control1, control2) = (along(into, cut - handle), along(out, cut - handle));
    append(data, &[start.0, start.1, CUBIC, control1.0, control1.1]);
    append(data, &[control2.0, control2.1, end.0, end.1]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(found.iter().zip(expected).all(close), "{found:?} is not {expected:?}");
    }

    #[test]
    fn a_rounded_rectangle_has_quarter_circles_for_corners() {
        let path = Path::rect(0.0, 0.0, 100.0, 50.0).round(10.0);
        let handle = 10.0 * (1.0 - QUARTER);
        near(
            &path.data[..20],
            &[
                MOVE,
                0.0,
                10.0,
                CUBIC,
                0.0,
                handle,
                handle,
                0.0,
                10.0,
                0.0, //
                LINE,
                90.0,
                0.0,
                CUBIC,
                100.0 - handle,
                0.0,
                100.0,
                handle,
                100.0,
                10.0,
            ],
        );
        assert_eq!(path.data.last(), Some(&CLOSE));
    }

    #[test]
    fn corners_get_no_rounder_than_their_sides_allow() {
        let path = Path::rect(0.0, 0.0, 100.0, 50.0).round(1e9);
        near(&path.data[..3], &[MOVE, 0.0, 25.0]);
        assert!(path.data.iter().all(|number| number.is_finite()));
    }

    #[test]
    fn a_polygon_without_extent_is_rounded_without_nonsense() {
        for (width, height) in [(0.0, 0.0), (0.0, 10.0), (1e-320, 1e300)] {
            let path = Path::rect(0.0, 0.0, width, height).round(5.0);
            assert!(path.data.iter().all(|number| number.is_finite()), "{path:?}");
        }
    }

    #[test]
    fn only_closed_polygons_are_rounded() {
        let open = Path::polyline([(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)]);
        assert_eq!(open.clone().round(2.0), open);
        let circle = Path::ellipse(5.0, 5.0, 5.0, 5.0);
        assert_eq!(circle.clone().round(2.0), circle);
    }

    #[test]
    fn stars_and_polygons_point_upwards_and_fill_their_box() {
        for path in [Path::star(5, 0.5, 100.0, 80.0), Path::regular(7, 100.0, 80.0)] {
            near(&path.data[..3], &[MOVE, 50.0, 0.0]);
            let Extent { left, top, right, bottom } = path.extent();
            near(&[left, top, right, bottom], &[0.0, 0.0, 100.0, 80.0]);
        }
    }
}
