//! What the host takes for a fault in a display list: a plugin that draws so is set aside before long.

use std::collections::BTreeSet;

use crate::contract::drawing::{Anchor, DisplayList, Item, LabelArea, PathData, Stroke, TextStyle};
use crate::contract::types::Rect;

/// Most labels, and most anchors, of a shape.
const MOST: usize = 256;

/// The first rule that the list breaks.
pub(crate) fn fault(list: &DisplayList) -> Option<String> {
    rect("the bounds", &list.bounds)
        .or_else(|| list.items.iter().find_map(item))
        .or_else(|| list.outline.iter().find_map(path))
        .or_else(|| list.labels.iter().find_map(label))
        .or_else(|| list.anchors.iter().find_map(anchor))
        .or_else(|| names("labels", list.labels.iter().map(|label| label.prop.as_str())))
        .or_else(|| names("anchors", list.anchors.iter().map(|anchor| anchor.name.as_str())))
}

fn item(item: &Item) -> Option<String> {
    match item {
        Item::Path(drawn) => path(&drawn.data).or_else(|| drawn.stroke.iter().find_map(stroke)),
        Item::Text(text) => rect("the area of a text", &text.area).or_else(|| style(&text.style)),
        Item::Image(image) => rect("the area of an image", &image.area),
    }
}

fn path(data: &PathData) -> Option<String> {
    match data {
        PathData::Flat(numbers) if numbers.first().is_some_and(|command| *command != 0.0) => {
            Some("a path does not begin with a move".to_owned())
        }
        PathData::Flat(numbers) => {
            numbers.iter().find(|number| !number.is_finite()).map(|number| format!("a path goes to {number}"))
        }
        PathData::Segments(_) => Some("a path is not flat, as this crate's builders make it".to_owned()),
    }
}

fn stroke(stroke: &Stroke) -> Option<String> {
    length("the width of a stroke", stroke.width)
        .or_else(|| stroke.dash.iter().find_map(|dash| length("the length of a dash", *dash)))
}

fn label(label: &LabelArea) -> Option<String> {
    rect("the area of a label", &label.area).or_else(|| style(&label.style))
}

fn anchor(anchor: &Anchor) -> Option<String> {
    let numbers = [anchor.at.x, anchor.at.y, anchor.direction.unwrap_or(0.0)];
    (!numbers.iter().all(|number| number.is_finite())).then(|| "an anchor is not in finite numbers".to_owned())
}

fn style(style: &TextStyle) -> Option<String> {
    length("a font size", style.size)
        .or_else(|| length("a line height", style.line_height))
        .or_else(|| (!(1..=1_000).contains(&style.weight)).then(|| format!("a font has the weight {}", style.weight)))
}

fn rect(what: &str, Rect { x, y, width, height }: &Rect) -> Option<String> {
    if !(x.is_finite() && y.is_finite()) {
        return Some(format!("{what} is at {x}, {y}"));
    }
    length(&format!("{what}: the width"), *width).or_else(|| length(&format!("{what}: the height"), *height))
}

fn length(what: &str, length: f64) -> Option<String> {
    (!(length.is_finite() && length >= 0.0)).then(|| format!("{what} is {length}; it must be finite and 0 or more"))
}

fn names<'a>(what: &str, names: impl ExactSizeIterator<Item = &'a str>) -> Option<String> {
    let count = names.len();
    if count > MOST {
        return Some(format!("it has {count} {what}; at most {MOST}"));
    }
    (names.collect::<BTreeSet<_>>().len() < count).then(|| format!("two {what} have one name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::drawing::Color;
    use crate::drawing::{Drawing, Path, Stroke, Text};

    #[test]
    fn each_rule_that_a_drawing_breaks_is_told() {
        let area = |width: f64| Rect { x: 0.0, y: 0.0, width, height: 1.0 };
        let square = || Path::rect(0.0, 0.0, 9.0, 9.0);
        let many = (0..257).fold(Drawing::new(), |drawing, number| drawing.anchor(&number.to_string(), 0.0, 0.0));
        for (drawing, rule) in [
            (Drawing::new().label("text", Text::new("", area(-2.0))), "the area of a label: the width is -2"),
            (Drawing::new().label("text", Text::new("", area(2.0)).size(-1.0)), "a font size is -1"),
            (Drawing::new().label("text", Text::new("", area(2.0)).weight(0)), "a font has the weight 0"),
            (Drawing::of(square().stroke(Stroke::new(Color::Ink, 1.0).dash(&[-1.0]))), "the length of a dash is -1"),
            (Drawing::of(Path::line((0.0, 0.0), (f64::NAN, 1.0)).stroke(Stroke::new(Color::Ink, 1.0))), "NaN"),
            (Drawing::new().anchor("a", 0.0, 0.0).anchor("a", 1.0, 1.0), "two anchors have one name"),
            (many, "it has 257 anchors; at most 256"),
        ] {
            let told = fault(&drawing.into_display_list()).unwrap_or_else(|| panic!("not told: {rule}"));
            assert!(told.contains(rule), "{told}, not {rule}");
        }
    }
}
