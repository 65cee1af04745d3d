//! What all closed shapes have in common: fill, line and label.

use collabcanvas_plugin::prelude::*;

/// What a new shape is filled with: soft, and see-through, so that it suits light and dark alike.
pub(crate) const SOFT: Color = Color::Rgba(0x4c6e_f526);

/// How a line is broken.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dash {
    /// Not at all.
    #[default]
    Solid,
    /// Into dashes.
    Dashed,
    /// Into dots.
    Dotted,
}

/// The look of a closed shape: a view of its props.
#[derive(Clone, Copy, Debug)]
pub struct Style<'a> {
    pub(crate) fill: Paint,
    pub(crate) stroke: Paint,
    pub(crate) stroke_width: f64,
    pub(crate) dash: Dash,
    pub(crate) text: &'a str,
    pub(crate) text_size: f64,
    pub(crate) text_color: Color,
    pub(crate) text_align: TextAlign,
}

impl Style<'_> {
    /// The line around the shape, if there is one.
    pub(crate) fn line(&self) -> Option<Stroke> {
        let width = self.stroke_width;
        let line = Stroke::new(self.stroke.color()?, width);
        Some(match self.dash {
            Dash::Solid => line,
            // Round ends lengthen each dash by the width, and make dots of dashes without length.
            Dash::Dashed => line.dash(&[width * 3.0, width * 2.5]),
            Dash::Dotted => line.dash(&[0.01, width * 2.0]),
        })
    }

    /// The path, filled and stroked.
    pub(crate) fn paint(&self, path: Path) -> Path {
        path.fill(self.fill).stroke(self.line())
    }

    /// The shape of this contour, with its label in this area.
    pub(crate) fn drawing(&self, contour: Path, label: Rect) -> Drawing {
        let outline = contour.clone();
        let drawing = Drawing::of(self.paint(contour)).outline(outline);
        drawing.label("text", self.label(label))
    }

    /// The label, laid out in this area.
    pub(crate) fn label(&self, area: Rect) -> Text {
        // Ink changes with the theme. A fill that does not would leave it unreadable in one of the two.
        let color = if self.text_color == Color::Ink { self.fill.ink() } else { self.text_color };
        Text::new(self.text, area).size(self.text_size).color(color).align(self.text_align)
    }
}

/// The part of a frame that lies these shares of its width and height away from its sides.
pub(crate) fn inset(frame: &Frame, x: f64, y: f64) -> Rect {
    Rect {
        x: frame.width * x,
        y: frame.height * y,
        width: frame.width * (1.0 - 2.0 * x),
        height: frame.height * (1.0 - 2.0 * y),
    }
}

/// Brings a line's and a label's numbers into range.
pub(crate) fn normalise(stroke_width: &mut f64, text_size: &mut f64) {
    clamp(stroke_width, 0.0..=100.0);
    clamp(text_size, 4.0..=400.0);
}

/// The props of a line.
pub(crate) fn line_schema() -> Schema {
    schema().number("stroke_width", "Line width", 0.0..=100.0).choice(
        "dash",
        "Line style",
        &["solid", "dashed", "dotted"],
    )
}

/// The props of a label.
pub(crate) fn label_schema() -> Schema {
    schema()
        .text("text", "Text")
        .number("text_size", "Text size", 4.0..=400.0)
        .color("text_color", "Text colour")
        .choice("text_align", "Alignment", &["left", "center", "right"])
}

/// The props that [`styled!`] adds, as the inspector shows them.
pub(crate) fn style_schema() -> Schema {
    schema().paint("fill", "Fill").paint("stroke", "Line").and(line_schema()).and(label_schema())
}

/// A shape type's props: its own, followed by those of [`Style`].
///
/// They lie flat in one struct, rather than behind serde's `flatten`, which would read each prop twice.
macro_rules! styled {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field:ident: $type:ty = $default:expr,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(default)]
        $visibility struct $name {
            $($(#[$field_attribute])* $field: $type,)*
            fill: Paint,
            stroke: Paint,
            stroke_width: f64,
            dash: $crate::style::Dash,
            text: String,
            text_size: f64,
            text_color: Color,
            text_align: TextAlign,
        }

        impl Default for $name {
            fn default() -> Self {
                $name {
                    $($field: $default,)*
                    fill: Paint::of($crate::style::SOFT),
                    stroke: Paint::of(Color::Ink),
                    stroke_width: 2.0,
                    dash: $crate::style::Dash::Solid,
                    text: String::new(),
                    text_size: 16.0,
                    text_color: Color::Ink,
                    text_align: TextAlign::Center,
                }
            }
        }

        impl $name {
            fn style(&self) -> $crate::style::Style<'_> {
                $crate::style::Style {
                    fill: self.fill,
                    stroke: self.stroke,
                    stroke_width: self.stroke_width,
                    dash: self.dash,
                    text: &self.text,
                    text_size: self.text_size,
                    text_color: self.text_color,
                    text_align: self.text_align,
                }
            }

            fn normalise_style(&mut self) {
                $crate::style::normalise(&mut self.stroke_width, &mut self.text_size);
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{Line, Rectangle};
    use collabcanvas_plugin::prelude::*;
    use collabcanvas_plugin::testing::rendered;

    /// The colour in which the label of these props is drawn.
    fn label_color<S: Shape>(props: &str) -> Color {
        let list = rendered::<S>(props, &Frame::sized(160.0, 120.0)).unwrap();
        list.labels[0].style.color
    }

    #[test]
    fn a_label_in_ink_can_be_read_whatever_the_fill_and_the_theme() {
        assert_eq!(label_color::<Rectangle>("{}"), Color::Ink);
        let on_yellow = label_color::<Rectangle>(r##"{"fill":"#ffec99","text_color":"ink"}"##);
        let on_navy = label_color::<Rectangle>(r##"{"fill":"#0b2447"}"##);
        assert_eq!((on_yellow, on_navy), (Color::rgb(0x000000), Color::rgb(0xffffff)));
        assert_eq!(label_color::<Rectangle>(r#"{"fill":"ink"}"#), Color::Paper);
    }

    #[test]
    fn a_label_in_a_colour_that_people_chose_keeps_it() {
        let props = r##"{"fill":"#ffec99","text_color":"#ffffff"}"##;
        assert_eq!(label_color::<Rectangle>(props), Color::rgb(0xffffff));
        assert_eq!(label_color::<Line>("{}"), Color::Ink);
    }
}
