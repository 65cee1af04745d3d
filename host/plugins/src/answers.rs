//! What a plugin's answers are checked for before anything else of the host sees them.

use collabcanvas_canvas::{Problem, Props};

use crate::Limits;
use crate::contract::display_list::Size;
use crate::contract::display_list::{
    Anchor, DisplayList, Item, LabelArea, PathData, Point, Rect, Segment, Stroke, TextBlock, TextStyle,
};
use crate::contract::imports::types;
use crate::contract::shapes;
use crate::faults::FaultCause;
use crate::manifest::shown;
use crate::project::NormalForm;

/// What is said of a path's flat form when it is not one.
const FLAT_FORM: &str = "a flat path is 0 x y, 1 x y, 2 x1 y1 x y, 3 x1 y1 x2 y2 x y and 4, all numbers finite";

type Checked<T = ()> = Result<T, FaultCause>;

fn malformed<T>(reason: impl Into<String>) -> Checked<T> {
    Err(FaultCause::Malformed { reason: reason.into() })
}

/// As many answers as questions.
pub(crate) fn check_length(answers: usize, questions: usize) -> Checked {
    if answers == questions {
        return Ok(());
    }
    malformed(format!("{questions} shapes were handed in and {answers} answers came back"))
}

/// A normal form: props that are an object, and a size that is one.
pub(crate) fn normal_form(answer: shapes::NormalForm, given: &Props) -> Checked<NormalForm> {
    if let Some(Size { width, height }) = answer.size {
        at_least_zero("the width of a normal form", width)?;
        at_least_zero("the height of a normal form", height)?;
    }
    Ok(NormalForm { props: props(answer.props, given)?, size: answer.size })
}

/// Props that a plugin answered. Most often they are those that it was given, which then need no second look.
pub(crate) fn props(answer: String, given: &Props) -> Checked<Props> {
    if answer == given.as_str() {
        return Ok(given.without_nulls());
    }
    match Props::parse(answer) {
        Ok(props) => Ok(props.without_nulls()),
        Err(problem) => malformed(format!("its props are no JSON object: {}", problem.message)),
    }
}

/// A JSON text of any kind.
pub(crate) fn json(answer: String) -> Checked<String> {
    match serde_json::from_str::<serde::de::IgnoredAny>(&answer) {
        Ok(_) => Ok(answer),
        Err(error) => malformed(format!("it is no JSON: {error}")),
    }
}

/// A problem that a plugin answered, cut to what a person can read.
pub(crate) fn problem(answer: types::Problem) -> Problem {
    let cut = |text: String, limit: usize| if text.len() <= limit { text } else { text.chars().take(limit).collect() };
    // Such codes say that a plugin could not be asked, and change what becomes of an edit.
    let code = if answer.code.starts_with("plugin-") { format!("guest-{}", answer.code) } else { answer.code };
    Problem { code: cut(code, 64), message: cut(answer.message, 1_000), path: answer.path.map(|path| cut(path, 256)) }
}

/// A display list: finite numbers, lengths that are not negative, paths that are paths.
pub(crate) fn display_list(list: DisplayList, limits: &Limits) -> Checked<DisplayList> {
    rect(&list.bounds)?;
    list.items.iter().try_for_each(item)?;
    list.outline.iter().try_for_each(path_data)?;
    for (what, count) in [("labels", list.labels.len()), ("anchors", list.anchors.len())] {
        if count > limits.list_items {
            return malformed(format!("a shape has {count} {what}; at most {}", limits.list_items));
        }
    }
    list.labels.iter().try_for_each(label)?;
    list.anchors.iter().try_for_each(anchor)?;
    unique("labels of the prop", list.labels.iter().map(|label| label.prop.as_str()))?;
    unique("anchors of the name", list.anchors.iter().map(|anchor| anchor.name.as_str()))?;
    Ok(list)
}

/// No two of the same name.
pub(crate) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return malformed(format!("it has two {what} {:?}", shown(name)));
        }
    }
    Ok(())
}

fn label(label: &LabelArea) -> Checked {
    rect(&label.area)?;
    text_style(&label.style)
}

fn anchor(anchor: &Anchor) -> Checked {
    point(&anchor.at)?;
    match anchor.direction {
        Some(angle) if !angle.is_finite() => {
            malformed(format!("an anchor has the direction {angle}; it must be finite"))
        }
        _ => Ok(()),
    }
}

fn item(item: &Item) -> Checked {
    match item {
        Item::Path(path) => {
            path_data(&path.data)?;
            path.stroke.iter().try_for_each(stroke)
        }
        Item::Text(TextBlock { area, style, .. }) => {
            rect(area)?;
            text_style(style)
        }
        Item::Image(image) => rect(&image.area),
    }
}

fn path_data(data: &PathData) -> Checked {
    let begins = match data {
        PathData::Segments(segments) => segments.first().is_none_or(|first| matches!(first, Segment::MoveTo(_))),
        PathData::Flat(numbers) => numbers.first().is_none_or(|command| *command == 0.0),
    };
    if !begins {
        return malformed("a path does not begin with a move");
    }
    match data {
        PathData::Segments(segments) => segments.iter().try_for_each(segment),
        PathData::Flat(numbers) => flat(numbers),
    }
}

fn segment(segment: &Segment) -> Checked {
    match segment {
        Segment::MoveTo(to) | Segment::LineTo(to) => point(to),
        Segment::QuadraticTo(curve) => [curve.control, curve.to].iter().try_for_each(point),
        Segment::CubicTo(curve) => [curve.control1, curve.control2, curve.to].iter().try_for_each(point),
        Segment::Close => Ok(()),
    }
}

fn flat(numbers: &[f64]) -> Checked {
    let mut rest = numbers;
    while let [command, after @ ..] = rest {
        let coordinates = match *command {
            0.0 | 1.0 => 2,
            2.0 => 4,
            3.0 => 6,
            4.0 => 0,
            other => return malformed(format!("a flat path has the command {other}; {FLAT_FORM}")),
        };
        match after.split_at_checked(coordinates) {
            Some((these, others)) if these.iter().all(|number| number.is_finite()) => rest = others,
            _ => return malformed(FLAT_FORM),
        }
    }
    Ok(())
}

fn stroke(stroke: &Stroke) -> Checked {
    at_least_zero("the width of a stroke", stroke.width)?;
    stroke.dash.iter().try_for_each(|length| at_least_zero("the length of a dash", *length))
}

fn text_style(style: &TextStyle) -> Checked {
    at_least_zero("a font size", style.size)?;
    at_least_zero("a line height", style.line_height)?;
    if !(1..=1_000).contains(&style.weight) {
        return malformed(format!("a font has the weight {}; it must be 1 to 1,000", style.weight));
    }
    Ok(())
}

fn rect(rect: &Rect) -> Checked {
    point(&Point { x: rect.x, y: rect.y })?;
    at_least_zero("a width", rect.width)?;
    at_least_zero("a height", rect.height)
}

fn point(point: &Point) -> Checked {
    if point.x.is_finite() && point.y.is_finite() {
        return Ok(());
    }
    malformed(format!("it draws at {}, {}; numbers must be finite", point.x, point.y))
}

fn at_least_zero(what: &str, value: f64) -> Checked {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    malformed(format!("{what} is {value}; it must be finite and 0 or more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_path_is_read_command_by_command() {
        let good = [0.0, 1.0, 2.0, 1.0, 3.0, 4.0, 2.0, 0.0, 0.0, 1.0, 1.0, 3.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 4.0];
        assert_eq!(flat(&good), Ok(()));
        assert_eq!(flat(&[]), Ok(()));
        for bad in
            [&[0.0, 1.0][..], &[5.0], &[0.5, 0.0, 0.0], &[1.0, f64::NAN, 0.0], &[f64::NAN], &[3.0, 1.0, 1.0, 1.0]]
        {
            assert!(flat(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn numbers_that_are_not_finite_and_lengths_below_zero_are_refused() {
        let bounds = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let list = |bounds| DisplayList { bounds, items: vec![], outline: None, labels: vec![], anchors: vec![] };
        let limits = Limits::default();
        assert!(display_list(list(bounds), &limits).is_ok());
        for bad in
            [Rect { x: f64::NAN, ..bounds }, Rect { width: -1.0, ..bounds }, Rect { height: f64::INFINITY, ..bounds }]
        {
            assert!(display_list(list(bad), &limits).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_guest_cannot_answer_in_the_hosts_name() {
        let answer = |code: &str| problem(types::Problem { code: code.into(), message: "x".into(), path: None }).code;
        assert_eq!((answer("plugin-quarantined"), answer("bad")), ("guest-plugin-quarantined".into(), "bad".into()));
    }

    #[test]
    fn a_path_begins_with_a_move() {
        assert!(path_data(&PathData::Flat(vec![1.0, 2.0, 3.0])).is_err());
        assert!(path_data(&PathData::Segments(vec![Segment::LineTo(Point { x: 1.0, y: 1.0 })])).is_err());
        assert!(path_data(&PathData::Segments(vec![])).is_ok());
    }

    #[test]
    fn nothing_in_a_normal_form_is_null() {
        let given = Props::parse(r#"{"from":null,"to":"a","deep":{"x":null}}"#).unwrap();
        let expected = r#"{"deep":{"x":null},"to":"a"}"#;
        assert_eq!(props(given.as_str().into(), &given).unwrap().as_str(), expected);
        assert_eq!(props(r#"{"to":"a","deep":{"x":null},"from":null}"#.into(), &given).unwrap().as_str(), expected);
    }

    #[test]
    fn props_that_are_no_object_are_a_fault() {
        let given = Props::parse(r#"{"a":1}"#).unwrap();
        assert_eq!(props(r#"{"a":1}"#.into(), &given).unwrap(), given);
        assert_eq!(props(r#"{"b":2}"#.into(), &given).unwrap().as_str(), r#"{"b":2}"#);
        for bad in ["", "[]", "3", "{", r#"{"a":}"#] {
            assert!(props(bad.into(), &given).is_err(), "{bad:?}");
        }
    }
}
