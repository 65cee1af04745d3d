//! Shapes whose props an earlier version of their type wrote: brought up to date when the canvas opens, when its
//! plugins change, and when somebody puts one (pasted from elsewhere, or brought back by an undo).

use std::sync::Arc;

use collabcanvas_canvas::{Draft, Operation, Problem, Shape, UserId};
use collabcanvas_plugins::{MigrationInput, NormalForm, ShapeInput};

use crate::edits::{Author, is_absent};
use crate::room::Room;

/// Who upgrades: nobody's user.
const HOST_USER: &str = "host";
/// Shapes that are migrated in one call and one transaction: what one shape over which the plugin fails costs. Each
/// failure counts against the plugin, so that nothing is gained by looking for that shape.
const BATCH: usize = 100;
/// What the version before an upgrade is called.
const VERSION_NAME: &str = "Before an upgrade of plugins";

impl Room {
    /// Migrates every shape that an earlier version wrote. P2: a version of the canvas is taken first, so that the
    /// upgrade can be undone. A shape that cannot be carried over stays as it is; browsers show a placeholder.
    pub(crate) async fn bring_up_to_date(&mut self) {
        let set_aside = self.document.set_aside();
        let is_old = |shape: &&Arc<Shape>| self.types.is_old(shape) && !set_aside.contains_key(&shape.id);
        let old: Vec<Arc<Shape>> = self.document.shapes().filter(is_old).cloned().collect();
        if old.is_empty() {
            return;
        }
        tracing::info!(project = %self.project, shapes = old.len(), "shapes of an earlier version of their plugin are migrated");
        // One that holds all of these as they are is enough: a shape that cannot be migrated is found here every time.
        let changed = old.iter().filter_map(|shape| self.document.changed(&shape.id)).max().unwrap_or_default();
        if !self.versions.keep_since(VERSION_NAME, changed, &self.document).await {
            tracing::error!(project = %self.project, "shapes are not migrated: the version before it could not be kept");
            return;
        }
        for batch in old.chunks(BATCH) {
            let operations = self.upgraded(batch).await;
            if !operations.is_empty() {
                let (client, number) = self.plugin_outbox.next();
                let user = UserId::parse(HOST_USER).expect("a constant of the right form");
                self.commit(Author::Host, client, number, user, operations);
            }
        }
    }

    /// What puts these shapes in the form of today.
    async fn upgraded(&self, old: &[Arc<Shape>]) -> Vec<Operation> {
        let migrated = self.plugins.migrate(&old.iter().map(|shape| input(shape)).collect::<Vec<_>>()).await;
        let mut shapes = Vec::new();
        for (shape, answer) in old.iter().zip(migrated) {
            match answer {
                Ok(props) => shapes.push(Shape { props, ..Shape::clone(shape) }),
                Err(problem) => self.not_upgraded(shape, &problem),
            }
        }
        let asked: Vec<ShapeInput> =
            shapes.iter().map(|shape| self.ask(shape, |id| self.document.get(id).map(Arc::as_ref))).collect();
        let mut operations = Vec::new();
        for (shape, answer) in shapes.into_iter().zip(self.plugins.validate(&asked).await) {
            match answer.and_then(|form| self.in_form(shape.clone(), form)) {
                Ok(shape) => operations.push(Operation::Put(shape)),
                Err(problem) => self.not_upgraded(&shape, &problem),
            }
        }
        operations
    }

    fn in_form(&self, shape: Shape, form: NormalForm) -> Result<Shape, Problem> {
        let (width, height) = form.size.map_or((shape.width, shape.height), |size| (size.width, size.height));
        let version = self.types.version(&shape.shape_type).unwrap_or(shape.version);
        let shape = Shape { props: form.props, width, height, version, ..shape };
        shape.check().map(|()| shape)
    }

    fn not_upgraded(&self, shape: &Shape, problem: &Problem) {
        let (project, version) = (&self.project, shape.version);
        tracing::error!(%project, shape = %shape.id, shape_type = %shape.shape_type, version, %problem, "a shape cannot be brought up to date; a placeholder stands for it");
    }

    /// Migrates what a transaction changes of shapes that an earlier version wrote, before they are validated.
    pub(crate) async fn migrate_draft(&self, draft: &mut Draft<'_>) -> Result<(), Problem> {
        let mut old = Vec::new();
        for (change, drafted) in draft.changes().iter().enumerate().filter(|(_, change)| change.needs_validation()) {
            let Some(shape) = &drafted.after else { continue };
            let Some(current) = self.types.version(&shape.shape_type) else { continue };
            if shape.version > current {
                return Err(newer(shape, current).within(&format!("/{}", drafted.place)));
            }
            if shape.version < current {
                old.push((change, current, input(shape)));
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        let inputs: Vec<MigrationInput> = old.iter().map(|(.., input)| input.clone()).collect();
        for ((change, version, _), answer) in old.into_iter().zip(self.plugins.migrate(&inputs).await) {
            let place = draft.changes()[change].place;
            match answer {
                Ok(props) => draft.set_migrated(change, props, version),
                // P3: it still moves, is resized and copied; it is migrated when its plugin is back.
                Err(problem) if is_absent(&problem) => {}
                Err(problem) => return Err(problem.within(&format!("/{place}/props"))),
            }
        }
        Ok(())
    }
}

fn input(shape: &Shape) -> MigrationInput {
    MigrationInput { shape_type: shape.shape_type.clone(), from_version: shape.version, props: shape.props.clone() }
}

fn newer(shape: &Shape, current: u32) -> Problem {
    let (shape_type, version) = (&shape.shape_type, shape.version);
    let message = format!(
        "the shape was made by version {version} of {shape_type}; this project's plugin has version {current}: upgrade the plugin, or copy from a project with the same one"
    );
    Problem::new("newer-version", message).at("/version")
}
