//! Text on the canvas: a click places it, typing fills it.

use collabcanvas_plugin::prelude::*;

/// The props of a text.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Words {
    text: String,
    size: f64,
    weight: f64,
    italic: bool,
    font: FontFamily,
    align: TextAlign,
    color: Color,
    /// Whether lines are broken at the shape's width, which people chose. Otherwise they end only where people end
    /// them, and the shape is as wide as its longest line.
    wrap: bool,
}

impl Default for Words {
    fn default() -> Self {
        Words {
            text: String::new(),
            size: 20.0,
            weight: 400.0,
            italic: false,
            font: FontFamily::Sans,
            align: TextAlign::Left,
            color: Color::Ink,
            wrap: false,
        }
    }
}

impl Shape for Words {
    const NAME: &'static str = "text";

    fn describe() -> Description {
        Description::new("Text", "M5 7V5h14v2M12 5v14M9.5 19h5")
            .shortcut("t")
            .default_size(160.0, 25.0)
            .creation(CreationGesture::Click)
            .resize(ResizePolicy::WidthOnly)
            .width_chosen("wrap")
            .props(Words::schema())
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        clamp(&mut self.size, 4.0..=400.0);
        // Fonts come in steps of a hundred.
        clamp(&mut self.weight, 100.0..=900.0);
        self.weight = (self.weight / 100.0).round() * 100.0;
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let text = Text::new(self.text.as_str(), frame.rect())
            .size(self.size)
            .weight(self.weight as u16)
            .italic(self.italic)
            .font(self.font)
            .align(self.align)
            .vertical_align(VerticalAlign::Top)
            .color(self.color)
            .wrap(self.wrap);
        // The box itself takes up room, so that an empty text can be found and filled.
        let room = Path::rect(0.0, 0.0, frame.width, frame.height);
        let fit = if self.wrap { TextFit::Height } else { TextFit::Both };
        Ok(Drawing::of(room).fitted_label("text", text, fit))
    }
}

impl Words {
    fn schema() -> Schema {
        schema()
            .text("text", "Text")
            .number("size", "Size", 4.0..=400.0)
            .step("weight", "Weight", 100.0..=900.0, 100.0)
            .flag("italic", "Italic")
            .choice("font", "Font", &["sans", "serif", "mono", "hand"])
            .choice("align", "Alignment", &["left", "center", "right"])
            .color("color", "Colour")
            .flag("wrap", "Fixed width")
    }
}

export_plugin! { shapes: [Words] }

#[cfg(test)]
mod tests {
    use super::*;
    use collabcanvas_plugin::Item;
    use collabcanvas_plugin::testing::{check_laws, described, rendered, validated};

    #[test]
    fn text_keeps_the_laws_of_the_contract_c1_c2() {
        check_laws::<Words>();
    }

    #[test]
    fn weights_are_those_that_fonts_come_in() {
        let frame = Frame::sized(100.0, 25.0);
        for (given, kept) in [("449", "400"), ("450", "500"), ("-7", "100"), ("1e9", "900")] {
            let normal = validated::<Words>(&format!(r#"{{"weight":{given}}}"#), &frame).unwrap();
            assert!(normal.props.contains(&format!(r#""weight":{kept},"#)), "{given}: {normal:?}");
        }
    }

    #[test]
    fn a_text_is_as_wide_as_its_longest_line_until_people_choose_a_width() {
        assert_eq!(described::<Words>().width_chosen.as_deref(), Some("wrap"));
        for (props, fit) in [("{}", TextFit::Both), (r#"{"wrap":true}"#, TextFit::Height)] {
            let list = rendered::<Words>(props, &Frame::sized(200.0, 50.0)).unwrap();
            assert_eq!(list.labels[0].fit, fit, "{props}");
        }
    }

    #[test]
    fn people_type_into_the_whole_box() {
        let frame = Frame::sized(200.0, 50.0);
        let list = rendered::<Words>(r#"{"text":"Grüße\n👋","wrap":true}"#, &frame).unwrap();
        let label = &list.labels[0];
        assert_eq!((label.prop.as_str(), label.area), ("text", frame.rect()));
        match &list.items[..] {
            [Item::Text(text)] => {
                assert_eq!(text.content, "Grüße\n👋");
                assert_eq!(text.style, label.style);
                assert!(text.style.wrap);
            }
            items => panic!("one text, not {items:?}"),
        }
    }
}
