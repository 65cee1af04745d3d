//! The saver: asks the project's save strategy what to do, does it, and overrules it where the host's promises ask
//! for more (D5).
//!
//! It never waits: appends and checkpoints run as tasks of their own and come back to the room as [`SaverEvent`]s.
//! A checkpoint is captured at one place in the order, then everything up to that place is appended to the durable
//! journal, then the captured shapes are written ([`captured`]). Where many hosts have the canvas open, one writes
//! ([`turns`]).

mod captured;
mod turns;

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collabcanvas_canvas::{Document, Outbox, ProjectId, Seq, Sequenced, ShapeId};
use collabcanvas_plugins::{SavePlan, SaveState};
use collabcanvas_storage::{CanvasStore, Fence, StoreError};
use rustc_hash::FxHashSet;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use captured::Captured;

use crate::limits::RoomLimits;
use crate::load::Opened;
use crate::pending::PendingBatch;

/// What a task of the saver tells the room.
pub(crate) struct SaverEvent {
    /// What it was done with.
    fence: Fence,
    done: Done,
    result: Result<(), StoreError>,
}

#[derive(Clone, Copy)]
enum Done {
    Append,
    Checkpoint,
}

/// What the room has to do about an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SaverNews {
    /// Everything up to here is durable.
    Durable(Seq),
    /// The strategy is to be asked again.
    Ask,
    /// Another has claimed the canvas (D4): this saver writes no more.
    Fenced,
    /// There is nothing to do about it.
    Nothing,
}

/// The saver's state.
pub(crate) struct Saver {
    project: ProjectId,
    store: Arc<dyn CanvasStore>,
    events: UnboundedSender<SaverEvent>,
    limits: Arc<RoomLimits>,
    /// What it writes with; none while another host writes.
    fence: Option<Fence>,
    /// Whether this is the only server there is, so that closing the canvas says that nothing is lost.
    alone: bool,
    started: Instant,
    pub durable: Seq,
    /// S2: the journal holds lines that a checkpoint would throw away.
    keeps_journal: bool,
    pending: PendingBatch,
    /// A batch whose append has failed. It may have been written all the same, so it is tried again as it was: the store
    /// knows it, and would take it together with what has come since for something else.
    failed: Option<PendingBatch>,
    /// What is being appended, and since when.
    appending: Option<(PendingBatch, Instant)>,
    append_cost: Duration,
    last_append: Option<Instant>,
    append_wanted: bool,
    changed: FxHashSet<ShapeId>,
    changed_since: Option<Instant>,
    clients: FxHashSet<Outbox>,
    /// Captured, waiting for the journal to reach it.
    captured: Option<Box<Captured>>,
    /// What is being written.
    checkpointing: Option<Box<Captured>>,
    checkpoint_wanted: bool,
    last_checkpoint: Option<Instant>,
    checkpointed: Seq,
    journal_bytes: u64,
    /// Bytes of transactions that this saver has made durable.
    journaled: u64,
    last_edit: Option<Instant>,
    /// When the strategy wants to be asked again.
    pub wake_at: Option<Instant>,
    /// After a failure of the store: when to try again, and how long to wait after the next one.
    retry_at: Option<Instant>,
    /// Whether the last thing that the store was asked for has failed.
    failing: bool,
    backoff: Duration,
}

/// Shortest time after which a strategy is asked again by its own wish: a tick.
const SHORTEST_WAKE: Duration = Duration::from_millis(16);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

impl Saver {
    pub fn new(
        project: ProjectId,
        store: Arc<dyn CanvasStore>,
        events: UnboundedSender<SaverEvent>,
        limits: Arc<RoomLimits>,
        opened: &Opened,
    ) -> Self {
        let now = Instant::now();
        let document = &opened.document;
        let mut pending = PendingBatch::default();
        for (seq, line) in opened.undurable.iter().filter(|(seq, _)| *seq > opened.durable) {
            pending.push(*seq, line.clone(), now);
        }
        Self {
            project,
            store,
            events,
            limits,
            fence: opened.fence,
            alone: opened.fence.is_some(),
            started: now,
            durable: opened.durable,
            keeps_journal: opened.unreadable_lines > 0,
            pending,
            failed: None,
            appending: None,
            append_cost: Duration::ZERO,
            last_append: None,
            append_wanted: false,
            changed: opened.changed.iter().cloned().collect(),
            changed_since: (!opened.changed.is_empty()).then_some(now),
            clients: document.clients().map(|(outbox, ..)| outbox.clone()).collect(),
            captured: None,
            checkpointing: None,
            checkpoint_wanted: false,
            last_checkpoint: None,
            checkpointed: opened.checkpoint,
            journal_bytes: opened.journal_bytes,
            journaled: 0,
            last_edit: None,
            wake_at: None,
            retry_at: None,
            failing: false,
            backoff: FIRST_BACKOFF,
        }
    }

    /// Takes note of a transaction that has its place in the order.
    pub fn accepted(&mut self, transaction: &Sequenced, line: Bytes) {
        let now = Instant::now();
        if transaction.seq > self.durable {
            self.pending.push(transaction.seq, line, now);
        }
        self.last_edit = Some(now);
        if !transaction.operations.is_empty() {
            self.changed_since.get_or_insert(now);
        }
        self.changed.extend(transaction.operations.iter().map(|operation| operation.id().clone()));
        self.clients.insert(transaction.outbox());
    }

    /// Whether so much waits for a stuck store that edits have to wait too.
    pub fn is_full(&self) -> bool {
        self.unappended().map(|batch| batch.bytes).sum::<u64>() > self.limits.pending_bytes
    }

    /// Whether the store has failed and is to be tried again.
    pub fn is_stuck(&self) -> bool {
        self.failing || self.failed.is_some()
    }

    /// What waits to be appended, oldest first.
    fn unappended(&self) -> impl Iterator<Item = &PendingBatch> {
        self.failed.iter().chain([&self.pending])
    }

    /// When the oldest that waits was accepted.
    fn pending_since(&self) -> Option<Instant> {
        self.unappended().find_map(|batch| batch.since)
    }

    /// Whether asking the strategy could change anything: not while all that it can ask for is under way.
    pub fn wants_plan(&self) -> bool {
        self.appending.is_none() || !(self.checkpointing.is_some() || self.captured.is_some())
    }

    /// What the strategy is told.
    pub fn state(&self, sessions: usize, last_version: Option<Instant>, closing: bool) -> SaveState {
        let since = |at: Option<Instant>| at.map(|at| self.milliseconds(at));
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        SaveState {
            settings: String::new(),
            now_ms: self.milliseconds(Instant::now()),
            pending_transactions: small(self.unappended().map(|batch| batch.lines.len()).sum()),
            pending_bytes: self.unappended().map(|batch| batch.bytes).sum(),
            pending_since_ms: since(self.pending_since()),
            appending: self.appending.is_some(),
            last_append_ms: since(self.last_append),
            append_cost_ms: u32::try_from(self.append_cost.as_millis()).unwrap_or(u32::MAX),
            changed_shapes: small(self.changed.len()),
            changed_since_ms: since(self.changed_since),
            checkpointing: self.checkpointing.is_some() || self.captured.is_some(),
            last_checkpoint_ms: since(self.last_checkpoint),
            last_version_ms: since(last_version),
            journal_transactions: self.durable - self.checkpointed.min(self.durable),
            journal_bytes: self.journal_bytes,
            sessions: small(sessions),
            last_edit_ms: since(self.last_edit),
            closing,
        }
    }

    /// The plan of a host whose strategy does not answer: append at once, checkpoint at the floor (D5).
    pub fn fallback(&self) -> SavePlan {
        let due = self.changed_since.is_some_and(|since| since.elapsed() >= self.floor());
        SavePlan { append: true, checkpoint: due, take_version: None, wake_in_ms: None }
    }

    /// Does what a plan says, and what the floor demands.
    pub fn carry_out(&mut self, plan: &SavePlan, document: &Document) {
        self.append_wanted |= plan.append;
        self.checkpoint_wanted |= plan.checkpoint;
        self.wake_at =
            plan.wake_in_ms.map(|wait| Instant::now() + Duration::from_millis(wait.into()).max(SHORTEST_WAKE));
        self.proceed(document);
    }

    /// When [`Saver::proceed`] is to be called even if nothing happens.
    pub fn due(&self) -> Option<Instant> {
        self.fence?;
        if self.retry_at.is_some() {
            // Nothing can be done before that; to look all the same would keep the room busy for as long as the store is away.
            return self.retry_at;
        }
        let floor = self.pending_since().filter(|_| self.appending.is_none()).map(|since| since + self.floor());
        [self.wake_at, floor].into_iter().flatten().min()
    }

    /// Starts what can be started now.
    pub fn proceed(&mut self, document: &Document) {
        let now = Instant::now();
        let Some(fence) = self.fence.filter(|_| self.retry_at.is_none_or(|at| at <= now)) else { return };
        self.retry_at = None;
        self.overrule(now);
        self.checkpoint_wanted &= !self.keeps_journal;
        if self.checkpoint_wanted && self.checkpointing.is_none() && self.captured.is_none() {
            self.checkpoint_wanted = false;
            if self.changed.is_empty() && self.checkpointed == document.seq() {
                self.last_checkpoint = Some(now);
            } else {
                self.captured = Some(Box::new(self.capture(document)));
            }
        }
        let journal_behind = self.captured.as_ref().is_some_and(|captured| captured.checkpoint.seq > self.durable);
        if (self.append_wanted || journal_behind) && self.appending.is_none() && self.pending_since().is_some() {
            self.append_wanted = false;
            self.start_append(fence, now);
        }
        if !journal_behind && let Some(captured) = self.captured.take() {
            self.start_checkpoint(fence, captured);
        }
    }

    /// D5: what the strategy leaves undone for too long is done all the same.
    fn overrule(&mut self, now: Instant) {
        self.append_wanted |= self.pending_since().is_some_and(|since| now >= since + self.floor());
        let journal = self.durable - self.checkpointed.min(self.durable);
        self.checkpoint_wanted |= journal > self.limits.journal_transactions;
    }

    /// Takes in what a task has done.
    pub fn on_event(&mut self, event: SaverEvent) -> SaverNews {
        if self.fence != Some(event.fence) {
            // It was begun before this saver resigned, or before the canvas was opened anew.
            return SaverNews::Nothing;
        }
        match event.done {
            Done::Append => self.on_appended(event.result),
            Done::Checkpoint => self.on_checkpointed(event.result),
        }
    }

    fn on_appended(&mut self, result: Result<(), StoreError>) -> SaverNews {
        let Some((batch, began)) = self.appending.take() else { return SaverNews::Nothing };
        let took = began.elapsed();
        self.append_cost = (self.append_cost * 3 + took) / 4;
        match result {
            Ok(()) => {
                self.on_success();
                self.durable = batch.last;
                self.journal_bytes += batch.bytes;
                self.journaled += batch.bytes;
                self.last_append = Some(Instant::now());
                SaverNews::Durable(batch.last)
            }
            Err(error) => {
                self.failed = Some(batch);
                self.append_wanted = true;
                self.on_failure("append to the durable journal", &error)
            }
        }
    }

    fn on_checkpointed(&mut self, result: Result<(), StoreError>) -> SaverNews {
        let Some(captured) = self.checkpointing.take() else { return SaverNews::Nothing };
        match result {
            Ok(()) => {
                self.on_success();
                self.checkpointed = captured.checkpoint.seq;
                self.journal_bytes -= captured.journal_bytes.min(self.journal_bytes);
                self.last_checkpoint = Some(Instant::now());
                SaverNews::Ask
            }
            Err(error) => {
                self.recover(*captured);
                self.checkpoint_wanted = true;
                self.on_failure("write a checkpoint", &error)
            }
        }
    }

    fn on_success(&mut self) {
        self.backoff = FIRST_BACKOFF;
        self.failing = false;
    }

    fn on_failure(&mut self, what: &str, error: &StoreError) -> SaverNews {
        tracing::error!(project = %self.project, %error, retry_in = ?self.backoff, "could not {what}");
        if matches!(error, StoreError::Fenced { .. } | StoreError::NoSuchProject(_) | StoreError::OutOfOrder { .. }) {
            return SaverNews::Fenced;
        }
        self.failing = true;
        self.retry_at = Some(Instant::now() + self.backoff);
        self.backoff = (self.backoff * 2).min(LONGEST_BACKOFF);
        SaverNews::Ask
    }

    fn start_append(&mut self, fence: Fence, now: Instant) {
        let batch = self.failed.take().unwrap_or_else(|| mem::take(&mut self.pending));
        let journal = batch.to_journal();
        self.appending = Some((batch, now));
        let (store, project, events) = (self.store.clone(), self.project.clone(), self.events.clone());
        tokio::spawn(async move {
            let result = store.append(&project, fence, journal).await;
            // The room may have ended meanwhile; then nobody needs to know.
            let _ = events.send(SaverEvent { fence, done: Done::Append, result });
        });
    }

    fn start_checkpoint(&mut self, fence: Fence, mut captured: Box<Captured>) {
        captured.journal_bytes = self.journal_bytes;
        let checkpoint = captured.checkpoint.clone();
        self.checkpointing = Some(captured);
        let (store, project, events) = (self.store.clone(), self.project.clone(), self.events.clone());
        tokio::spawn(async move {
            let result = store.checkpoint(&project, fence, checkpoint).await;
            let _ = events.send(SaverEvent { fence, done: Done::Checkpoint, result });
        });
    }

    /// Saves everything and hands the canvas back. Waits for the store, trying again until `deadline`. Resigns when another
    /// has claimed the canvas meanwhile.
    pub async fn finish(
        &mut self,
        document: &Document,
        events: &mut tokio::sync::mpsc::UnboundedReceiver<SaverEvent>,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        loop {
            self.append_wanted = true;
            self.checkpoint_wanted |= !self.changed.is_empty();
            self.proceed(document);
            match self.fence.filter(|_| self.alone && self.is_idle()) {
                Some(fence) => return self.store.close(&self.project, fence).await,
                None if self.is_idle() => return Ok(()),
                None => {}
            }
            let wait = self.retry_at.unwrap_or(deadline).min(deadline);
            let event = tokio::time::timeout_at(wait, events.recv()).await.ok().flatten();
            if event.is_some_and(|event| self.on_event(event) == SaverNews::Fenced) {
                self.resign();
                return Err(StoreError::Failed("the canvas was taken over while it was closed".into()));
            }
            if Instant::now() >= deadline {
                let unsaved: usize = self.unappended().map(|batch| batch.lines.len()).sum();
                return Err(StoreError::Failed(format!(
                    "{unsaved} transactions could not be saved in time; browsers still hold them"
                )));
            }
        }
    }

    fn is_idle(&self) -> bool {
        let at_rest = self.appending.is_none() && self.checkpointing.is_none() && self.captured.is_none();
        at_rest && self.pending_since().is_none() && (self.changed.is_empty() || self.keeps_journal)
    }

    fn floor(&self) -> Duration {
        Duration::from_millis(self.limits.save_floor_ms)
    }

    fn milliseconds(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }
}
