//! [`Image`]: a picture of the project, by asset id.

use crate::contract::drawing::{self, ImageFit};
use crate::contract::types::Rect;

/// An image of the project, in an area; shown whole and in proportion unless told otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Image(drawing::Image);

impl Image {
    /// The image of this asset id, in this area.
    pub fn new(asset: impl Into<String>, area: Rect) -> Self {
        Image(drawing::Image { asset: asset.into(), area, fit: ImageFit::Contain })
    }

    /// How it fills the area.
    #[must_use]
    pub fn fit(mut self, fit: ImageFit) -> Self {
        self.0.fit = fit;
        self
    }

    pub(super) fn area(&self) -> Rect {
        self.0.area
    }

    pub(super) fn into_item(self) -> drawing::Image {
        self.0
    }
}
