//! [`Text`]: text in an area, laid out by whoever shows it.

use crate::contract::drawing::{Color, FontFamily, TextAlign, TextBlock, TextStyle, VerticalAlign};
use crate::contract::types::Rect;

/// Text in an area: sans, size 16, in ink, centred both ways and broken at the area's width unless told otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Text(TextBlock);

impl Text {
    /// This text in this area.
    pub fn new(content: impl Into<String>, area: Rect) -> Self {
        Text(TextBlock {
            content: content.into(),
            area,
            style: TextStyle {
                font: FontFamily::Sans,
                size: 16.0,
                weight: 400,
                italic: false,
                align: TextAlign::Center,
                vertical_align: VerticalAlign::Middle,
                line_height: 1.25,
                wrap: true,
                color: Color::Ink,
            },
        })
    }

    /// The family of the font.
    #[must_use]
    pub fn font(mut self, font: FontFamily) -> Self {
        self.0.style.font = font;
        self
    }

    /// Font size.
    #[must_use]
    pub fn size(mut self, size: f64) -> Self {
        self.0.style.size = size;
        self
    }

    /// 100 to 900, as in CSS; 400 is regular, 700 bold.
    #[must_use]
    pub fn weight(mut self, weight: u16) -> Self {
        self.0.style.weight = weight;
        self
    }

    /// Slanted or not.
    #[must_use]
    pub fn italic(mut self, italic: bool) -> Self {
        self.0.style.italic = italic;
        self
    }

    /// Where lines lie in the area's width.
    #[must_use]
    pub fn align(mut self, align: TextAlign) -> Self {
        self.0.style.align = align;
        self
    }

    /// Where the lines lie in the area's height.
    #[must_use]
    pub fn vertical_align(mut self, align: VerticalAlign) -> Self {
        self.0.style.vertical_align = align;
        self
    }

    /// Distance of base lines as a multiple of the size.
    #[must_use]
    pub fn line_height(mut self, times: f64) -> Self {
        self.0.style.line_height = times;
        self
    }

    /// Whether lines are broken at the area's width; otherwise only at line feeds.
    #[must_use]
    pub fn wrap(mut self, wrap: bool) -> Self {
        self.0.style.wrap = wrap;
        self
    }

    /// Its colour.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.0.style.color = color;
        self
    }

    pub(super) fn area(&self) -> Rect {
        self.0.area
    }

    pub(super) fn style(&self) -> TextStyle {
        self.0.style
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.content.is_empty()
    }

    pub(super) fn into_item(self) -> TextBlock {
        self.0
    }
}
