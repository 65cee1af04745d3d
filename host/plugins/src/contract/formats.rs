//! The exported interface `formats`: its types.

use wasmtime::component::{ComponentType, Lift};

use super::imports::types::{Operation, Problem, Shape};

/// Results of `describe`.
pub(crate) type DescribeResults = (Vec<Format>,);
/// Parameters of `import-file`.
pub(crate) type ImportParams<'a> = (&'a str, &'a [u8]);
/// Results of `import-file`.
pub(crate) type ImportResults = (Result<Imported, Problem>,);
/// Parameters of `export-file`.
pub(crate) type ExportParams<'a> = (&'a str, &'a [Shape]);
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

/// A file that was read.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Imported {
    pub operations: Vec<Operation>,
    pub report: Vec<Problem>,
}
