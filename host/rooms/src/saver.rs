//! The saver: asks the project's save strategy what to do, does it, and overrules it where the host's promises ask
//! for more (D5).
//!
//! It never waits: appends and checkpoints run as tasks of their own and come back to the room as [`SaverEvent`]s.
//! A checkpoint is captured at one place in the order, then everything up to that place is appended to the durable
//! journal, then the captured shapes are written.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use collabcanvas_canvas::{Document, Outbox, ProjectId, Seq, Sequenced, ShapeId};
use collabcanvas_plugins::{SavePlan, SaveState};
use collabcanvas_storage::{CanvasStore, Checkpoint, StoreError, StoredClient};
use rustc_hash::FxHashSet;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::limits::RoomLimits;
use crate::load::Opened;
use crate::pending::PendingBatch;

/// What a task of the saver tells the room.
pub(crate) enum SaverEvent {
    Appended { batch: PendingBatch, result: Result<(), StoreError> },
    Checkpointed { captured: Box<Captured>, result: Result<(), StoreError> },
}

/// What the room has to do about an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SaverNews {
    /// Everything up to here is durable.
    Durable(Seq),
    /// The strategy is to be asked again.
    Ask,
    /// Another opener has taken the canvas over (D4): this room must end.
    Fenced,
}

/// A checkpoint as it was captured.
pub(crate) struct Captured {
    checkpoint: Checkpoint,
    changed: FxHashSet<ShapeId>,
    changed_since: Option<Instant>,
    clients: FxHashSet<Outbox>,
    journal_bytes: u64,
}

/// The saver's state.
pub(crate) struct Saver {
    project: ProjectId,
    store: Arc<dyn CanvasStore>,
    events: UnboundedSender<SaverEvent>,
    limits: Arc<RoomLimits>,
    epoch: u64,
    started: Instant,
    pub durable: Seq,
    /// S2: the journal holds lines that a checkpoint would throw away.
    keeps_journal: bool,
    pending: PendingBatch,
    /// A batch whose append has failed. It may have been written all the same, so it is tried again as it was: the store
    /// knows it, and would take it together with what has come since for something else.
    failed: Option<PendingBatch>,
    appending: Option<(Seq, u64, Instant)>,
    append_cost: Duration,
    last_append: Option<Instant>,
    append_wanted: bool,
    changed: FxHashSet<ShapeId>,
    changed_since: Option<Instant>,
    clients: FxHashSet<Outbox>,
    /// Captured, waiting for the journal to reach it.
    captured: Option<Box<Captured>>,
    checkpointing: bool,
    checkpoint_wanted: bool,
    last_checkpoint: Option<Instant>,
    checkpointed: Seq,
    journal_bytes: u64,
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
        Self {
            project,
            store,
            events,
            limits,
            epoch: document.epoch(),
            started: now,
            durable: document.seq(),
            keeps_journal: opened.unreadable_lines > 0,
            pending: PendingBatch::default(),
            failed: None,
            appending: None,
            append_cost: Duration::ZERO,
            last_append: None,
            append_wanted: false,
            changed: opened.changed.iter().cloned().collect(),
            changed_since: (!opened.changed.is_empty()).then_some(now),
            clients: document.clients().map(|(outbox, ..)| outbox.clone()).collect(),
            captured: None,
            checkpointing: false,
            checkpoint_wanted: false,
            last_checkpoint: None,
            checkpointed: document.seq() - opened.journal_transactions.min(document.seq()),
            journal_bytes: opened.journal_bytes,
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
        self.pending.bytes += line.len() as u64;
        self.pending.lines.push(line);
        self.pending.last = transaction.seq;
        self.pending.since.get_or_insert(now);
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
        self.appending.is_none() || !(self.checkpointing || self.captured.is_some())
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
            checkpointing: self.checkpointing || self.captured.is_some(),
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

    /// Has the strategy asked again at this time at the latest.
    pub fn wake_by(&mut self, at: Instant) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// When [`Saver::proceed`] is to be called even if nothing happens.
    pub fn due(&self) -> Option<Instant> {
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
        if self.retry_at.is_some_and(|at| at > now) {
            return;
        }
        self.retry_at = None;
        self.overrule(now);
        self.checkpoint_wanted &= !self.keeps_journal;
        if self.checkpoint_wanted && !self.checkpointing && self.captured.is_none() {
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
            self.start_append(now);
        }
        if !journal_behind && let Some(captured) = self.captured.take() {
            self.start_checkpoint(captured);
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
        match event {
            SaverEvent::Appended { batch, result } => self.on_appended(batch, result),
            SaverEvent::Checkpointed { captured, result } => self.on_checkpointed(*captured, result),
        }
    }

    fn on_appended(&mut self, batch: PendingBatch, result: Result<(), StoreError>) -> SaverNews {
        let (last, bytes, began) = self.appending.take().expect("an append ends only after it has begun");
        let took = began.elapsed();
        self.append_cost = (self.append_cost * 3 + took) / 4;
        match result {
            Ok(()) => {
                self.on_success();
                self.durable = last;
                self.journal_bytes += bytes;
                self.last_append = Some(Instant::now());
                SaverNews::Durable(last)
            }
            Err(error) => {
                self.failed = Some(batch);
                self.append_wanted = true;
                self.on_failure("append to the durable journal", &error)
            }
        }
    }

    fn on_checkpointed(&mut self, captured: Captured, result: Result<(), StoreError>) -> SaverNews {
        self.checkpointing = false;
        match result {
            Ok(()) => {
                self.on_success();
                self.checkpointed = captured.checkpoint.seq;
                self.journal_bytes -= captured.journal_bytes.min(self.journal_bytes);
                self.last_checkpoint = Some(Instant::now());
                SaverNews::Ask
            }
            Err(error) => {
                self.changed.extend(captured.changed);
                self.clients.extend(captured.clients);
                self.changed_since = captured.changed_since.or(self.changed_since);
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

    fn start_append(&mut self, now: Instant) {
        let batch = self.failed.take().unwrap_or_else(|| mem::take(&mut self.pending));
        self.appending = Some((batch.last, batch.bytes, now));
        let (store, project, epoch, events) =
            (self.store.clone(), self.project.clone(), self.epoch, self.events.clone());
        tokio::spawn(async move {
            let result = store.append(&project, epoch, batch.to_journal()).await;
            // The room may have ended meanwhile; then nobody needs to know.
            let _ = events.send(SaverEvent::Appended { batch, result });
        });
    }

    fn start_checkpoint(&mut self, mut captured: Box<Captured>) {
        self.checkpointing = true;
        captured.journal_bytes = self.journal_bytes;
        let (store, project, epoch, events) =
            (self.store.clone(), self.project.clone(), self.epoch, self.events.clone());
        tokio::spawn(async move {
            let result = store.checkpoint(&project, epoch, captured.checkpoint.clone()).await;
            let _ = events.send(SaverEvent::Checkpointed { captured, result });
        });
    }

    /// The changed shapes at this place in the order.
    fn capture(&mut self, document: &Document) -> Captured {
        let changed = mem::take(&mut self.changed);
        let clients = mem::take(&mut self.clients);
        let mut checkpoint = Checkpoint { seq: document.seq(), ..Checkpoint::default() };
        for id in &changed {
            // A deletion that the document has forgotten is as old as the whole checkpoint at most.
            let seq = document.changed(id).unwrap_or(document.seq());
            match document.get(id) {
                Some(_) if document.set_aside().contains_key(id) => {}
                Some(shape) => checkpoint.changed.push((shape.clone(), seq)),
                None => checkpoint.deleted.push((id.clone(), seq)),
            }
        }
        let known = document.clients().filter(|(outbox, ..)| clients.contains(*outbox));
        checkpoint.clients =
            known.map(|(outbox, number, seq)| StoredClient { outbox: outbox.clone(), number, seq }).collect();
        Captured { checkpoint, changed, changed_since: self.changed_since.take(), clients, journal_bytes: 0 }
    }

    /// Saves everything and hands the canvas back. Waits for the store, trying again until `deadline`.
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
            if self.is_idle() {
                return self.store.close(&self.project, self.epoch).await;
            }
            let wait = self.retry_at.unwrap_or(deadline).min(deadline);
            let event = tokio::time::timeout_at(wait, events.recv()).await.ok().flatten();
            if event.is_some_and(|event| self.on_event(event) == SaverNews::Fenced) {
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
        let at_rest = self.appending.is_none() && !self.checkpointing && self.captured.is_none();
        at_rest && self.pending_since().is_none() && (self.changed.is_empty() || self.keeps_journal)
    }

    fn floor(&self) -> Duration {
        Duration::from_millis(self.limits.save_floor_ms)
    }

    fn milliseconds(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }
}
