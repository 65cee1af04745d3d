//! File formats: reading a file into operations, writing shapes to one.

use std::sync::Arc;

use collabcanvas_canvas::{Operation, Problem, Shape};

use super::{ProjectPlugins, Slot};
use crate::answers;
use crate::contract::display_list::DisplayList;
use crate::contract::formats::{self, Asset, ExportParams, ExportResults, ImportParams, ImportResults};
use crate::faults::{FaultCause, PluginError};
use crate::host::read_operations;
use crate::limits::Call;
use crate::plugin::Formats;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What to apply to the canvas, as one transaction.
    pub operations: Vec<Operation>,
    /// The images that the file holds.
    pub assets: Vec<Asset>,
    /// What could not be carried over.
    pub report: Vec<Problem>,
}

/// A shape to write to a file, and how it looks.
#[derive(Clone, Debug)]
pub struct DrawnShape {
    /// The shape.
    pub shape: Arc<Shape>,
    /// What its shape type drew; none when it could not.
    pub look: Option<DisplayList>,
}

impl ProjectPlugins {
    /// Reads a file of a format of this plugin.
    pub async fn import_file(&self, plugin: &str, format: &str, bytes: &[u8]) -> Result<Imported, PluginError> {
        let (slot, functions) = self.formats_of(plugin)?;
        let read = |(answer,): ImportResults| match answer {
            Ok(imported) => {
                let report = imported.report.into_iter().map(answers::problem).collect();
                let operations = read_operations(imported.operations)
                    .map_err(|problem| FaultCause::Malformed { reason: problem.to_string() })?;
                Ok(Ok(Imported { operations, assets: imported.assets, report }))
            }
            Err(problem) => Ok(Err(PluginError::Refused(answers::problem(problem)))),
        };
        let parameters: ImportParams<'_> = (format, bytes);
        self.call_fresh(slot, None, &functions.import, Call::Import, parameters, read).await?
    }

    /// Writes shapes, which come back to front, and the assets that they show to a file of a format of this plugin.
    pub async fn export_file(
        &self,
        plugin: &str,
        format: &str,
        shapes: Vec<DrawnShape>,
        assets: &[Asset],
    ) -> Result<Vec<u8>, PluginError> {
        let (slot, functions) = self.formats_of(plugin)?;
        let lower = |drawn: DrawnShape| formats::DrawnShape { shape: (&*drawn.shape).into(), look: drawn.look };
        let shapes: Vec<formats::DrawnShape> = shapes.into_iter().map(lower).collect();
        let read =
            |(answer,): ExportResults| Ok(answer.map_err(|problem| PluginError::Refused(answers::problem(problem))));
        let parameters: ExportParams<'_> = (format, &shapes, assets);
        self.call_fresh(slot, None, &functions.export, Call::Export, parameters, read).await?
    }

    fn formats_of(&self, plugin: &str) -> Result<(&Slot, &Formats), PluginError> {
        let slot = self.slot(plugin)?;
        let unsupported = || PluginError::Unsupported { plugin: plugin.to_owned(), what: "file formats".into() };
        Ok((slot, slot.enabled.plugin.exports.formats.as_ref().ok_or_else(unsupported)?))
    }
}
