//! Where the log of each canvas ends, as this host knows it, so that an append costs one write and no read.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use tokio::sync::Mutex as AsyncMutex;

use super::api::{Purpose, Query};
use super::item::Item;
use super::{DynamoStore, journal};
use crate::{Fence, StoreError};

/// The head of a canvas: where its checkpoint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Every transaction up to here is reflected in the objects.
    pub(super) checkpoint: Seq,
    /// Place of the last batch that the checkpoint makes superfluous: what a reader needs comes after it. It stays
    /// itself, so that the log never loses its end.
    pub(super) base: u64,
    /// The checkpoint before; deletions up to it are forgotten.
    pub(super) previous: Seq,
    /// The base before. Batches of earlier places are deleted: one checkpoint late, so that they outlive whoever reads.
    pub(super) previous_base: u64,
    /// No batch has an earlier place than this any more.
    pub(super) trimmed: u64,
}

impl Head {
    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            checkpoint: item.get_number("checkpoint")?,
            base: item.get_number("base")?,
            previous: item.get_number("previous")?,
            previous_base: item.get_number("previous_base")?,
            trimmed: item.get_number("trimmed")?,
        })
    }

    /// The head of a new project.
    pub(super) fn new_item(project: &ProjectId) -> Item {
        let item = Item::numbered(project.as_str(), 0);
        ["checkpoint", "base", "previous", "previous_base", "trimmed"]
            .into_iter()
            .fold(item, |item, name| item.number(name, 0))
    }
}

/// One entry of a log, without its content. The last one tells who may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its place; 0 in a log that is empty.
    pub(super) place: u64,
    /// The canvas's epoch as of it.
    pub(super) epoch: Epoch,
    /// Its writer.
    pub(super) fence: Fence,
    /// The last durable transaction as of it.
    pub(super) last: Seq,
    /// Whether its writer is done.
    pub(super) closed: bool,
}

impl Entry {
    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        Ok(Self {
            place: item.get_number("sk")?,
            epoch: item.get_number("epoch")?,
            fence: item.get_number("fence")?,
            last: item.get_number("last")?,
            closed: item.find_flag("closed"),
        })
    }

    /// Whether the holder of this fence may write after this entry (D4).
    pub(super) fn admit(&self, project: &ProjectId, held: Fence) -> Result<(), StoreError> {
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

/// A batch in the log, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) place: u64,
    pub(super) first: Seq,
    pub(super) last: Seq,
    /// The name of its content in the object store, if that is where it is.
    pub(super) object: Option<String>,
}

impl Kept {
    pub(super) fn read(item: &Item) -> Result<Option<Self>, StoreError> {
        let Some(first) = item.find_number("first") else { return Ok(None) };
        let object = item.find_text("object").map(str::to_owned);
        Ok(Some(Self { place: item.get_number("sk")?, first, last: item.get_number("last")?, object }))
    }
}

/// A log as its writer knows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    pub(super) head: Head,
    pub(super) end: Entry,
    /// The batches that are not deleted yet.
    pub(super) batches: VecDeque<Kept>,
}

impl Position {
    /// The place of the last batch that a checkpoint up to `seq` makes superfluous.
    pub(super) fn base_at(&self, seq: Seq) -> u64 {
        let covered = self.batches.iter().take_while(|batch| batch.last <= seq);
        covered.last().map_or(0, |batch| batch.place).max(self.head.base)
    }

    /// The batches that can be deleted: those before the base before, but for one that a claim follows. Its writer may
    /// not know that it was written, and must find its place taken.
    pub(super) fn superfluous(&self) -> Vec<Kept> {
        let before = self.batches.iter().take_while(|batch| batch.place < self.head.previous_base);
        let next = self.batches.iter().skip(1);
        before.zip(next).filter(|(batch, next)| batch.place + 1 == next.place).map(|(batch, _)| batch.clone()).collect()
    }
}

/// The position of one canvas; whoever writes to its log holds it.
pub(super) type Cell = Arc<AsyncMutex<Option<Position>>>;

/// The positions of the canvases that this host writes.
#[derive(Default)]
pub(super) struct Positions(Mutex<HashMap<ProjectId, Cell>>);

impl Positions {
    pub(super) fn of(&self, project: &ProjectId) -> Cell {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(project.clone()).or_default().clone()
    }

    /// Forgets a canvas that this host writes no longer.
    pub(super) fn forget(&self, project: &ProjectId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(project);
    }
}

impl DynamoStore {
    pub(super) async fn read_head(&self, why: Purpose<'_>, project: &ProjectId) -> Result<Head, StoreError> {
        let head = self.api().get(why, &self.tables().journal, Item::numbered(project.as_str(), 0)).await?;
        Head::read(&head.ok_or_else(|| StoreError::NoSuchProject(project.clone()))?)
    }

    /// Reads where a log stands, and which batches it holds.
    pub(super) async fn read_position(&self, why: Purpose<'_>, project: &ProjectId) -> Result<Position, StoreError> {
        let head = self.read_head(why, project).await?;
        let query = Query {
            table: &self.tables().journal,
            condition: "#pk = :pk AND #sk >= :from",
            values: journal::range(project, head.trimmed),
            projection: Some("#sk, #epoch, #fence, #first, #last, #closed, #object"),
            ..Query::default()
        };
        let items = self.api().query(why, query).await?;
        let end = items.last().map(Entry::read).transpose()?.unwrap_or_default();
        let batches = items.iter().filter_map(|item| Kept::read(item).transpose()).collect::<Result<_, _>>()?;
        Ok(Position { head, end, batches })
    }

    /// Reads the last entry of a log.
    pub(super) async fn read_end(&self, why: Purpose<'_>, project: &ProjectId) -> Result<Entry, StoreError> {
        let query = Query {
            table: &self.tables().journal,
            condition: "#pk = :pk AND #sk >= :from",
            values: journal::range(project, 0),
            descending: true,
            limit: Some(1),
            ..Query::default()
        };
        let items = self.api().query(why, query).await?;
        Ok(items.first().map(Entry::read).transpose()?.unwrap_or_default())
    }

    /// The position for the holder of this fence, read if it is not known. Whoever writes by it takes it out of its
    /// cell and puts it back once the answer is there: after a write whose fate is unknown it is read anew.
    pub(super) async fn held(
        &self,
        why: Purpose<'_>,
        project: &ProjectId,
        fence: Fence,
        known: Option<Position>,
    ) -> Result<Position, StoreError> {
        let position = match known {
            Some(position) if position.end.fence == fence => position,
            _ => self.read_position(why, project).await?,
        };
        if let Err(refused) = position.end.admit(project, fence) {
            // Whoever may write will read it anew.
            self.positions().forget(project);
            return Err(refused);
        }
        Ok(position)
    }
}
