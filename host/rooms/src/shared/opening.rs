//! Opening a canvas that many hosts share: where its order stands, what it was, and what has happened since.

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use collabcanvas_storage::{
    CanvasStore, Claiming, Following, HotEnd, HotError, HotEvent, HotPlace, HotTier, Standing, StoreError,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::OrderEvent;
use super::cached::CacheSource;
use crate::error::RoomError;
use crate::load::{self, Opened};
use crate::metrics::Metrics;
use crate::snapshot::Snapshot;

/// How often opening is tried before whoever asked is told that it does not work.
const ATTEMPTS: usize = 10;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);
/// Longest that the backlog is waited for.
const BACKLOG: Duration = Duration::from_secs(5);

/// A canvas as it was opened, and the order from there on.
pub(crate) struct SharedCanvas {
    pub opened: Opened,
    /// The snapshot as browsers load it, where it was at hand. It may be a little older.
    pub snapshot: Option<Snapshot>,
    pub following: Following,
    pub heard: UnboundedReceiver<HotEvent>,
}

/// What a canvas is opened with.
#[derive(Clone, Copy)]
pub(crate) struct Tiers<'a> {
    pub tier: &'a Arc<dyn HotTier>,
    pub store: &'a dyn CanvasStore,
    pub metrics: &'a Metrics,
}

/// Why an attempt failed.
enum Failure {
    /// Something has moved meanwhile, or cannot be reached: trying again may help.
    Again(RoomError),
    /// There is no such project.
    Gone(ProjectId),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchProject(project) => Self::Gone(project),
            other => Self::Again(RoomError::Store(other)),
        }
    }
}

impl From<HotError> for Failure {
    fn from(error: HotError) -> Self {
        Self::Again(RoomError::Order(error))
    }
}

/// Opens a canvas for the first who enters.
pub(crate) async fn open(tiers: Tiers<'_>, project: &ProjectId) -> Result<SharedCanvas, RoomError> {
    let mut backoff = FIRST_BACKOFF;
    let (mut failed, mut guess) = (RoomError::Gone, 0);
    for _ in 0..ATTEMPTS {
        match attempt(tiers, project, None, &mut guess).await {
            Ok(canvas) => return Ok(canvas),
            Err(Failure::Gone(project)) => return Err(RoomError::NoSuchProject(project)),
            Err(Failure::Again(error)) => failed = error,
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
    }
    Err(failed)
}

/// Opens a canvas anew for a room that has seen the order up to `seen` and held it in `epoch`. Tries for as long as the
/// room is there; none when the project is not.
pub(super) async fn open_until(
    tiers: Tiers<'_>,
    project: &ProjectId,
    seen: HotPlace,
    epoch: Epoch,
    room: &UnboundedSender<OrderEvent>,
) -> Option<SharedCanvas> {
    let (mut backoff, mut guess) = (FIRST_BACKOFF, epoch);
    while !room.is_closed() {
        match attempt(tiers, project, Some(seen), &mut guess).await {
            Ok(canvas) => return Some(canvas),
            Err(Failure::Gone(_)) => return None,
            Err(Failure::Again(error)) => {
                tracing::warn!(%project, %error, retry_in = ?backoff, "the canvas cannot be opened anew");
            }
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
    }
    None
}

async fn attempt(
    tiers: Tiers<'_>,
    project: &ProjectId,
    seen: Option<HotPlace>,
    guess: &mut Epoch,
) -> Result<SharedCanvas, Failure> {
    let mut standing = standing(tiers, project, seen, guess).await?;
    let (mut opened, mut snapshot) = read(tiers, project, standing, guess).await?;
    if opened.document.seq() > standing.last {
        // It came back without its last transactions, of which some are durable.
        standing = begin_anew(tiers, project, standing.epoch).await?;
        (opened, snapshot) = read(tiers, project, standing, guess).await?;
    }
    opened.durable = opened.durable.max(standing.durable.min(opened.document.seq()));
    let (events, mut heard) = unbounded_channel();
    // Also what is in a snapshot already, as far as it is not durable: whoever saves next has to have it.
    let after = opened.document.seq().min(opened.durable);
    let following = tiers.tier.follow(project, standing.epoch, after, events).await?;
    wait_for(standing.last, &mut opened, &mut heard).await?;
    if snapshot.is_none() {
        // Whoever opens the canvas next finds it in the hot tier.
        let place = HotPlace { epoch: standing.epoch, seq: opened.document.seq() };
        let source = CacheSource::of(&opened.document, opened.checkpoint);
        tokio::spawn(super::cached::keep(tiers.tier.clone(), project.clone(), place, source));
    }
    Ok(SharedCanvas { opened, snapshot, following, heard })
}

/// Where the order stands; begun anew if it is lost.
async fn standing(
    tiers: Tiers<'_>,
    project: &ProjectId,
    seen: Option<HotPlace>,
    guess: &mut Epoch,
) -> Result<Standing, Failure> {
    let standing = tiers.tier.standing(project).await?;
    // One that came back without its last transactions, or as it was an epoch ago, would give their places to others.
    let whole = |standing: &Standing| seen.is_none_or(|seen| (standing.epoch, standing.last) >= (seen.epoch, seen.seq));
    if let Some(standing) = standing.filter(whole) {
        return Ok(standing);
    }
    match begin_anew(tiers, project, *guess).await {
        // Somebody else may be about to begin this one.
        Err(Failure::Again(RoomError::Store(StoreError::EpochPassed { project, expected, found }))) => {
            *guess = found;
            if seen.is_none() {
                return begin_anew(tiers, &project, found).await;
            }
            Err(StoreError::EpochPassed { project, expected, found }.into())
        }
        begun => begun,
    }
}

/// Begins the epoch after this one, from the durable point on.
async fn begin_anew(tiers: Tiers<'_>, project: &ProjectId, epoch: Epoch) -> Result<Standing, Failure> {
    let claim = tiers.store.claim(project, Claiming::After(epoch)).await?;
    tracing::info!(%project, epoch = claim.epoch, after = claim.durable, "the order begins anew");
    let standing = tiers.tier.begin(project, claim.epoch, claim.durable).await?;
    tiers.metrics.epochs_begun.add();
    Ok(standing)
}

/// The canvas as the hot tier's snapshot has it, else as the store has it.
async fn read(
    tiers: Tiers<'_>,
    project: &ProjectId,
    standing: Standing,
    guess: &mut Epoch,
) -> Result<(Opened, Option<Snapshot>), Failure> {
    let snapshot = tiers.tier.snapshot(project).await.unwrap_or_default();
    let usable = |place: &HotPlace| place.epoch == standing.epoch && place.seq >= standing.floor;
    if let Some((_, bytes)) = snapshot.filter(|(place, _)| usable(place)) {
        let read = tokio::task::spawn_blocking(move || super::cached::read(&bytes)).await;
        match read.map_err(|_| Failure::Again(RoomError::Gone))? {
            Ok((opened, snapshot)) => {
                tiers.metrics.opened_from_cache.add();
                return Ok((opened, Some(snapshot)));
            }
            Err(error) => tracing::warn!(%project, %error, "the cached snapshot cannot be read; the store is read"),
        }
    }
    let stored = tiers.store.load(project).await?;
    if stored.epoch != standing.epoch {
        // Somebody begins the next epoch at this moment, or wanted to and was lost, or the order came back as it was
        // an epoch ago.
        if std::mem::replace(guess, stored.epoch) == stored.epoch {
            begin_anew(tiers, project, stored.epoch).await?;
        }
        return Err(Failure::Again(RoomError::Order(HotError::Epoch { found: stored.epoch })));
    }
    let name = project.clone();
    let opened = tokio::task::spawn_blocking(move || load::document(&name, stored)).await;
    let mut opened = opened.map_err(|_| Failure::Again(RoomError::Gone))?;
    opened.fence = None;
    tiers.metrics.opened_from_store.add();
    Ok((opened, None))
}

/// Takes in what has happened up to this place, so that whoever enters finds the canvas of now.
async fn wait_for(last: Seq, opened: &mut Opened, heard: &mut UnboundedReceiver<HotEvent>) -> Result<(), Failure> {
    let deadline = tokio::time::Instant::now() + BACKLOG;
    while opened.last() < last {
        let event = tokio::time::timeout_at(deadline, heard.recv()).await.ok().flatten();
        match event {
            Some(HotEvent::Ordered { first, lines, .. }) => opened.take_in(first, lines),
            Some(HotEvent::Ended(HotEnd::Epoch(found))) => return Err(HotError::Epoch { found }.into()),
            Some(HotEvent::Ended(_)) => return Err(HotError::Lost.into()),
            Some(_) => {}
            None => return Err(HotError::Unavailable("the order's last transactions do not come".into()).into()),
        }
    }
    Ok(())
}
