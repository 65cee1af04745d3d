//! What a Redis says of itself, for who starts a host and for `collabcanvas doctor`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fred::clients::Client;
use fred::interfaces::{ClientLike, EventInterface};
use fred::types::{ClusterHash, CustomCommand, Value};
use tokio::sync::broadcast::error::RecvError;

use super::connection::{client, failure};
use super::{RedisConfig, RedisHotTier};
use crate::HotError;

/// Times that Redis is asked for its latency.
const PINGS: usize = 9;

/// What becomes of a connection to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisTrouble {
    /// It broke, or could not be made.
    Error,
    /// It was made again.
    Reconnection,
}

impl RedisHotTier {
    /// Tells each trouble with the connection, for as long as it is polled. Of very many at once some are left out.
    pub async fn watch_troubles(&self, mut tell: impl FnMut(RedisTrouble)) {
        let (mut errors, mut again) = (self.shared.connection.errors(), self.shared.connection.reconnections());
        loop {
            let (trouble, told) = tokio::select! {
                error = errors.recv() => (RedisTrouble::Error, error.map(drop)),
                server = again.recv() => (RedisTrouble::Reconnection, server.map(drop)),
            };
            match told {
                Ok(()) | Err(RecvError::Lagged(_)) => tell(trouble),
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// What a Redis says of itself.
#[derive(Clone, Debug)]
pub struct RedisReport {
    /// `redis` or `valkey`.
    pub server: String,
    /// Its version; of Valkey, the version of Redis that it takes the place of is in `redis_version`.
    pub version: String,
    /// The version of Redis whose commands it has.
    pub redis_version: String,
    /// What it does when its memory is full; empty when it does not say.
    pub eviction: String,
    /// Bytes that it may use; 0 without a limit.
    pub max_memory: u64,
    /// Bytes that it uses.
    pub used_memory: u64,
    /// Whether each change is appended to a file.
    pub append_only: bool,
    /// Seconds since its last snapshot was written; none when it never was.
    pub snapshot_age: Option<u64>,
    /// `master` or `slave`.
    pub role: String,
    /// How long an answer takes: the median of some.
    pub latency: Duration,
    /// By how much its clock is ahead of this host's, in seconds.
    pub clock_ahead: f64,
}

impl RedisReport {
    /// The first part of the version whose commands it has.
    pub fn major_version(&self) -> u32 {
        self.redis_version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
    }
}

/// Asks the Redis at this address about itself, on a connection of its own.
///
/// Errors: [`HotError::Unavailable`], with the reason, when it cannot be reached within [`RedisConfig::patience`], does
/// not let this user in, or is older than version 7.
pub async fn inspect_redis(config: &RedisConfig) -> Result<RedisReport, HotError> {
    let report = report_redis(config).await?;
    if report.major_version() < 7 {
        return Err(HotError::Unavailable(format!(
            "it has version {}, and version 7 or Valkey is needed (sharded pub/sub, script flags)",
            report.version
        )));
    }
    Ok(report)
}

/// The same, of whatever version it is.
pub async fn report_redis(config: &RedisConfig) -> Result<RedisReport, HotError> {
    let client = client(config, PINGS)?;
    let mut errors = client.error_rx();
    client.connect();
    let connected = tokio::time::timeout(config.patience, client.wait_for_connect()).await;
    let report = match connected {
        Ok(Ok(())) => ask(&client).await,
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(HotError::Unavailable(match errors.try_recv() {
            Ok((error, _)) => error.details().to_owned(),
            Err(_) => format!("no connection within {:?}", config.patience),
        })),
    };
    let _ = client.quit().await;
    report
}

async fn ask(client: &Client) -> Result<RedisReport, HotError> {
    let info = text(command(client, "INFO", vec!["everything".into()]).await?);
    let field = |name: &str| {
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned())
    };
    let number = |name: &str| field(name).and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    let mut latencies = Vec::with_capacity(PINGS);
    let mut clocks = Vec::with_capacity(PINGS);
    for _ in 0..PINGS {
        let (began, here) = (Instant::now(), seconds_now());
        let reply = command(client, "TIME", Vec::new()).await?;
        let latency = began.elapsed();
        latencies.push(latency);
        if let Some(there) = time(reply) {
            clocks.push(there - here - latency.as_secs_f64() / 2.0);
        }
    }
    latencies.sort();
    clocks.sort_by(f64::total_cmp);
    let redis_version = field("redis_version").unwrap_or_default();
    let valkey = field("valkey_version");
    let saved = number("rdb_last_save_time");
    // It counts its own start as a snapshot.
    let was_saved = number("rdb_saves") > 0;
    Ok(RedisReport {
        server: if valkey.is_some() { "valkey" } else { "redis" }.to_owned(),
        version: valkey.unwrap_or_else(|| redis_version.clone()),
        redis_version,
        eviction: field("maxmemory_policy").unwrap_or_default(),
        max_memory: number("maxmemory"),
        used_memory: number("used_memory"),
        append_only: number("aof_enabled") == 1,
        snapshot_age: was_saved.then(|| (seconds_now() as u64).saturating_sub(saved)),
        role: field("role").unwrap_or_default(),
        latency: latencies[PINGS / 2],
        clock_ahead: clocks.get(clocks.len() / 2).copied().unwrap_or_default(),
    })
}

async fn command(client: &Client, name: &'static str, arguments: Vec<Value>) -> Result<Value, HotError> {
    let command = CustomCommand::new_static(name, ClusterHash::Random, false);
    client.custom(command, arguments).await.map_err(|error| failure(&error))
}

fn text(value: Value) -> String {
    value.into_string().unwrap_or_default()
}

fn time(reply: Value) -> Option<f64> {
    let parts = reply.into_array();
    let part = |number: usize| parts.get(number)?.as_f64();
    Some(part(0)? + part(1)? / 1e6)
}

fn seconds_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64())
}
