//! What unit tests of a plugin need. They run natively, by `cargo test`: no host, no wasm.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::contract::shapes::{DisplayList, Item, PathData, ShapeType};
use crate::contract::types::{Problem, Rect};
use crate::shape::{self, Frame, Shape};

/// What the host learns of a shape type when its plugin is installed.
pub fn described<S: Shape>() -> ShapeType {
    shape::describe::<S>()
}

/// The props' normal form, as the host gets it.
///
/// # Errors
///
/// What the shape type refuses.
pub fn validated<S: Shape>(props: &str, frame: &Frame) -> Result<String, Problem> {
    shape::validate::<S>(props, frame)
}

/// The display list of a shape of these props (any, as a person may send them), as a browser gets it.
///
/// # Errors
///
/// What the shape type refuses, be it to validate or to draw.
pub fn rendered<S: Shape>(props: &str, frame: &Frame) -> Result<DisplayList, Problem> {
    shape::render::<S>(&validated::<S>(props, frame)?, frame)
}

/// Props of an earlier version, carried over.
///
/// # Errors
///
/// What the shape type cannot carry over.
pub fn migrated<S: Shape>(from_version: u32, props: &str) -> Result<String, Problem> {
    shape::migrate::<S>(from_version, props)
}

/// Checks what the host relies on, for every prop of the schema and a set of nasty values:
///
/// - the default props are in normal form, and the schema names exactly the props that there are;
/// - a value of a prop is mended or answered by a problem that names the prop, never by a panic;
/// - a normal form validates to itself;
/// - whatever is valid can be drawn at any size, in finite numbers.
///
/// # Panics
///
/// When one of these does not hold.
pub fn check_laws<S: Shape>() {
    let about = described::<S>();
    let defaults: Map<String, Value> = parsed(&about.default_props);
    let schema: Map<String, Value> = parsed(&about.props_schema);
    // As sets: props come in the order of the struct, the schema's in that of the inspector.
    let names: BTreeSet<&String> = defaults.keys().collect();
    let properties = schema["properties"].as_object();
    let titled: BTreeSet<&String> = properties.into_iter().flat_map(Map::keys).collect();
    assert_eq!(names, titled, "{}: props, and those of the schema", S::NAME);

    check_law::<S>(&about.default_props, None);
    for name in names {
        for value in NASTY {
            check_law::<S>(&format!("{{{}:{value}}}", Value::from(name.as_str())), Some(name));
        }
    }
}

/// Values that people, programs and older versions send.
const NASTY: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "[[1]]",
    "0",
    "-0.0",
    "-1",
    "0.5",
    "3.7",
    "1e308",
    "-1e308",
    "5e-324",
    "9007199254740993",
    "18446744073709551616",
    r#""""#,
    r#""none""#,
    r##""#FF8800""##,
    r##""#é""##,
    r#""\u0000\ud83d\ude00\" \\ \n""#,
    r#""solid""#,
    r#""center""#,
    "[0,1e308,-1e308,3,1e308]",
];

/// The sizes at which everything valid must be drawable.
const SIZES: &[(f64, f64)] = &[(160.0, 120.0), (0.0, 0.0), (0.001, 1e6), (1e9, 0.0)];

fn check_law<S: Shape>(props: &str, name: Option<&str>) {
    for &(width, height) in SIZES {
        let frame = Frame::sized(width, height);
        let normal = match validated::<S>(props, &frame) {
            Ok(normal) => normal,
            Err(problem) => {
                let path = name.map(|name| format!("/{name}"));
                assert_eq!(problem.path, path, "{}: {props}: {}", S::NAME, problem.message);
                continue;
            }
        };
        let again = validated::<S>(&normal, &frame).map_err(|problem| problem.message);
        assert_eq!(again.as_ref(), Ok(&normal), "{}: {props}: validated twice", S::NAME);
        match rendered::<S>(&normal, &frame) {
            Ok(list) => assert!(is_finite(&list), "{}: {props}: {list:?}", S::NAME),
            Err(problem) => panic!("{}: {normal} cannot be drawn: {}", S::NAME, problem.message),
        }
    }
}

fn parsed(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// Whether every number of a display list is one.
fn is_finite(list: &DisplayList) -> bool {
    let rect = |rect: &Rect| [rect.x, rect.y, rect.width, rect.height].iter().all(|n| n.is_finite());
    let path = |data: &PathData| match data {
        PathData::Flat(numbers) => numbers.iter().all(|n| n.is_finite()),
        // This crate's builders never make it.
        PathData::Segments(_) => false,
    };
    let item = |item: &Item| match item {
        Item::Path(drawn) => path(&drawn.data) && drawn.stroke.iter().all(|s| s.width.is_finite()),
        Item::Text(text) => rect(&text.area) && text.style.size.is_finite(),
        Item::Image(image) => rect(&image.area),
    };
    rect(&list.bounds)
        && list.items.iter().all(item)
        && list.outline.iter().all(path)
        && list.label.iter().all(|label| rect(&label.area))
        && list.anchors.iter().all(|a| a.at.x.is_finite() && a.at.y.is_finite())
}
