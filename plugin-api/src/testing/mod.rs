//! What unit tests of a plugin need. They run natively, by `cargo test`: no host, no wasm.

mod faults;
mod fits;
mod saving;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::contract::drawing::{DisplayList, LabelArea};
use crate::contract::shapes::{CreationGesture, Geometry, NormalForm, ReferredShape, ShapeType};
use crate::contract::types::{Problem, Rect};
use crate::props;
use crate::shape::{self, Frame, Shape};

pub(crate) use faults::fault;
pub use saving::{SimulatedRoom, check_settings, check_strategy, quiet_state};

/// What the host learns of a shape type when its plugin is installed.
pub fn described<S: Shape>() -> ShapeType {
    shape::describe::<S>()
}

/// The props' normal form, and the size that follows from them, as the host gets both.
///
/// # Errors
///
/// What the shape type refuses.
pub fn validated<S: Shape>(props: &str, frame: &Frame) -> Result<NormalForm, Problem> {
    shape::validate::<S>(props, frame)
}

/// The display list of a shape of these props (any, as a person may send them), as a browser gets it.
///
/// # Errors
///
/// What the shape type refuses, be it to validate or to draw.
pub fn rendered<S: Shape>(props: &str, frame: &Frame) -> Result<DisplayList, Problem> {
    let normal = validated::<S>(props, frame)?;
    shape::render::<S>(&normal.props, &sized(frame, &normal))
}

/// The frame as the host has it once it has given the shape the size that follows from its props.
fn sized(frame: &Frame, normal: &NormalForm) -> Frame {
    let (width, height) = normal.size.map_or((frame.width, frame.height), |size| (size.width, size.height));
    Frame { width, height, references: frame.references.clone() }
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
/// - the props that the description names are in the schema, and are of the kind that it needs;
/// - a normal form fits the schema: its types, choices, ranges and steps;
/// - a value of a prop is mended or answered by a problem that names the prop, never by a panic;
/// - a normal form validates to itself, in the size that follows from it, and that size stays too;
/// - whatever is valid can be drawn at any size, as display lists must be, with the shapes referred to there or gone.
///
/// # Panics
///
/// When one of these does not hold.
pub fn check_laws<S: Shape>() {
    let about = described::<S>();
    let defaults: Map<String, Value> = parsed(&about.default_props);
    let properties = properties::<S>();
    check_names::<S>(&properties);
    check_description::<S>(&about, &defaults, &properties);

    check_law::<S>(&about.default_props, None, &[]);
    for name in properties.keys() {
        for value in NASTY {
            check_law::<S>(&alone(name, value), Some(name), &[]);
        }
    }
    check_references::<S>(&about.references);
}

/// The schema of each prop.
fn properties<S: Shape>() -> Map<String, Value> {
    match parsed(&described::<S>().props_schema).remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// Compares the props with those of the schema.
fn check_names<S: Shape>(properties: &Map<String, Value>) {
    // With those that are none, which a normal form leaves out.
    let whole = props::write_whole(&S::default(), 256).unwrap_or_else(|problem| panic!("{}", problem.message));
    let names: BTreeSet<String> = parsed(&whole).into_iter().map(|(name, _)| name).collect();
    let answers = |name: &str, value: &str| match validated::<S>(&alone(name, value), &Frame::sized(160.0, 120.0)) {
        Ok(normal) => parsed(&normal.props).contains_key(name),
        Err(problem) => problem.path == Some(format!("/{name}")),
    };
    // A struct may leave out what is none by itself: then some value of it is kept, or refused.
    let exists = |name: &String| names.contains(name) || NASTY.iter().any(|value| answers(name, value));
    let titled: BTreeSet<String> = properties.keys().filter(|name| exists(name)).cloned().collect();
    assert!(titled.len() == properties.len(), "{}: of {properties:?}, only {titled:?} are props", S::NAME);
    let untitled: Vec<&String> = names.difference(&titled).collect();
    assert!(untitled.is_empty(), "{}: the schema lacks the props {untitled:?}", S::NAME);
}

/// An object of this one prop.
fn alone(name: &str, value: &str) -> String {
    format!("{{{}:{value}}}", Value::from(name))
}

/// Looks for the props that the description names.
fn check_description<S: Shape>(about: &ShapeType, defaults: &Map<String, Value>, properties: &Map<String, Value>) {
    let mirror = about.mirror.iter().flat_map(|props| [&props.horizontal, &props.vertical]);
    for name in mirror.chain(&about.width_chosen) {
        let found = defaults.get(name).is_some_and(Value::is_boolean);
        assert!(found, "{}: {name:?} is named by the description, so it must be a boolean prop", S::NAME);
    }
    for name in about.references.iter().chain(&about.assets) {
        assert!(properties.contains_key(name), "{}: {name:?} is named by the description and is no prop", S::NAME);
    }
    match about.creation {
        CreationGesture::Points | CreationGesture::Freehand => {
            assert!(properties.contains_key("points"), "{}: its gesture needs the prop \"points\"", S::NAME);
        }
        CreationGesture::Connect => {
            assert!(about.references.len() >= 2, "{}: its gesture needs two references", S::NAME);
        }
        CreationGesture::Box | CreationGesture::Click => {}
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

fn check_law<S: Shape>(props: &str, name: Option<&str>, references: &[ReferredShape]) {
    let properties = &properties::<S>();
    for &(width, height) in SIZES {
        let frame = Frame { width, height, references: references.to_vec() };
        let normal = match validated::<S>(props, &frame) {
            Ok(normal) => normal,
            Err(problem) => {
                let path = name.map(|name| format!("/{name}"));
                assert_eq!(problem.path, path, "{}: {props}: {}", S::NAME, problem.message);
                continue;
            }
        };
        let possible = |length: f64| length.is_finite() && length >= 0.0;
        let size = normal.size.is_none_or(|size| possible(size.width) && possible(size.height));
        assert!(size, "{}: {props}: no size: {:?}", S::NAME, normal.size);
        if let Some(misfit) = fits::misfit(&parsed(&normal.props), properties) {
            panic!("{}: {props}: in the normal form, {misfit}", S::NAME);
        }
        let frame = sized(&frame, &normal);
        let again = validated::<S>(&normal.props, &frame).map_err(|problem| problem.message);
        assert_eq!(again.as_ref(), Ok(&normal), "{}: {props}: validated twice", S::NAME);
        check_drawing::<S>(&normal.props, &frame);
    }
}

fn check_drawing<S: Shape>(props: &str, frame: &Frame) {
    let list = match rendered::<S>(props, frame) {
        Ok(list) => list,
        Err(problem) => panic!("{}: {props} cannot be drawn: {}", S::NAME, problem.message),
    };
    if let Some(fault) = fault(&list) {
        panic!("{}: {props}: {fault}: {list:?}", S::NAME);
    }
    let props = parsed(props);
    for LabelArea { prop, .. } in &list.labels {
        let text = props.get(prop).is_some_and(Value::is_string);
        assert!(text, "{}: the label {prop:?} is no prop that holds text", S::NAME);
    }
}

/// Checks a shape that refers to another by each of these props, as an id or as a list of ids.
fn check_references<S: Shape>(names: &[String]) {
    let refer = |form: &dyn Fn(&str) -> Value| -> Map<String, Value> {
        names.iter().map(|name| (name.clone(), form(&format!("other-{name}")))).collect()
    };
    for props in [refer(&|id| id.into()), refer(&|id| vec![id].into())] {
        let props = Value::from(props).to_string();
        if names.is_empty() || validated::<S>(&props, &Frame::sized(160.0, 120.0)).is_err() {
            continue;
        }
        for geometry in [None, Some(neighbour())] {
            let referred = |prop: &String| ReferredShape {
                prop: prop.clone(),
                id: format!("other-{prop}"),
                geometry: geometry.clone(),
            };
            let references: Vec<ReferredShape> = names.iter().map(referred).collect();
            check_law::<S>(&props, None, &references);
        }
    }
}

/// Where another shape may be: far away and turned.
fn neighbour() -> Geometry {
    let box_ = Rect { x: -500.0, y: 300.0, width: 80.0, height: 40.0 };
    Geometry { box_, rotation: 0.5, outline: None, anchors: Vec::new() }
}

fn parsed(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}
