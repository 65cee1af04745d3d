//! A good citizen: a file format in which each line is a note, one below the other, or a picture.
//!
//! A picture is a line such as `picture 00ff`: the bytes of the image, in hexadecimal. The shape type that shows it is
//! the plugin's own.

use collabcanvas_plugin::Item;
use collabcanvas_plugin::prelude::*;

/// What pictures are said to be.
const MEDIA_TYPE: &str = "image/png";

/// A shape that shows an image.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Picture {
    /// The id of an asset.
    image: Option<String>,
}

impl Shape for Picture {
    const NAME: &'static str = "picture";

    fn describe() -> Description {
        Description::new("Picture", "M4 5h16v14H4zM4 16l5-5l8 8")
            .assets(&["image"])
            .props(schema().reference("image", "Image"))
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let room = Drawing::of(Path::rect(0.0, 0.0, frame.width, frame.height));
        Ok(match &self.image {
            Some(image) => room.image(Image::new(image.as_str(), frame.rect())),
            None => room,
        })
    }
}

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
        let mut imported = Imported::new();
        for (number, line) in text.lines().enumerate() {
            read_line(&mut imported, number, line)?;
        }
        Ok(imported)
    }

    fn export_file(shapes: &[DrawnShape], assets: &[Asset]) -> Result<Vec<u8>, Problem> {
        let lines: Vec<String> = shapes.iter().filter_map(|drawn| written(drawn, assets)).collect();
        Ok(lines.join("\n").into_bytes())
    }
}

fn read_line(imported: &mut Imported, number: usize, line: &str) -> Result<(), Problem> {
    // Each line lies below the one before it.
    let area = Rect { x: 0.0, y: number as f64 * 30.0, width: 320.0, height: 25.0 };
    let shape = if let Some(bytes) = line.strip_prefix("picture ").and_then(bytes_of) {
        let image = imported.add_asset(MEDIA_TYPE, bytes);
        NewShape::new("line-notes/picture", area).props(&Picture { image: Some(image) })?
    } else if line.trim().is_empty() {
        imported.leave_out(Problem::new("blank-line", format!("line {} is blank", number + 1)));
        return Ok(());
    } else {
        NewShape::new("text/text", area).props(&json!({ "text": line }))?
    };
    imported.add(shape);
    Ok(())
}

/// The bytes that these pairs of digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pair = |start| u8::from_str_radix(digits.get(start..start + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// The line of a shape: its text or picture as it is drawn; none for a shape that shows neither.
fn written(drawn: &DrawnShape, assets: &[Asset]) -> Option<String> {
    let items = &drawn.look.as_ref()?.items;
    items.iter().find_map(|item| match item {
        Item::Text(text) => Some(text.content.clone()),
        Item::Image(image) => {
            let asset = assets.iter().find(|asset| asset.id == image.asset)?;
            let digits: String = asset.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("picture {digits}"))
        }
        Item::Path(_) => None,
    })
}

export_plugin! {
    name: "line-notes",
    shapes: [Picture],
    formats: [LineNotes],
}
