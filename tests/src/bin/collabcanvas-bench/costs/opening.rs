//! What opening a canvas costs that is in no memory: who may, the project, and the whole canvas from the store.

use std::collections::BTreeMap;

use anyhow::Result;
use collabcanvas_storage::{CanvasStore, ProjectStore};
use collabcanvas_tests::costs::measured::Opening;

use super::stage::{SHAPES, Stage};

/// Measures it, for one person.
pub async fn measure(stage: &Stage) -> Result<Opening> {
    let project = stage.project("opened", "save-adaptive").await?;
    let store = stage.store();
    store.consumption().take();
    store.role(&project, stage.owner()).await?;
    store.project(&project).await?;
    let canvas = store.load(&project).await?;
    anyhow::ensure!(canvas.records.len() as u64 == SHAPES, "{} shapes were loaded", canvas.records.len());
    let mut read_units = BTreeMap::new();
    for (who, units) in store.consumption().take() {
        *read_units.entry(who.operation.to_owned()).or_default() += units.read;
    }
    Ok(Opening { shapes: SHAPES, read_units })
}
