//! A canvas that many hosts have open: the hot tier gives its transactions their places, and each room follows.
//!
//! The room checks edits as always, against the document and what of its own is on its way ([`Ahead`]), and hands them
//! to the hot tier, one append at a time. What comes back, its own edits among it, is applied in the tier's order, so
//! that every host holds the same canvas (S1). When the order is lost, the canvas is opened anew ([`opening`]) and
//! what this room holds beyond the durable point is handed in again (D2). One host at a time saves ([`lease`]).
//! Presence and changes of roles travel as notices ([`neighbours`]).

mod cached;
#[cfg(test)]
mod compatibility;
mod early;
mod lease;
mod neighbours;
mod opening;
mod order;

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_canvas::{Ahead, Epoch, Outbox, ProjectId, Seq};
use collabcanvas_storage::{Entry, Following, HotError, HotEvent, HotTier};
use rand::distr::{Alphanumeric, SampleString};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use crate::edits::Author;
use crate::metrics::Metrics;
use crate::protocol::Place;
use crate::rooms::Stores;

pub(crate) use lease::LeaseNews;
pub(crate) use neighbours::Notice;
pub(crate) use opening::{SharedCanvas, Tiers, open};

/// How long edits may wait for the hot tier before people are told.
const STALL: Duration = Duration::from_secs(2);
/// Authors that are remembered; beyond it those whose transactions have their place already are forgotten.
const MAX_AUTHORS: usize = 10_000;

/// What the tasks of a shared canvas tell its room.
pub(crate) enum OrderEvent {
    /// The append that was under way is done, or the order is not the one it was meant for.
    Appended(Result<(), HotError>),
    /// The canvas was opened anew; none: its project is gone.
    Opened(Option<Box<SharedCanvas>>),
    /// What came of asking for the lease.
    Lease(LeaseNews),
    /// Everybody was told that everything up to here is durable.
    Noted(Seq),
    /// A snapshot as of here is in the hot tier.
    Kept(Seq),
    /// Where the order stands, if that can be found out.
    Stands(Option<Place>),
    /// Who is a member, as the store says.
    Members(Vec<(collabcanvas_canvas::UserId, collabcanvas_access::Role)>),
}

/// What the order does for this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    /// An append is under way since then.
    Appending(Instant),
    /// An append that began then is done, and what it gave places to has yet to be heard: what comes next is checked
    /// against a canvas that has it.
    Hearing(Instant),
    /// The canvas is being opened anew since then.
    Opening(Instant),
}

/// A room's part in an order that many hosts share.
pub(crate) struct Shared {
    tier: Arc<dyn HotTier>,
    stores: Stores,
    metrics: Arc<Metrics>,
    project: ProjectId,
    /// The name of this room among those that have the canvas open.
    pub host: SmolStr,
    events: UnboundedSender<OrderEvent>,
    heard: UnboundedReceiver<HotEvent>,
    following: Following,
    state: State,
    /// The last transaction of this epoch that is known to have been in the order, besides the document's.
    seen: Seq,
    /// The epoch that the store has, as far as this room was told.
    passed: Epoch,
    /// What this room's next transactions are checked against, besides the document.
    pub ahead: Ahead,
    /// Checked, for the next append.
    batch: Vec<Entry>,
    /// In the append that is under way or has yet to be heard, or for the one after the canvas is open again.
    in_flight: Vec<Entry>,
    /// Whether something in flight has had a place already, in an order that is lost.
    handing_in: bool,
    authors: FxHashMap<(Outbox, u64), Author>,
    last_append: Instant,
    stall_told: bool,
    /// Sessions that come from another host and know more of the order than this one.
    early: Vec<early::Early>,
    lease: lease::Lease,
    neighbours: neighbours::Neighbours,
    /// Has the room use the plugins that the project has enabled now.
    reload_plugins: Arc<dyn Fn(String) + Send + Sync>,
}

/// What a [`Shared`] is made of, besides the canvas.
pub(crate) struct SharedParts {
    pub tier: Arc<dyn HotTier>,
    pub stores: Stores,
    pub metrics: Arc<Metrics>,
    pub events: UnboundedSender<OrderEvent>,
    pub reload_plugins: Arc<dyn Fn(String) + Send + Sync>,
}

impl Shared {
    pub fn new(
        parts: SharedParts,
        project: ProjectId,
        following: Following,
        heard: UnboundedReceiver<HotEvent>,
    ) -> Self {
        let SharedParts { tier, stores, metrics, events, reload_plugins } = parts;
        let now = Instant::now();
        Self {
            tier,
            stores,
            metrics,
            project,
            host: Alphanumeric.sample_string(&mut rand::rng(), 8).into(),
            events,
            heard,
            following,
            state: State::Ready,
            seen: 0,
            passed: 0,
            ahead: Ahead::default(),
            batch: Vec::new(),
            in_flight: Vec::new(),
            handing_in: false,
            authors: FxHashMap::default(),
            last_append: now - Duration::from_secs(1),
            stall_told: false,
            early: Vec::new(),
            lease: lease::Lease::new(now),
            neighbours: neighbours::Neighbours::new(now),
            reload_plugins,
        }
    }

    /// Whether edits can be given places now.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Whether the canvas is being opened anew.
    fn is_opening(&self) -> bool {
        matches!(self.state, State::Opening(_))
    }

    /// Whether edits have waited so long that people are to be told.
    fn is_stalled(&self, now: Instant) -> bool {
        match self.state {
            State::Ready => false,
            State::Appending(since) | State::Hearing(since) | State::Opening(since) => now >= since + STALL,
        }
    }
}

/// Waits for what the hot tier tells; for ever where there is none.
pub(crate) async fn hear(shared: &mut Option<Box<Shared>>) -> HotEvent {
    match shared {
        Some(shared) => match shared.heard.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}
