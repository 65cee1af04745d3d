//! What plugins say of what they define, checked and in the form that the server, the web and the agent read.

use collabcanvas_canvas::{Props, ShapeType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::InstallError;
use crate::contract::display_list::Size;
use crate::contract::save_strategy::Acknowledgement;
use crate::contract::shapes::{CreationGesture, MirrorProps, ResizePolicy};
use crate::contract::{ai_tools, formats, save_strategy, shapes};
use crate::manifest::{is_name, is_tool_name, shown};
use crate::schema as json_schema;

/// A JSON object.
pub type JsonObject = Map<String, Value>;

/// Longest label, name of a prop and the like, in bytes.
const MAX_LABEL_BYTES: usize = 256;
/// Longest icon or description for a model, in bytes.
const MAX_TEXT_BYTES: usize = 16 << 10;

/// A shape type, as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ShapeTypeDescription {
    /// Its full name, `plugin/type`.
    #[serde(rename = "type")]
    pub shape_type: ShapeType,
    /// Its name within the plugin.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Path data (SVG `d`) in a 24 by 24 box.
    pub icon: String,
    /// One key that chooses its tool, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub shortcut: Option<String>,
    /// Width and height when it is placed by a click.
    pub default_size: Size,
    /// Its props when it is made, in normal form.
    pub default_props: Props,
    /// The JSON Schema of its props.
    #[ts(type = "Record<string, unknown>")]
    pub props_schema: JsonObject,
    /// How people make one.
    pub creation: CreationGesture,
    /// What dragging its handles may do.
    pub resize: ResizePolicy,
    /// Whether connectors may attach to it.
    pub connectable: bool,
    /// Top-level props that hold the id of another shape, or a list of such ids.
    pub references: Vec<String>,
    /// Top-level props that hold the id of an asset, or a list of such ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub assets: Vec<String>,
    /// Props that say which way round it lies, if it looks different mirrored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mirror: Option<MirrorProps>,
    /// A boolean prop that becomes true when people choose the shape's width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub width_chosen: Option<String>,
    /// The version of its props.
    pub version: u32,
}

/// A save strategy, as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StrategyDescription {
    /// What people call it.
    pub label: String,
    /// When an edit's author is told that it is accepted.
    pub acknowledge: Acknowledgement,
}

/// An AI tool, as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolDescription {
    /// Unique within the plugin.
    pub name: String,
    /// What it does, written for a model.
    pub description: String,
    /// The JSON Schema of its arguments.
    #[ts(type = "Record<string, unknown>")]
    pub input_schema: JsonObject,
    /// Whether it may change the canvas.
    pub changes_canvas: bool,
}

/// A file format, as its plugin describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormatDescription {
    /// Unique within the plugin.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// File name endings without the dot.
    pub extensions: Vec<String>,
    /// Media types, the usual one first.
    pub media_types: Vec<String>,
    /// Whether files can be read.
    pub can_import: bool,
    /// Whether files can be written.
    pub can_export: bool,
}

/// Checks what `shapes.describe` answered.
pub(crate) fn shape_types(
    plugin: &str,
    answer: Vec<shapes::ShapeType>,
    limit: usize,
) -> Result<Vec<ShapeTypeDescription>, InstallError> {
    let what = || "its shape types".to_owned();
    if answer.is_empty() {
        return Err(bad(what(), "there are none; describe at least one, or do not export shapes"));
    }
    check_list(what(), answer.iter().map(|found| found.name.as_str()), limit)?;
    answer.into_iter().map(|found| shape_type(plugin, found)).collect()
}

fn shape_type(plugin: &str, found: shapes::ShapeType) -> Result<ShapeTypeDescription, InstallError> {
    let what = format!("the shape type {:?}", shown(&found.name));
    if !is_name(&found.name) {
        return Err(bad(what, "a name has 1 to 64 lower-case letters, digits and -"));
    }
    check_text(&what, "label", &found.label, MAX_LABEL_BYTES)?;
    check_text(&what, "icon", &found.icon, MAX_TEXT_BYTES)?;
    let Size { width, height } = found.default_size;
    if !(width.is_finite() && height.is_finite() && width >= 0.0 && height >= 0.0) {
        return Err(bad(what, format!("the default size is {width} by {height}; both must be finite and 0 or more")));
    }
    if found.shortcut.as_ref().is_some_and(|key| key.chars().count() != 1) {
        return Err(bad(what, "the shortcut is not one character"));
    }
    if found.version == 0 {
        return Err(bad(what, "the version is 0; versions of props begin with 1"));
    }
    for (list, props) in [("references", &found.references), ("assets", &found.assets)] {
        check_list(format!("{what}'s {list}"), props.iter().map(String::as_str), 16)?;
    }
    let default_props = Props::parse(&found.default_props)
        .map_err(|problem| bad(what.clone(), format!("the default props are no JSON object: {}", problem.message)))?;
    let full_name =
        ShapeType::parse(&format!("{plugin}/{}", found.name)).map_err(|problem| bad(&*what, problem.message))?;
    let props_schema = schema(&what, "props", &found.props_schema)?;
    check_props(&what, &found, &props_schema, &default_props)?;
    Ok(ShapeTypeDescription {
        props_schema,
        shape_type: full_name,
        name: found.name,
        label: found.label,
        icon: found.icon,
        shortcut: found.shortcut,
        default_size: found.default_size,
        default_props,
        creation: found.creation,
        resize: found.resize,
        connectable: found.connectable,
        references: found.references,
        assets: found.assets,
        mirror: found.mirror,
        width_chosen: found.width_chosen,
        version: found.version,
    })
}

/// Checks that the props that a description speaks of are those of its schema, and that the default ones fit it.
fn check_props(
    what: &str,
    found: &shapes::ShapeType,
    schema: &JsonObject,
    default_props: &Props,
) -> Result<(), InstallError> {
    let known = schema.get("properties").and_then(Value::as_object);
    let property = |name: &String| known.and_then(|known| known.get(name));
    let points = "points".to_owned();
    let drawn = matches!(found.creation, CreationGesture::Points | CreationGesture::Freehand).then_some(&points);
    for name in found.references.iter().chain(&found.assets).chain(drawn) {
        if property(name).is_none() {
            return Err(bad(what, format!("it speaks of the prop {name:?}, which is not in its schema")));
        }
    }
    let mirror = found.mirror.iter().flat_map(|props| [&props.horizontal, &props.vertical]);
    for name in mirror.chain(&found.width_chosen) {
        if property(name).and_then(|property| property.get("type")).and_then(Value::as_str) != Some("boolean") {
            let reason = format!("the prop {name:?} is set to true or false, but its schema has no such boolean");
            return Err(bad(what, reason));
        }
    }
    let validator = json_schema::compile(schema).map_err(|reason| bad(what, reason))?;
    // What is JSON may still hold half a character, a number beyond all floats, or more levels than can be read.
    let props: Value = serde_json::from_str(default_props.as_str())
        .map_err(|error| bad(what, format!("the default props cannot be read: {error}")))?;
    validator.validate(&props).map_err(|error| {
        bad(what, format!("the default props do not fit its schema, at {:?}: {error}", error.instance_path().as_str()))
    })
}

/// Checks what `save-strategy.describe` answered.
pub(crate) fn strategy(found: save_strategy::Strategy) -> Result<StrategyDescription, InstallError> {
    check_text("its save strategy", "label", &found.label, MAX_LABEL_BYTES)?;
    Ok(StrategyDescription { label: found.label, acknowledge: found.acknowledge })
}

/// Checks what `ai-tools.list-tools` answered.
pub(crate) fn tools(answer: Vec<ai_tools::Tool>, limit: usize) -> Result<Vec<ToolDescription>, InstallError> {
    check_list("its tools".into(), answer.iter().map(|found| found.name.as_str()), limit)?;
    let tool = |found: ai_tools::Tool| {
        let what = format!("the tool {:?}", shown(&found.name));
        if !is_tool_name(&found.name) {
            return Err(bad(what, "a name has 1 to 64 lower-case letters, digits and _"));
        }
        check_text(&what, "description", &found.description, MAX_TEXT_BYTES)?;
        Ok(ToolDescription {
            input_schema: schema(&what, "arguments", &found.input_schema)?,
            name: found.name,
            description: found.description,
            changes_canvas: found.changes_canvas,
        })
    };
    answer.into_iter().map(tool).collect()
}

/// Checks what `formats.describe` answered.
pub(crate) fn formats(answer: Vec<formats::Format>, limit: usize) -> Result<Vec<FormatDescription>, InstallError> {
    check_list("its formats".into(), answer.iter().map(|found| found.name.as_str()), limit)?;
    let format = |found: formats::Format| {
        let what = format!("the format {:?}", shown(&found.name));
        if !is_name(&found.name) {
            return Err(bad(what, "a name has 1 to 64 lower-case letters, digits and -"));
        }
        check_text(&what, "label", &found.label, MAX_LABEL_BYTES)?;
        for (list, items) in [("extensions", &found.extensions), ("media types", &found.media_types)] {
            check_list(format!("{what}'s {list}"), items.iter().map(String::as_str), limit)?;
        }
        Ok(FormatDescription {
            name: found.name,
            label: found.label,
            extensions: found.extensions,
            media_types: found.media_types,
            can_import: found.can_import,
            can_export: found.can_export,
        })
    };
    answer.into_iter().map(format).collect()
}

fn schema(what: &str, of: &str, text: &str) -> Result<JsonObject, InstallError> {
    let object: JsonObject = serde_json::from_str(text)
        .map_err(|error| bad(what, format!("the JSON Schema of its {of} is no JSON object: {error}")))?;
    match json_schema::compile(&object) {
        Ok(_) => Ok(object),
        Err(reason) => Err(bad(what, format!("the JSON Schema of its {of} is not usable: {reason}"))),
    }
}

fn check_list<'a>(what: String, items: impl Iterator<Item = &'a str>, limit: usize) -> Result<(), InstallError> {
    let mut seen = std::collections::HashSet::new();
    for item in items {
        if item.is_empty() || item.len() > MAX_LABEL_BYTES {
            return Err(bad(what, format!("an entry has {} bytes; it must have 1 to {MAX_LABEL_BYTES}", item.len())));
        }
        if !seen.insert(item) {
            return Err(bad(what, format!("{item:?} is there twice")));
        }
        if seen.len() > limit {
            return Err(bad(what, format!("there are more than {limit}")));
        }
    }
    Ok(())
}

fn check_text(what: &str, field: &str, text: &str, limit: usize) -> Result<(), InstallError> {
    if (1..=limit).contains(&text.len()) {
        return Ok(());
    }
    Err(bad(what, format!("the {field} has {} bytes; it must have 1 to {limit}", text.len())))
}

fn bad(what: impl Into<String>, reason: impl Into<String>) -> InstallError {
    InstallError::BadDescription { what: what.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star() -> shapes::ShapeType {
        shapes::ShapeType {
            name: "star".into(),
            label: "Star".into(),
            icon: "M0 0".into(),
            shortcut: Some("s".into()),
            default_size: Size { width: 1.0, height: 1.0 },
            default_props: "{}".into(),
            props_schema: r#"{"type":"object"}"#.into(),
            creation: CreationGesture::Box,
            resize: ResizePolicy::Free,
            connectable: true,
            references: vec![],
            assets: vec![],
            mirror: None,
            width_chosen: None,
            version: 1,
        }
    }

    fn refusal(change: impl FnOnce(&mut shapes::ShapeType)) -> String {
        let mut changed = star();
        change(&mut changed);
        shape_types("basic", vec![changed], 9).unwrap_err().to_string()
    }

    #[test]
    fn a_good_description_keeps_what_it_says() {
        let found = shape_types("basic", vec![star()], 9).unwrap().remove(0);
        assert_eq!((found.shape_type.as_str(), found.label.as_str()), ("basic/star", "Star"));
    }

    #[test]
    fn each_thing_wrong_with_a_shape_type_is_named() {
        assert!(refusal(|star| star.name = "Star".into()).contains("lower-case letters"));
        assert!(refusal(|star| star.label = String::new()).contains("the label has 0 bytes"));
        assert!(refusal(|star| star.icon = "M".repeat(20_000)).contains("the icon has 20000 bytes"));
        assert!(refusal(|star| star.default_size.width = f64::NAN).contains("must be finite and 0 or more"));
        assert!(refusal(|star| star.shortcut = Some("ctrl".into())).contains("not one character"));
        assert!(refusal(|star| star.version = 0).contains("versions of props begin with 1"));
        assert!(refusal(|star| star.default_props = "[]".into()).contains("no JSON object"));
        assert!(refusal(|star| star.props_schema = "{".into()).contains("no JSON object"));
        assert!(refusal(|star| star.props_schema = "{}".into()).contains(r#""type": "object""#));
        assert!(refusal(|star| star.references = vec!["a".into(), "a".into()]).contains("there twice"));
    }

    #[test]
    fn props_that_a_description_speaks_of_are_in_its_schema_and_the_defaults_fit_it() {
        let schema =
            r#"{"type":"object","properties":{"size":{"type":"number","minimum":1},"wrap":{"type":"boolean"}}}"#;
        let refusal = |change: &dyn Fn(&mut shapes::ShapeType)| {
            refusal(|star| {
                star.props_schema = schema.into();
                change(star);
            })
        };
        assert!(refusal(&|star| star.default_props = r#"{"size":"thick"}"#.into()).contains("at \"/size\""));
        assert!(refusal(&|star| star.default_props = r#"{"size":0}"#.into()).contains("less than the minimum"));
        assert!(refusal(&|star| star.references = vec!["from".into()]).contains("\"from\""));
        assert!(refusal(&|star| star.assets = vec!["image".into()]).contains("\"image\""));
        assert!(refusal(&|star| star.width_chosen = Some("size".into())).contains("no such boolean"));
        assert!(refusal(&|star| star.creation = CreationGesture::Freehand).contains("\"points\""));
        let mirror = MirrorProps { horizontal: "wrap".into(), vertical: "flip".into() };
        assert!(refusal(&|star| star.mirror = Some(mirror.clone())).contains("\"flip\""));
    }

    #[test]
    fn lists_of_descriptions_are_bounded_and_hold_no_name_twice() {
        let words = |answer: Vec<shapes::ShapeType>| shape_types("basic", answer, 2).unwrap_err().to_string();
        assert!(words(vec![]).contains("there are none"));
        assert!(words(vec![star(), star()]).contains("\"star\" is there twice"));
        let named = |name: &str| shapes::ShapeType { name: name.into(), ..star() };
        assert!(words(vec![named("a"), named("b"), named("c")]).contains("more than 2"));
    }
}
