//! The exported interface `formats`: its types.

use wasmtime::component::{ComponentType, Lift, Lower};

use super::display_list::{DisplayList, Matrix};
use super::imports::types::{Problem, Shape};

/// Results of `describe`.
pub(crate) type DescribeResults = (Vec<Format>,);
/// Parameters of `import-file`.
pub(crate) type ImportParams<'a> = (&'a str, &'a [u8]);
/// Results of `import-file`.
pub(crate) type ImportResults = (Result<Imported, Problem>,);
/// Parameters of `export-file`.
pub(crate) type ExportParams<'a> = (&'a str, &'a [DrawnShape], &'a [Asset]);
/// Results of `export-file`.
pub(crate) type ExportResults = (Result<Vec<u8>, Problem>,);

/// A file format as its plugin answers it, before it is checked.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Format {
    pub name: String,
    pub label: String,
    pub extensions: Vec<String>,
    #[component(name = "media-types")]
    pub media_types: Vec<String>,
    #[component(name = "can-import")]
    pub can_import: bool,
    #[component(name = "can-export")]
    pub can_export: bool,
}

/// A shape, and how it looks.
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub(crate) struct DrawnShape {
    pub shape: Shape,
    #[component(name = "to-canvas")]
    pub to_canvas: Matrix,
    pub look: Option<DisplayList>,
}

/// A file that shapes show: an image.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Asset {
    /// What shapes and display lists call it.
    pub id: String,
    /// Its media type.
    #[component(name = "media-type")]
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A file that was read.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Imported {
    pub shapes: Vec<Shape>,
    pub assets: Vec<Asset>,
    pub report: Vec<Problem>,
}
