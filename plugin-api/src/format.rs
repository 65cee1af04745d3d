//! [`Format`]: a kind of file that a canvas can be read from and written to.

use crate::contract::formats::{self, Asset, DrawnShape, Imported};
use crate::contract::types::Problem;
use crate::edit::NewShape;

pub use crate::contract::formats::Format as FormatDescription;

/// A file format. Pure: the same bytes give the same shapes. Leave out the direction that it does not have.
pub trait Format {
    /// What people see of it: always the same.
    fn describe() -> FormatDescription;

    /// Reads a file, back to front, into an [`Imported`]. What is readable but has no counterpart is left out and listed
    /// in the report. Ids of shapes and assets need only be unique in the answer: the host gives new ones.
    ///
    /// # Errors
    ///
    /// `not-this-format` when the bytes are something else.
    fn import_file(_bytes: &[u8]) -> Result<Imported, Problem> {
        let label = Self::describe().label;
        Err(Problem::new("cannot-import", format!("{label} files can only be written")))
    }

    /// Writes a file that holds these shapes, which come back to front, and the assets that they show.
    ///
    /// # Errors
    ///
    /// A problem when these shapes cannot be written.
    fn export_file(_shapes: &[DrawnShape], _assets: &[Asset]) -> Result<Vec<u8>, Problem> {
        let label = Self::describe().label;
        Err(Problem::new("cannot-export", format!("{label} files can only be read")))
    }
}

impl Imported {
    /// Nothing read yet.
    pub fn new() -> Self {
        Imported { shapes: Vec::new(), assets: Vec::new(), report: Vec::new() }
    }

    /// Lays a shape above those before it. Answers with the id that it has in this file, for what lies in it
    /// ([`NewShape::parent`]) or refers to it.
    pub fn add(&mut self, shape: NewShape) -> String {
        let id = format!("shape-{}", self.shapes.len());
        self.shapes.push(shape.with_id(id.clone()));
        id
    }

    /// Takes up an image of this media type. Answers with the id by which props name it.
    pub fn add_asset(&mut self, media_type: &str, bytes: Vec<u8>) -> String {
        let id = format!("asset-{}", self.assets.len());
        self.assets.push(Asset { id: id.clone(), media_type: media_type.to_owned(), bytes });
        id
    }

    /// Reports something that could not be carried over.
    pub fn leave_out(&mut self, problem: Problem) {
        self.report.push(problem);
    }
}

impl Default for Imported {
    fn default() -> Self {
        Imported::new()
    }
}

/// A format as the exported functions see it.
#[doc(hidden)]
pub struct FormatEntry {
    describe: fn() -> FormatDescription,
    import_file: fn(&[u8]) -> Result<Imported, Problem>,
    export_file: ExportFile,
}

type ExportFile = fn(&[DrawnShape], &[Asset]) -> Result<Vec<u8>, Problem>;

/// The entry of one format.
#[doc(hidden)]
pub const fn format_entry<F: Format>() -> FormatEntry {
    FormatEntry { describe: F::describe, import_file: F::import_file, export_file: F::export_file }
}

/// The formats of a plugin: what its exported functions look names up in.
#[doc(hidden)]
pub struct FormatTable(pub &'static [FormatEntry]);

impl FormatTable {
    pub fn describe(&self) -> Vec<formats::Format> {
        crate::panic_hook::install();
        self.0.iter().map(|entry| (entry.describe)()).collect()
    }

    pub fn import_file(&self, format: &str, bytes: &[u8]) -> Result<Imported, Problem> {
        crate::panic_hook::install();
        (self.entry(format)?.import_file)(bytes)
    }

    pub fn export_file(&self, format: &str, shapes: &[DrawnShape], assets: &[Asset]) -> Result<Vec<u8>, Problem> {
        crate::panic_hook::install();
        (self.entry(format)?.export_file)(shapes, assets)
    }

    fn entry(&self, name: &str) -> Result<&FormatEntry, Problem> {
        let found = self.0.iter().find(|entry| (entry.describe)().name == name);
        found.ok_or_else(|| {
            let known: Vec<String> = self.0.iter().map(|entry| (entry.describe)().name).collect();
            Problem::unknown("unknown-format", "format", name, known.iter().map(String::as_str))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::Rect;

    #[test]
    fn what_a_file_holds_has_ids_of_its_own_and_no_order_keys() {
        let area = Rect { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };
        let mut imported = Imported::new();
        let group = imported.add(NewShape::new("basic/rectangle", area));
        let inner = imported.add(NewShape::new("basic/ellipse", area).parent(&group));
        let image = imported.add_asset("image/png", vec![1]);
        imported.leave_out(Problem::new("blank-line", "line 3 is blank"));
        assert_ne!(group, inner);
        assert_eq!((&imported.shapes[1].id, &imported.shapes[1].parent), (&inner, &Some(group)));
        assert!(imported.shapes.iter().all(|shape| shape.index.is_empty()));
        assert_eq!((&imported.assets[0].id, imported.report.len()), (&image, 1));
    }
}
