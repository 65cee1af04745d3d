//! The hot tier on Redis (7 or later) or Valkey, alone, replicated or as a cluster.
//!
//! # Keys
//!
//! All keys of a project have its id as their hash tag: they are in one slot of a cluster, and one script can change
//! them in one step. `P` stands for `<prefix>{<project>}`.
//!
//! | key | kind | what | goes |
//! | --- | --- | --- | --- |
//! | `P:order` | hash | `epoch`, `floor`, `last`, `durable`; `run`, of the server that it was begun on: after a restart or a failover it counts as lost, because its last transactions may be; `bytes` appended so far; `scan`, where forgetting outboxes goes on; `o:<user>/<client>`: `<last number> <its place>` | when idle for [`RedisConfig::idle`] |
//! | `P:log` | stream | a transaction each, with the id `<seq>-0`; field `t`: its JSON after the sequence number | with `order`; trimmed up to `floor` |
//! | `P:marks` | list | `<seq> <bytes> <ms>`: what was durable when, for the trimming | with `order` |
//! | `P:lease` | string | the saver's holder | when not renewed for [`RedisConfig::lease`] |
//! | `P:snapshot` | string | `<epoch> <seq>`, a line break, the snapshot | after [`RedisConfig::snapshot`] |
//! | `P:events` | sharded channel | what followers are told ([`notice`]) | – |
//!
//! Redis has to be told not to evict (`maxmemory-policy noeviction`): a full one then refuses appends, which callers
//! can act upon. An order that lost some of its keys is noticed all the same, and ends.
//!
//! # How followers stay told
//!
//! A host has two connections for all of its projects, one for calls and one that hears. An append publishes the
//! transactions themselves when they are small, else how far the order is. A follower is told what comes next in
//! order; what came too early waits. A gap that no message closes within milliseconds is read from the log, and so is
//! everything when messages may have been lost: after a reconnection (first subscribed again, then told
//! [`HotEvent::Reconnected`](crate::HotEvent::Reconnected), then caught up), and when a slow comparison of all places
//! says so.
//!
//! # When Redis is restarted or fails over
//!
//! The last transactions may be gone, and the data do not tell. An order says which run of the server it was begun on:
//! on any other it is lost for everybody, and the next epoch begins ([`HotTier::begin`]), with what the server still has
//! after the durable point in front. Should an order be shorter than a follower has heard all the same, or have another
//! transaction at its place, the follower removes it.

mod connection;
mod feed;
mod feeds;
mod follow;
mod held;
mod inspect;
mod keys;
mod notice;
mod order;
mod scripts;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use fred::types::Value;
use tokio::{sync::mpsc::UnboundedSender, task::AbortHandle};

pub use self::inspect::{RedisReport, RedisTrouble, inspect_redis, report_redis};
use self::{connection::Connection, feeds::Feeds, keys::Keys, notice::Notice};
use crate::{Entry, Following, HotError, HotEvent, HotPlace, HotTier, LEASE, Standing};

/// How to reach Redis, and what it keeps for how long.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `redis://`, `rediss://` (TLS), `redis-cluster://` or `rediss-cluster://`, then
    /// `[user:password@]host:port[/database]`. More nodes of a cluster: `?node=host:port&node=…`.
    pub url: String,
    /// What all keys and channels begin with. No braces.
    pub prefix: String,
    /// This host's name among the hosts; unique for each start.
    pub host: String,
    /// How long a call may take.
    pub time_limit: Duration,
    /// How long [`RedisHotTier::connect`] waits for the first connection.
    pub patience: Duration,
    /// How long a lease lasts that is not renewed.
    pub lease: Duration,
    /// How long an order is kept that nobody follows or appends to.
    pub idle: Duration,
    /// How long a snapshot is kept.
    pub snapshot: Duration,
    /// Within this time what no message told is noticed.
    pub compare: Duration,
    /// An append of more bytes than this is not published itself, only that it happened.
    pub largest_notice: usize,
    /// What the order keeps of what is durable.
    pub kept: Kept,
}

/// What an order keeps of its durable transactions, for those who come back soon. What breaks one of the limits is
/// dropped when something is noted as durable next, by what was noted at once.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// So many transactions.
    pub transactions: u64,
    /// As long as not more bytes than these have been appended since.
    pub bytes: u64,
    /// For so long.
    pub time: Duration,
    /// Of more outboxes than these, those are forgotten all of whose transactions are dropped.
    pub outboxes: u64,
}

impl RedisConfig {
    /// The Redis at this address, with what suits most.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "collabcanvas:".to_owned(),
            host: format!("{:016x}", rand::random::<u64>()),
            time_limit: Duration::from_secs(1),
            patience: Duration::from_secs(5),
            lease: LEASE,
            idle: Duration::from_secs(24 * 60 * 60),
            snapshot: Duration::from_secs(60 * 60),
            compare: Duration::from_secs(4),
            largest_notice: 32 * 1024,
            kept: Kept { transactions: 1_000, bytes: 1024 * 1024, time: Duration::from_secs(5 * 60), outboxes: 2_048 },
        }
    }
}

/// The hot tier on Redis. Dropping it closes its connections.
pub struct RedisHotTier {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 3],
}

/// What a tier's tasks share.
struct Shared {
    connection: Connection,
    config: RedisConfig,
    feeds: Feeds,
    closed: AtomicBool,
    /// When it was last logged that a snapshot was dropped.
    dropped: Mutex<Option<Instant>>,
}

impl RedisHotTier {
    /// Connects, and stays connected as long as Redis can be reached. When it cannot be yet, this returns after
    /// [`RedisConfig::patience`], and calls fail until it can.
    ///
    /// Errors: [`HotError::Unavailable`] when the address cannot be read, or Redis is older than version 7.
    pub async fn connect(config: RedisConfig) -> Result<Arc<Self>, HotError> {
        if config.prefix.contains(['{', '}']) {
            return Err(HotError::Unavailable(format!("the key prefix {:?} has a brace in it", config.prefix)));
        }
        let connection = Connection::open(&config).await?;
        let (feeds, closed, dropped) = (Feeds::default(), AtomicBool::new(false), Mutex::new(None));
        let shared = Arc::new(Shared { connection, config, feeds, closed, dropped });
        let listening = tokio::spawn(shared.clone().listen()).abort_handle();
        let comparing = tokio::spawn(shared.clone().compare()).abort_handle();
        let logging = {
            let shared = shared.clone();
            tokio::spawn(async move { shared.connection.log_errors().await }).abort_handle()
        };
        Ok(Arc::new(Self { shared, tasks: [listening, comparing, logging] }))
    }
}

impl Drop for RedisHotTier {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        for task in &self.tasks {
            task.abort();
        }
        self.shared.connection.close();
    }
}

impl Shared {
    fn keys(&self, project: &ProjectId) -> Keys {
        Keys::new(&self.config.prefix, project)
    }

    /// Logs that snapshots are dropped, at most once a minute.
    fn log_dropped(&self, project: &ProjectId, why: &str) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if dropped.is_none_or(|at| at.elapsed() > Duration::from_secs(60)) {
            *dropped = Some(Instant::now());
            tracing::warn!(%project, "Redis keeps no snapshot, canvases open more slowly: {why}");
        }
    }
}

#[async_trait]
impl HotTier for RedisHotTier {
    async fn standing(&self, project: &ProjectId) -> Result<Option<Standing>, HotError> {
        order::stands(&self.shared.connection, &self.shared.keys(project)).await
    }

    async fn begin(&self, project: &ProjectId, epoch: Epoch, after: Seq) -> Result<Standing, HotError> {
        let Shared { connection, config, feeds, .. } = &*self.shared;
        let standing = order::begin(connection, config, &self.shared.keys(project), epoch, after).await?;
        if let Some(feed) = feeds.get(project) {
            feed.state().hear(standing.epoch);
        }
        Ok(standing)
    }

    async fn append(&self, project: &ProjectId, epoch: Epoch, entries: Vec<Entry>) -> Result<(), HotError> {
        let Shared { connection, config, .. } = &*self.shared;
        let keys = self.shared.keys(project);
        let mut rest = &entries[..];
        while !rest.is_empty() {
            let portion;
            (portion, rest) = rest.split_at(order::portion(rest));
            let heard = self.shared.feeds.get(project).map_or(0, |feed| feed.state().heard_of(epoch));
            match order::append(connection, config, &keys, epoch, heard, portion).await {
                Ok(appended) => self.shared.appended(project, epoch, appended.first, &appended.texts),
                Err(error) => return Err(self.shared.refused(project, error)),
            }
        }
        Ok(())
    }

    async fn follow(
        &self,
        project: &ProjectId,
        epoch: Epoch,
        after: Seq,
        events: UnboundedSender<HotEvent>,
    ) -> Result<Following, HotError> {
        self.shared.follow(project, epoch, after, events).await
    }

    async fn note_durable(&self, project: &ProjectId, epoch: Epoch, durable: Seq) -> Result<(), HotError> {
        let Shared { connection, config, feeds, .. } = &*self.shared;
        match order::note_durable(connection, config, &self.shared.keys(project), epoch, durable).await {
            Ok(durable) => {
                if let Some(feed) = feeds.get(project) {
                    feed.state().note(epoch, durable, durable);
                }
                Ok(())
            }
            Err(error) => Err(self.shared.refused(project, error)),
        }
    }

    async fn tell(&self, project: &ProjectId, notice: Bytes) -> Result<(), HotError> {
        let keys = self.shared.keys(project);
        let message = Notice::told(&self.shared.config.host, &notice);
        let arguments = vec![keys.channel.as_str().into(), Value::Bytes(message)];
        self.shared.connection.command("SPUBLISH", &keys, arguments).await.map(drop)
    }

    async fn lease(&self, project: &ProjectId, holder: &str) -> Result<bool, HotError> {
        let keys = self.shared.keys(project);
        let arguments = vec![holder.into(), order::text(self.shared.config.lease.as_millis() as u64)];
        let reply = self.shared.connection.run(&scripts::LEASE, &keys, &[&keys.lease], arguments).await?;
        connection::number(reply.first()).map(|held| held == 1)
    }

    async fn release(&self, project: &ProjectId, holder: &str) -> Result<(), HotError> {
        let keys = self.shared.keys(project);
        self.shared.connection.run(&scripts::RELEASE, &keys, &[&keys.lease], vec![holder.into()]).await.map(drop)
    }

    async fn keep_snapshot(&self, project: &ProjectId, place: HotPlace, snapshot: Bytes) -> Result<(), HotError> {
        let keys = self.shared.keys(project);
        let time = order::text(self.shared.config.snapshot.as_millis() as u64);
        let arguments = vec![order::text(place.epoch), order::text(place.seq), Value::Bytes(snapshot), time];
        match self.shared.connection.run(&scripts::SNAPSHOT, &keys, &[&keys.snapshot], arguments).await {
            Err(HotError::Full(why)) => {
                self.shared.log_dropped(project, &why);
                Ok(())
            }
            reply => reply.map(drop),
        }
    }

    async fn snapshot(&self, project: &ProjectId) -> Result<Option<(HotPlace, Bytes)>, HotError> {
        let keys = self.shared.keys(project);
        match self.shared.connection.command("GET", &keys, vec![keys.snapshot.as_str().into()]).await? {
            Value::Null => Ok(None),
            value => Ok(placed(&connection::bytes(value)?)),
        }
    }
}

/// Takes a kept snapshot apart. One that cannot be read is as good as none.
fn placed(kept: &Bytes) -> Option<(HotPlace, Bytes)> {
    let end = kept.iter().position(|byte| *byte == b'\n')?;
    let (epoch, seq) = std::str::from_utf8(&kept[..end]).ok()?.split_once(' ')?;
    let place = HotPlace { epoch: epoch.parse().ok()?, seq: seq.parse().ok()? };
    Some((place, kept.slice(end + 1..)))
}
