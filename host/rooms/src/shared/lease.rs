//! Which host saves a canvas: the one that holds the lease, with a fence that the store checks (D4).

use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use collabcanvas_storage::{Claim, Claiming, HotPlace, HotTier, LEASE, StoreError};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use super::cached::{self, CacheSource};
use super::{OrderEvent, Shared};
use crate::metrics::HeldLease;
use crate::room::Room;
use crate::saver::SaverEvent;

/// Transactions, bytes of them, and time after which a snapshot is kept for whoever opens the canvas next.
const SNAPSHOT_TRANSACTIONS: Seq = 400;
const SNAPSHOT_BYTES: u64 = 512 * 1024;
const SNAPSHOT_AGE: std::time::Duration = std::time::Duration::from_secs(20);

/// How long a host that is about to end waits for the one that saves before it asks whether it is its turn now.
const TURN: std::time::Duration = std::time::Duration::from_millis(200);

/// What came of asking for the lease.
pub(crate) enum LeaseNews {
    /// This host saves from now on.
    Claimed(Claim),
    /// It still does.
    Kept,
    /// Another host does.
    Refused,
    /// The canvas has this epoch by now.
    Passed(Epoch),
    /// The order came back without its last transactions, of which those up to here are durable.
    Behind(Seq),
    /// Nobody knows; the fence sees to it that nothing is overwritten.
    Failed(String),
}

/// The lease as this room knows it.
pub(super) struct Lease {
    /// When it is to be asked for or renewed next.
    next: Instant,
    asking: bool,
    /// Up to where everybody was told what is durable.
    noted: Seq,
    noting: bool,
    /// As of when a snapshot is kept, how much was durable then, in bytes, and when that was looked at.
    kept: Seq,
    kept_bytes: u64,
    keeping: bool,
    kept_at: Instant,
    /// That it is held, for the count.
    held: Option<HeldLease>,
}

impl Lease {
    pub fn new(now: Instant) -> Self {
        Self {
            next: now,
            asking: false,
            noted: 0,
            noting: false,
            kept: 0,
            kept_bytes: 0,
            keeping: false,
            kept_at: now,
            held: None,
        }
    }

    /// The order is lost, and with it the lease.
    pub fn lost(&mut self, now: Instant) {
        (self.next, self.noted, self.kept, self.kept_bytes) = (now, 0, 0, 0);
        self.held = None;
    }
}

impl Room {
    /// When the lease is to be asked for or renewed.
    pub(crate) fn lease_due(&self) -> Option<Instant> {
        let lease = &self.shared.as_ref().filter(|shared| shared.is_ready() || self.saver.writes())?.lease;
        let wanted = self.saver.writes() || self.saver.has_work();
        (wanted && !lease.asking).then_some(lease.next)
    }

    /// Asks for the lease or renews it, and tells again what may not have been heard.
    pub(crate) fn ask_for_lease(&mut self, now: Instant) {
        if self.lease_due().is_none_or(|due| due > now) {
            return;
        }
        let writes = self.saver.writes();
        let (epoch, seq) = (self.document.epoch(), self.document.seq());
        let Some(shared) = &mut self.shared else { return };
        shared.lease.asking = true;
        shared.lease.next = now + LEASE / 3;
        let (tier, store, project) = (shared.tier.clone(), shared.stores.canvas.clone(), shared.project.clone());
        let (host, events) = (shared.host.clone(), shared.events.clone());
        tokio::spawn(async move {
            let news = match tier.lease(&project, &host).await {
                Ok(false) => LeaseNews::Refused,
                Ok(true) if writes => LeaseNews::Kept,
                Ok(true) => match store.claim(&project, Claiming::Epoch(epoch)).await {
                    Ok(claim) if claim.durable > seq && !reaches(&*tier, &project, &claim).await => {
                        LeaseNews::Behind(claim.durable)
                    }
                    Ok(claim) => LeaseNews::Claimed(claim),
                    Err(StoreError::EpochPassed { found, .. }) => LeaseNews::Passed(found),
                    Err(error) => LeaseNews::Failed(error.to_string()),
                },
                Err(error) => LeaseNews::Failed(error.to_string()),
            };
            let _ = events.send(OrderEvent::Lease(news));
        });
        self.note_durable();
        self.keep_snapshot(now);
    }

    pub(crate) async fn on_lease(&mut self, news: LeaseNews) {
        let Some(shared) = &mut self.shared else { return };
        shared.lease.asking = false;
        if shared.is_opening() && !self.saver.writes() {
            // The canvas is being opened anew: what was claimed was claimed for the old one.
            return;
        }
        match news {
            LeaseNews::Claimed(claim) if claim.epoch == self.document.epoch() => {
                tracing::debug!(project = %self.project, fence = claim.fence, durable = claim.durable, "this host saves the canvas");
                shared.lease.held = Some(shared.metrics.hold_lease());
                self.saver.begin(claim, &self.document);
                self.told_durable(self.saver.durable);
                self.save().await;
            }
            LeaseNews::Kept => {}
            LeaseNews::Refused => {
                shared.lease.held = None;
                self.saver.resign();
            }
            LeaseNews::Claimed(_) => self.reopen(),
            LeaseNews::Passed(epoch) => self.pass_to(epoch),
            LeaseNews::Behind(durable) => {
                shared.seen = shared.seen.max(durable);
                self.reopen();
            }
            LeaseNews::Failed(error) => {
                tracing::warn!(project = %self.project, %error, "the saver's lease could not be had or renewed");
            }
        }
    }

    /// Everything up to here is durable: people are told, here and on other hosts.
    pub(crate) fn told_durable(&mut self, seq: Seq) {
        self.release_held(seq);
        self.outgoing.durable = Some(seq);
        self.note_durable();
        self.keep_snapshot(Instant::now());
    }

    /// Tells everybody what is durable, unless they know or are being told.
    pub(crate) fn note_durable(&mut self) {
        let (epoch, durable) = (self.document.epoch(), self.saver.durable);
        let writes = self.saver.writes();
        let Some(shared) = self.shared.as_mut().filter(|shared| writes && shared.lease.noted < durable) else { return };
        if std::mem::replace(&mut shared.lease.noting, true) {
            return;
        }
        let (tier, project, events) = (shared.tier.clone(), shared.project.clone(), shared.events.clone());
        let before = shared.lease.noted;
        tokio::spawn(async move {
            let noted = tier.note_durable(&project, epoch, durable).await;
            // One that failed is tried again with the next, or when the lease is renewed.
            let _ = events.send(OrderEvent::Noted(if noted.is_ok() { durable } else { before }));
        });
    }

    pub(crate) fn on_noted(&mut self, seq: Seq) {
        let Some(shared) = &mut self.shared else { return };
        shared.lease.noting = false;
        let went_on = seq > shared.lease.noted;
        shared.lease.noted = shared.lease.noted.max(seq);
        if went_on {
            self.note_durable();
        }
    }

    /// Keeps a snapshot for whoever opens the canvas next, now and then.
    fn keep_snapshot(&mut self, now: Instant) {
        let (durable, checkpoint, bytes) = (self.saver.durable, self.saver.checkpointed(), self.saver.journaled());
        let writes = self.saver.writes();
        let Some(shared) = self.shared.as_mut().filter(|_| writes) else { return };
        let lease = &mut shared.lease;
        let since = durable.saturating_sub(lease.kept);
        let due = since >= SNAPSHOT_TRANSACTIONS
            || bytes >= lease.kept_bytes + SNAPSHOT_BYTES
            || (since > 0 && now >= lease.kept_at + SNAPSHOT_AGE);
        if lease.keeping || !due {
            return;
        }
        (lease.keeping, lease.kept_at, lease.kept_bytes) = (true, now, bytes);
        let place = HotPlace { epoch: self.document.epoch(), seq: self.document.seq() };
        let source = CacheSource::of(&self.document, checkpoint);
        let keeping = keep(shared, place, source);
        tokio::spawn(keeping);
    }

    pub(crate) fn on_kept(&mut self, seq: Seq) {
        if let Some(shared) = &mut self.shared {
            shared.lease.keeping = false;
            shared.lease.kept = shared.lease.kept.max(seq);
        }
    }

    /// Sees to it that everything is saved that this room holds, by this host or by the one whose turn it is, as the room
    /// is about to end: until then it may be the only one that holds it besides the hot tier (D2). When another host has
    /// begun the next epoch by now, it is handed in to it first.
    pub(crate) async fn hand_over(
        &mut self,
        saver_events: &mut UnboundedReceiver<SaverEvent>,
        orders: &mut UnboundedReceiver<OrderEvent>,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        loop {
            let saved = self.save_in_turn(saver_events, deadline).await;
            match &saved {
                Ok(()) if !self.holds_unsaved() => return saved,
                Err(StoreError::EpochPassed { found, .. }) => self.pass_to(*found),
                Err(StoreError::NoSuchProject(_)) => return saved,
                _ => {}
            }
            let now = Instant::now();
            if now >= deadline {
                let late =
                    "what others are to save, or to give a place again, was not saved in time; browsers still hold it";
                return saved.and_then(|()| Err(StoreError::Failed(late.into())));
            }
            self.listen_while(Self::holds_unsaved, orders, deadline.min(now + TURN)).await;
        }
    }

    /// Whether this room holds something that has had its place in the order and is not durable.
    fn holds_unsaved(&self) -> bool {
        self.saver.holds_unsaved() || self.shared.as_ref().is_some_and(|shared| shared.handing_in)
    }

    /// The store has this epoch, in which the canvas is opened anew.
    fn pass_to(&mut self, epoch: Epoch) {
        if let Some(shared) = &mut self.shared {
            shared.passed = shared.passed.max(epoch);
            self.reopen();
        }
    }

    /// Saves what no other host saves, and gives the lease back.
    async fn save_in_turn(
        &mut self,
        saver_events: &mut UnboundedReceiver<SaverEvent>,
        deadline: Instant,
    ) -> Result<(), StoreError> {
        let epoch = self.document.epoch();
        let Some(shared) = &self.shared else { return Ok(()) };
        let (tier, store, project) = (shared.tier.clone(), shared.stores.canvas.clone(), shared.project.clone());
        let host = shared.host.clone();
        if !self.saver.writes() && self.saver.has_work() {
            // When nobody can say who holds the lease, the fence still keeps two from writing.
            if tier.lease(&project, &host).await.unwrap_or(true) {
                let claim = store.claim(&project, Claiming::Epoch(epoch)).await?;
                self.saver.begin(claim, &self.document);
            } else if let Ok(Some(standing)) = tier.standing(&project).await
                && standing.epoch == epoch
            {
                // Whoever saves may have told it before this room began to listen.
                self.saver.saved_elsewhere(standing.durable);
            }
        }
        if !self.saver.writes() {
            return Ok(());
        }
        let saved = self.saver.finish(&self.document, saver_events, deadline).await;
        if self.saver.writes() {
            // Whoever cannot be told now is told by the next who saves.
            let _ = tier.note_durable(&project, epoch, self.saver.durable).await;
            let place = HotPlace { epoch, seq: self.document.seq() };
            if let Some(shared) = self.shared.as_ref().filter(|shared| shared.lease.kept < place.seq) {
                keep(shared, place, CacheSource::of(&self.document, self.saver.checkpointed())).await;
            }
        }
        let _ = tier.release(&project, &host).await;
        saved
    }
}

/// Whether the order has everything that is durable.
async fn reaches(tier: &dyn HotTier, project: &ProjectId, claim: &Claim) -> bool {
    match tier.standing(project).await {
        Ok(Some(standing)) => standing.epoch != claim.epoch || standing.last >= claim.durable,
        Ok(None) => false,
        // Nobody knows now; an order that is lost is noticed by the next append.
        Err(_) => true,
    }
}

/// Keeps a snapshot, and says so.
fn keep(shared: &Shared, place: HotPlace, source: Option<CacheSource>) -> impl Future<Output = ()> + Send + 'static {
    let (tier, project, events) = (shared.tier.clone(), shared.project.clone(), shared.events.clone());
    async move {
        cached::keep(tier, project, place, source).await;
        let _ = events.send(OrderEvent::Kept(place.seq));
    }
}
