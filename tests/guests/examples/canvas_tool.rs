//! A good citizen: a tool that moves every shape of the canvas to a grid, signs its work if told to, and uses every
//! import there is.

use collabcanvas_plugin::contract::types::Shape as Record;
use collabcanvas_plugin::prelude::*;
use collabcanvas_plugin::{access, canvas, canvas_edit, clock, config, log, storage};

struct SnapToGrid;

#[derive(Deserialize)]
struct Arguments {
    step: f64,
    /// A text to be put above everything.
    signature: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    moved: usize,
    seq: Option<u64>,
    by: Option<String>,
    at_ms: u64,
    selected: Vec<String>,
    sees: Option<[f64; 4]>,
    runs: u32,
    settings: serde_json::Value,
}

impl Tool for SnapToGrid {
    type Arguments = Arguments;
    type Answer = Answer;

    const NAME: &'static str = "snap_to_grid";
    const DESCRIPTION: &'static str = "Moves every shape to the nearest point of a grid of this step. \
        Gives back how many moved.";
    const CHANGES_CANVAS: bool = true;

    fn arguments() -> Schema {
        schema().number("step", "Step", 1.0..=1000.0).required("step").text("signature", "Signature")
    }

    fn call(arguments: Arguments, context: &CallContext) -> Result<Answer, Problem> {
        if !(1.0..=1000.0).contains(&arguments.step) {
            return Err(Problem::new("bad-arguments", "a step is 1 to 1000").at("/step"));
        }
        let mut operations: Vec<Operation> = all_shapes()?.iter().filter_map(|s| snap(s, arguments.step)).collect();
        let moved = operations.len();
        log::info(format!("turn {}: {moved} shapes move", context.turn_id));
        if let Some(text) = &arguments.signature {
            operations.push(sign(text)?);
        }
        let runs = count_run()?;
        let seq = if operations.is_empty() { None } else { Some(apply(&operations, &format!("run-{runs}"))?) };
        Ok(Answer {
            moved,
            seq,
            by: access::acting()?.map(|actor| actor.user_id),
            at_ms: clock::now_ms()?,
            selected: canvas::selection()?,
            sees: canvas::viewport()?.map(|seen| [seen.x, seen.y, seen.width, seen.height]),
            runs,
            settings: serde_json::from_str(&config::settings()).unwrap_or_default(),
        })
    }
}

/// Applies the operations, once more if nobody knows whether that went well: the key makes it harmless.
fn apply(operations: &[Operation], key: &str) -> Result<u64, Problem> {
    match canvas_edit::apply(operations, Some(key)) {
        Err(problem) if problem.code == "unavailable" => canvas_edit::apply(operations, Some(key)),
        answer => answer,
    }
}

/// A text above everything.
fn sign(text: &str) -> Result<Operation, Problem> {
    let place = canvas_edit::new_places(None, None, 1)?.remove(0);
    let area = Rect { x: 0.0, y: 0.0, width: 160.0, height: 25.0 };
    Ok(NewShape::new("text/text", area).props(&json!({ "text": text }))?.put(place))
}

/// Every shape, page by page.
fn all_shapes() -> Result<Vec<Record>, Problem> {
    let (mut shapes, mut cursor) = (Vec::new(), None);
    loop {
        let page = canvas::PageRequest { cursor, limit: 1000 };
        let answer = canvas::query(&canvas::Filter::default(), &page)?;
        shapes.extend(answer.shapes);
        cursor = answer.next;
        if cursor.is_none() {
            return Ok(shapes);
        }
    }
}

/// What brings a shape to the grid; none for one that is there already.
fn snap(shape: &Record, step: f64) -> Option<Operation> {
    let nearest = |value: f64| (value / step).round() * step;
    let (x, y) = (nearest(shape.x), nearest(shape.y));
    let moves = (x, y) != (shape.x, shape.y);
    moves.then(|| Operation::Patch(Patch { x: Some(x), y: Some(y), ..Patch::of(&shape.id) }))
}

/// How often the tool has run in this project, this time included.
fn count_run() -> Result<u32, Problem> {
    let key = "runs".to_owned();
    let kept = storage::get(std::slice::from_ref(&key))?.pop().flatten();
    let runs = kept.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes) + 1;
    storage::set(&[storage::Entry { key, value: runs.to_le_bytes().to_vec() }])?;
    Ok(runs)
}

export_plugin! {
    name: "canvas-tool",
    tools: [SnapToGrid],
    capabilities: [CanvasRead, CanvasWrite, Storage, Clock],
}
