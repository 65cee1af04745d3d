//! Where each open canvas stands, so that an append costs one insert and no look-up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use rusqlite::{Connection, OptionalExtension};

use super::existing_project_key;
use crate::{Fence, StoreError};

/// How far a canvas is kept.
#[derive(Clone, Debug)]
pub(super) struct Position {
    /// The number that stands for the project in the tables.
    pub(super) key: i64,
    /// The canvas's epoch.
    pub(super) epoch: Epoch,
    /// The last fence that was given out.
    pub(super) fence: Fence,
    /// Whether its holder said that it was done.
    pub(super) closed: bool,
    /// Every transaction up to here is reflected in the objects.
    pub(super) checkpoint: Seq,
    /// The last transaction that is durable.
    pub(super) last: Seq,
}

impl Position {
    fn read(db: &Connection, project: &ProjectId) -> Result<Self, StoreError> {
        let key = existing_project_key(db, project)?;
        let mut canvas =
            db.prepare_cached("SELECT epoch, fence, closed, checkpoint FROM canvases WHERE project = ?1")?;
        let read =
            canvas.query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()?;
        let (epoch, fence, closed, checkpoint) = read.unwrap_or_default();
        let mut journal =
            db.prepare_cached("SELECT last FROM journal WHERE project = ?1 ORDER BY first DESC LIMIT 1")?;
        let journalled: Option<Seq> = journal.query_row([key], |row| row.get(0)).optional()?;
        Ok(Self { key, epoch, fence, closed, checkpoint, last: journalled.unwrap_or(0).max(checkpoint) })
    }

    /// Whether the holder of this fence may write to the canvas (D4).
    fn admit(&self, project: &ProjectId, held: Fence) -> Result<(), StoreError> {
        if self.fence != held {
            return Err(StoreError::Fenced { project: project.clone(), held, found: self.fence });
        }
        if self.closed {
            return Err(StoreError::Failed(format!(
                "project {project} was closed by the holder of fence {held}: open it again to write to it"
            )));
        }
        Ok(())
    }
}

/// Positions that were read since the last failure. Requests note in it what they write; the writer forgets all of
/// it when anything is undone, so that it never says more than the tables.
#[derive(Default)]
pub(super) struct Positions(HashMap<ProjectId, Position>);

impl Positions {
    /// The position of a canvas, whoever has it open.
    pub(super) fn of(&mut self, db: &Connection, project: &ProjectId) -> Result<&mut Position, StoreError> {
        match self.0.entry(project.clone()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(Position::read(db, project)?)),
        }
    }

    /// The position of a canvas for the holder of this fence.
    pub(super) fn held(
        &mut self,
        db: &Connection,
        project: &ProjectId,
        fence: Fence,
    ) -> Result<&mut Position, StoreError> {
        let position = self.of(db, project)?;
        position.admit(project, fence)?;
        Ok(position)
    }

    /// Forgets one canvas, which is closed.
    pub(super) fn forget_one(&mut self, project: &ProjectId) {
        self.0.remove(project);
    }

    /// Forgets everything: the tables tell it anew.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}
