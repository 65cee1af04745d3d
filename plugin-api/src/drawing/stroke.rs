//! [`Stroke`]: the line along a path.

use crate::contract::drawing::{self, Color, LineCap, LineJoin};

/// The line along a path: solid, with round ends and corners unless told otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke(drawing::Stroke);

impl Stroke {
    /// A solid line of this colour and width.
    pub fn new(color: Color, width: f64) -> Self {
        Stroke(drawing::Stroke { color, width, dash: Vec::new(), cap: LineCap::Round, join: LineJoin::Round })
    }

    /// Lengths of dashes and gaps by turns. Round and square ends make each dash longer by the line's width.
    #[must_use]
    pub fn dash(mut self, lengths: &[f64]) -> Self {
        self.0.dash = lengths.to_vec();
        self
    }

    /// How the line ends.
    #[must_use]
    pub fn cap(mut self, cap: LineCap) -> Self {
        self.0.cap = cap;
        self
    }

    /// How the line turns.
    #[must_use]
    pub fn join(mut self, join: LineJoin) -> Self {
        self.0.join = join;
        self
    }

    /// Whether anything of it can be seen.
    pub(super) fn is_visible(&self) -> bool {
        self.0.width > 0.0
    }

    /// How far it reaches beyond the path, at most.
    pub(super) fn reach(&self) -> f64 {
        // The limit at which canvases cut sharp corners off.
        const MITER_LIMIT: f64 = 10.0;
        let times = match (self.0.join, self.0.cap) {
            (LineJoin::Miter, _) => MITER_LIMIT,
            (_, LineCap::Square) => std::f64::consts::SQRT_2,
            _ => 1.0,
        };
        self.0.width / 2.0 * times
    }

    pub(super) fn into_contract(self) -> drawing::Stroke {
        self.0
    }
}
