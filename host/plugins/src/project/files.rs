//! File formats: reading a file into operations, writing shapes to one.

use std::sync::Arc;

use collabcanvas_canvas::{OrderKey, Problem, Shape};

use super::{ProjectPlugins, Slot};
use crate::answers;
use crate::contract::display_list::{DisplayList, Matrix};
use crate::contract::formats::{self, Asset, ExportParams, ExportResults, ImportParams, ImportResults};
use crate::faults::{FaultCause, PluginError};
use crate::host::read_shape;
use crate::limits::Call;
use crate::plugin::Formats;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// What it holds, back to front, with order keys that say so.
    pub shapes: Vec<Shape>,
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
    /// From its local coordinates to the canvas.
    pub to_canvas: Matrix,
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
                let indices = OrderKey::spread(None, None, imported.shapes.len());
                let shapes = imported.shapes.into_iter().zip(indices).map(|(shape, index)| {
                    let shape = read_shape(shape, index)?;
                    shape.check().map(|()| shape)
                });
                let shapes: Vec<Shape> = shapes
                    .collect::<Result<_, _>>()
                    .map_err(|problem| FaultCause::Malformed { reason: problem.to_string() })?;
                answers::unique("shapes of the id", shapes.iter().map(|shape| shape.id.as_str()))?;
                answers::unique("assets of the id", imported.assets.iter().map(|asset| asset.id.as_str()))?;
                Ok(Ok(Imported { shapes, assets: imported.assets, report }))
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
        let lower =
            |DrawnShape { shape, to_canvas, look }| formats::DrawnShape { shape: (&*shape).into(), to_canvas, look };
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
