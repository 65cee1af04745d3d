//! A good citizen: a file format in which each line is a note, one below the other.

use collabcanvas_plugin::contract::formats::Imported;
use collabcanvas_plugin::contract::types::{Operation, Shape as Record};
use collabcanvas_plugin::prelude::*;
use collabcanvas_plugin::{Format, FormatDescription};

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
        let (notes, blank): (Vec<_>, Vec<_>) = text.lines().enumerate().partition(|(_, line)| !line.trim().is_empty());
        let left_out = |(number, _)| Problem::new("blank-line", format!("line {} is blank", number + 1));
        Ok(Imported {
            operations: notes.into_iter().map(note).collect(),
            report: blank.into_iter().map(left_out).collect(),
        })
    }

    fn export_file(shapes: &[Record]) -> Result<Vec<u8>, Problem> {
        let text_of = |shape: &Record| {
            let props: serde_json::Value = serde_json::from_str(&shape.props).unwrap_or_default();
            props["text"].as_str().map(str::to_owned)
        };
        let lines: Vec<String> = shapes.iter().filter_map(text_of).collect();
        Ok(lines.join("\n").into_bytes())
    }
}

/// The text of one line, below those before it.
fn note((number, line): (usize, &str)) -> Operation {
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
    })
}

export_plugin! {
    name: "line-notes",
    formats: [LineNotes],
}
