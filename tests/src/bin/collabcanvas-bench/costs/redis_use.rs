//! A Redis of a measurement's own, and what it says about itself.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use collabcanvas_storage::{RedisConfig, RedisHotTier};
use collabcanvas_tests::costs::measured::{RedisLoad, RedisUse};

#[path = "../../../../../host/storage/tests/hot/server.rs"]
#[allow(dead_code, reason = "the store's own tests use more of it")]
mod server;

/// A Redis that nobody else uses.
pub struct Redis {
    server: server::Server,
}

/// What it has done up to an instant.
#[derive(Clone, Debug)]
pub struct Reading {
    at: Instant,
    cpu_seconds: f64,
    bytes_in: u64,
    bytes_out: u64,
    commands: u64,
    calls: Vec<(String, u64)>,
}

impl Redis {
    /// Starts one.
    pub fn start() -> Result<Self> {
        let program = server::Program::redis().context("there is no redis-server: `cargo xtask test` installs it")?;
        Ok(Self { server: server::Server::start(&program, &["--maxmemory-policy", "noeviction"]) })
    }

    /// A host's connection to it.
    pub async fn host(&self) -> Result<Arc<RedisHotTier>> {
        Ok(RedisHotTier::connect(RedisConfig::new(self.server.url())).await?)
    }

    /// What it has done so far.
    pub fn read(&self) -> Reading {
        let number = |text: &str, name: &str| -> f64 {
            let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            found.and_then(|value| value.trim().parse().ok()).unwrap_or_default()
        };
        let cpu = self.server.ask(&["INFO", "cpu"]);
        let stats = self.server.ask(&["INFO", "stats"]);
        let commands = self.server.ask(&["INFO", "commandstats"]);
        let calls = commands.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            Some((name.to_owned(), rest.split(',').next()?.parse().ok()?))
        });
        let calls: Vec<(String, u64)> = calls.collect();
        Reading {
            at: Instant::now(),
            cpu_seconds: number(&cpu, "used_cpu_user") + number(&cpu, "used_cpu_sys"),
            bytes_in: number(&stats, "total_net_input_bytes") as u64,
            bytes_out: number(&stats, "total_net_output_bytes") as u64,
            commands: calls.iter().map(|(_, calls)| calls).sum(),
            calls,
        }
    }

    /// Bytes of all keys, and of those among them that stay for a day: all but the snapshot.
    pub fn keys_bytes(&self) -> (u64, u64) {
        let all = self.server.ask(&["KEYS", "*"]);
        let (snapshots, others): (Vec<&str>, Vec<&str>) =
            all.lines().filter(|key| !key.is_empty()).partition(|key| key.ends_with(":snapshot"));
        let others = self.bytes_of(&others);
        (others + self.bytes_of(&snapshots), others)
    }

    fn bytes_of(&self, keys: &[&str]) -> u64 {
        let sizes = keys.iter();
        sizes.filter_map(|key| self.server.ask(&["MEMORY", "USAGE", key, "SAMPLES", "0"]).parse::<u64>().ok()).sum()
    }
}

impl Reading {
    fn calls(&self, name: &str) -> u64 {
        self.calls.iter().find(|(known, _)| known == name).map_or(0, |(_, calls)| *calls)
    }

    /// CPU since an earlier reading, in ms a second.
    pub fn cpu_ms_since(&self, earlier: &Self) -> f64 {
        (self.cpu_seconds - earlier.cpu_seconds) * 1e3 / (self.at - earlier.at).as_secs_f64()
    }

    /// What was done since an earlier reading, by a project that so many hosts follow.
    pub fn since(&self, earlier: &Self, hosts: f64) -> RedisUse {
        let seconds = (self.at - earlier.at).as_secs_f64();
        let calls = |name: &str| (self.calls(name) - earlier.calls(name)) as f64 / seconds;
        // What the scripts do tells how often which ran: an append and a noting read the order once each, a noting adds
        // a mark, and each publishes once.
        let (durables, transactions) = (calls("rpush"), calls("xadd"));
        let appends = (calls("hmget") - durables).max(0.0);
        let notices = calls("spublish");
        let bytes_out = self.bytes_out - earlier.bytes_out;
        let load = RedisLoad {
            appends,
            transactions,
            durables,
            tells: (notices - appends - durables).max(0.0),
            deliveries: notices * hosts,
            delivered_kb: bytes_out as f64 / 1e3 / seconds,
        };
        RedisUse {
            seconds,
            cpu_seconds: self.cpu_seconds - earlier.cpu_seconds,
            commands: self.commands - earlier.commands,
            bytes_in: self.bytes_in - earlier.bytes_in,
            bytes_out,
            most_bytes: 0,
            idle_bytes: 0,
            load,
        }
    }
}
