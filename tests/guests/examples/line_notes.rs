//! A good citizen: a file format in which each line is a note, one below the other, or a picture.
//!
//! A picture is a line such as `picture 00ff`: the bytes of the image, in hexadecimal. No shape type of the plugins that
//! ship shows images, so a note that holds the asset's id stands for it.

use collabcanvas_plugin::contract::types::{Operation, Shape as Record};
use collabcanvas_plugin::prelude::*;
use collabcanvas_plugin::{Asset, DrawnShape, Format, FormatDescription, Imported, Item};

/// What pictures are said to be.
const MEDIA_TYPE: &str = "image/png";

struct LineNotes;

impl Format for LineNotes {
    fn describe() -> FormatDescription {
        FormatDescription {
            name: "notes".to_owned(),
            label: "Notes, one a line".to_owned(),
            extensions: vec!["notes".to_owned()],
            media_types: vec!["text/plain".to_owned()],
            can_import: true,
            can_export: true,
        }
    }

    fn import_file(bytes: &[u8]) -> Result<Imported, Problem> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Problem::new("not-this-format", format!("notes are UTF-8 text: {error}")))?;
        let mut imported = Imported { operations: Vec::new(), assets: Vec::new(), report: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            read_line(&mut imported, number, line);
        }
        Ok(imported)
    }

    fn export_file(shapes: &[DrawnShape], assets: &[Asset]) -> Result<Vec<u8>, Problem> {
        let lines: Vec<String> = shapes.iter().filter_map(|drawn| written(drawn, assets)).collect();
        Ok(lines.join("\n").into_bytes())
    }
}

fn read_line(imported: &mut Imported, number: usize, line: &str) {
    if line.trim().is_empty() {
        let problem = Problem::new("blank-line", format!("line {} is blank", number + 1));
        return imported.report.push(problem);
    }
    let Some(bytes) = line.strip_prefix("picture ").and_then(bytes_of) else {
        return imported.operations.push(note(number, line));
    };
    let id = format!("picture-{number}");
    imported.operations.push(note(number, &id));
    imported.assets.push(Asset { id, media_type: MEDIA_TYPE.to_owned(), bytes });
}

/// The bytes that these pairs of digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pair = |start| u8::from_str_radix(digits.get(start..start + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// The line of a shape: its text as it is drawn; none for a shape that shows none.
fn written(drawn: &DrawnShape, assets: &[Asset]) -> Option<String> {
    let items = &drawn.look.as_ref()?.items;
    let text = items.iter().find_map(|item| match item {
        Item::Text(text) => Some(text.content.as_str()),
        _ => None,
    })?;
    let Some(asset) = assets.iter().find(|asset| asset.id == text) else {
        return Some(text.to_owned());
    };
    let digits: String = asset.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("picture {digits}"))
}

/// The text of one line, below those before it.
fn note(number: usize, line: &str) -> Operation {
    Operation::Put(Record {
        id: format!("note-{number}"),
        type_: "text/text".to_owned(),
        parent: None,
        // An order key must not end in 0.
        index: format!("a{number:08}V"),
        x: 0.0,
        y: number as f64 * 30.0,
        width: 320.0,
        height: 25.0,
        rotation: 0.0,
        opacity: 1.0,
        locked: false,
        props: serde_json::json!({ "text": line }).to_string(),
        version: 1,
    })
}

export_plugin! {
    name: "line-notes",
    formats: [LineNotes],
}
