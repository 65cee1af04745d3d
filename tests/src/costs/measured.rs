//! What the bench scenario `costs` measures, as it is in `infra/costs/measured.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// The command that measured what is below.
    pub command: String,
    /// Whether it was a quick run, of one minute, which is good for no bill.
    pub quick: bool,
    /// How DynamoDB's stand-in counts, beside AWS's rules.
    pub counting: Vec<Counting>,
    /// A canvas that is opened cold.
    pub opening: Opening,
    /// Sessions that were played, each in a project of its own.
    pub sessions: Vec<Session>,
    /// What a Redis costs at different loads: the points that the scaling model is fitted to and checked against.
    pub redis: Vec<RedisPoint>,
    /// What a host costs.
    pub host: Hosts,
}

/// One request, counted by the stand-in and by AWS's rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Counting {
    /// What was done.
    pub request: String,
    /// Units that the stand-in reported; none: nothing.
    pub reported: Option<f64>,
    /// Units that AWS bills.
    pub billed: f64,
}

/// Opening a canvas that is in no host's memory and not in the hot tier, by one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opening {
    /// Shapes on the canvas.
    pub shapes: u64,
    /// Read units, by operation: `load`, and what tells who may.
    pub read_units: BTreeMap<String, f64>,
}

/// A session, and what it has used up until all hosts had closed the canvas.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// The save strategy.
    pub strategy: String,
    /// People who edited.
    pub people: u32,
    /// Hosts that they were connected to.
    pub hosts: u32,
    /// For how many minutes.
    pub minutes: f64,
    /// The trace's seed.
    pub seed: u64,
    /// Edits that were accepted.
    pub transactions: u64,
    /// From when an edit was sent until it was known to be durable, in ms, with a store that is so far away: `away_ms`.
    pub durable_p50_ms: f64,
    /// The 95th percentile.
    pub durable_p95_ms: f64,
    /// How long a request to the store takes besides what the stand-in takes, in ms.
    pub away_ms: u64,
    /// Requests to the store by operation.
    pub requests: BTreeMap<String, u64>,
    /// Write units by operation.
    pub write_units: BTreeMap<String, f64>,
    /// Read units by operation.
    pub read_units: BTreeMap<String, f64>,
    /// Shapes at the end, those that were there before among them.
    pub shapes: u64,
    /// Bytes of the project's items at the end by AWS's rules, 100 an item for its index among them.
    pub stored_bytes: u64,
    /// Those of the journal among them.
    pub journal_bytes: u64,
    /// Bytes that went to browsers, without the frames' own.
    pub browser_bytes: u64,
    /// Frames that went to browsers.
    pub browser_frames: u64,
    /// What the session's own Redis says.
    pub redis: RedisUse,
}

impl Session {
    /// Hours that people have spent, all together.
    pub fn user_hours(&self) -> f64 {
        f64::from(self.people) * self.minutes / 60.0
    }

    /// Write units that an hour of one person takes.
    pub fn write_units_per_hour(&self) -> f64 {
        self.write_units.values().sum::<f64>() / self.user_hours()
    }

    /// Read units that an hour of one person takes, without opening the canvas.
    pub fn read_units_per_hour(&self) -> f64 {
        self.read_units.values().sum::<f64>() / self.user_hours()
    }

    /// Bytes that an hour of one person sends to browsers.
    pub fn browser_bytes_per_hour(&self) -> f64 {
        // The onlooker who measures is a browser too.
        self.browser_bytes as f64 / self.user_hours()
    }
}

/// What a Redis has done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RedisUse {
    /// For how long, in seconds.
    pub seconds: f64,
    /// CPU time in seconds, of the idle Redis too.
    pub cpu_seconds: f64,
    /// Commands, those of scripts among them.
    pub commands: u64,
    /// Bytes that it was sent.
    pub bytes_in: u64,
    /// Bytes that it sent.
    pub bytes_out: u64,
    /// Bytes of the project's keys at most.
    pub most_bytes: u64,
    /// Bytes of the project's keys that stay for a day when nobody is there any more.
    pub idle_bytes: u64,
    /// What makes its cost, for the model.
    pub load: RedisLoad,
}

/// A load on one Redis, in numbers a second.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct RedisLoad {
    /// Appends: one script call each.
    pub appends: f64,
    /// Transactions in them.
    pub transactions: f64,
    /// Notings of what is durable: one script call each.
    pub durables: f64,
    /// Notices of presence.
    pub tells: f64,
    /// Messages that go to hosts: each append, noting and notice to each host that follows.
    pub deliveries: f64,
    /// Kilobytes in them.
    pub delivered_kb: f64,
}

/// A load, and what it cost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RedisPoint {
    /// What it was.
    pub about: String,
    /// Whether the model is fitted to it; others check the model.
    pub fitted: bool,
    /// The load.
    pub load: RedisLoad,
    /// CPU of the Redis, in ms a second.
    pub cpu_ms: f64,
}

/// What a host costs: the points that the scaling model is fitted to and checked against.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hosts {
    /// Loads on one host.
    pub points: Vec<HostPoint>,
    /// Memory of an idle connection, in KB.
    pub connection_kb: f64,
    /// Memory of an open room of 1,000 shapes, in KB.
    pub room_kb: f64,
    /// Deliveries a second of so many host processes on one Redis.
    pub deliveries_by_hosts: Vec<HostsPoint>,
}

/// A load on one host, and its CPU.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostPoint {
    /// What it was.
    pub about: String,
    /// Whether the model is fitted to it; others check the model.
    pub fitted: bool,
    /// Edits a second that it checked and applied.
    pub edits: f64,
    /// Frames a second that it sent.
    pub frames: f64,
    /// Transactions a second in them.
    pub deliveries: f64,
    /// Share of one core in percent.
    pub cpu_percent: f64,
}

/// Host processes that share a Redis, and what they delivered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostsPoint {
    /// Host processes.
    pub hosts: u32,
    /// Deliveries a second, all together.
    pub deliveries: f64,
}
