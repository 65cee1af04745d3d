//! How far it goes: a linear model of what a Redis and a host cost, fitted to measured points, and what a workload of
//! many connections asks of many hosts and a Redis cluster.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::bill::find;
use super::least_squares::fit;
use super::measured::{HostPoint, Measured, RedisLoad, RedisPoint, Session};

/// The strategy of the sessions that the workload resembles.
const STRATEGY: &str = "save-adaptive";
/// People in the session that tells of company.
const COMPANY: u32 = 10;

/// What a Redis costs: its CPU in ms a second.
#[derive(Clone, Copy, Debug)]
pub struct RedisModel([f64; 6]);

impl RedisModel {
    /// Names of what costs, in the order of [`RedisModel::microseconds`].
    pub const PARTS: [&str; 6] = [
        "idle, a second",
        "append",
        "transaction",
        "noting what is durable",
        "notice of presence",
        "message to a host",
    ];

    /// Fits it to the points that are meant for it.
    pub fn of(points: &[RedisPoint]) -> Self {
        let fitted: Vec<_> =
            points.iter().filter(|point| point.fitted).map(|point| (parts(&point.load), point.cpu_ms)).collect();
        Self(fit(&fitted))
    }

    /// CPU at this load, in ms a second.
    pub fn cpu_ms(&self, load: &RedisLoad) -> f64 {
        parts(load).iter().zip(self.0).map(|(count, cost)| count * cost).sum()
    }

    /// What each part costs, in µs.
    pub fn microseconds(&self) -> [f64; 6] {
        self.0.map(|cost| cost * 1e3)
    }

    /// The same without what an idle one takes.
    fn cpu_ms_of_work(&self, load: &RedisLoad) -> f64 {
        self.cpu_ms(load) - self.0[0]
    }
}

fn parts(load: &RedisLoad) -> [f64; 6] {
    [1.0, load.appends, load.transactions, load.durables, load.tells, load.deliveries]
}

/// What a host costs: its CPU in percent of a core.
#[derive(Clone, Copy, Debug)]
pub struct HostModel([f64; 3]);

impl HostModel {
    /// Names of what costs, in the order of [`HostModel::microseconds`].
    pub const PARTS: [&str; 3] = ["edit checked and applied", "frame sent", "transaction in a frame"];

    /// Fits it to the points that are meant for it.
    pub fn of(points: &[HostPoint]) -> Self {
        let fitted = points.iter().filter(|point| point.fitted);
        Self(fit(&fitted.map(|point| (host_parts(point), point.cpu_percent)).collect::<Vec<_>>()))
    }

    /// CPU in percent of a core at this many edits, frames and deliveries a second.
    pub fn cpu_percent(&self, edits: f64, frames: f64, deliveries: f64) -> f64 {
        [edits, frames, deliveries].iter().zip(self.0).map(|(count, cost)| count * cost).sum()
    }

    /// What each part costs, in µs.
    pub fn microseconds(&self) -> [f64; 3] {
        self.0.map(|cost| cost * 1e4)
    }
}

fn host_parts(point: &HostPoint) -> [f64; 3] {
    [point.edits, point.frames, point.deliveries]
}

/// How the people of a project are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Each is connected to any host.
    Anywhere,
    /// The load balancer sends all of a project to one host while it lives.
    Together,
}

/// Who is there and what they do.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Connections, all together.
    pub connections: f64,
    /// Connections to each project.
    pub people: f64,
    /// The share of people who edit at a moment as busily as in the session; others look on.
    pub editing: f64,
    /// How they are spread.
    pub spread: Spread,
}

/// What there is to serve them, as in `cluster.json`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Cluster {
    /// Hosts.
    pub hosts: f64,
    /// Cores of each.
    pub host_cores: f64,
    /// Memory of each.
    pub host_memory_gb: f64,
    /// What each can send.
    pub host_gbit: f64,
    /// Shards of the Redis cluster.
    pub shards: f64,
    /// Memory of each.
    pub shard_memory_gb: f64,
    /// What each can send.
    pub shard_gbit: f64,
    /// The share of a resource beyond which delays grow: it counts as saturated.
    pub ceiling: f64,
}

/// One resource under a workload.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// Its name.
    pub name: &'static str,
    /// The share of it that is used, 1 for all.
    pub used: f64,
    /// Connections at which it is saturated, if they do as the workload says.
    pub saturated_at: f64,
}

/// What a workload asks of a cluster.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Hosts that have an average project open.
    pub hosts_per_project: f64,
    /// Transactions a second, all together.
    pub transactions: f64,
    /// Deliveries to browsers a second, all together.
    pub deliveries: f64,
    /// Shards that the CPU of Redis asks for, and that its memory does.
    pub shards: f64,
    /// All resources, the first to be saturated first.
    pub resources: Vec<Resource>,
}

/// The model with what else was measured.
pub struct Model<'a> {
    /// Redis.
    pub redis: RedisModel,
    /// Hosts.
    pub host: HostModel,
    measured: &'a Measured,
}

impl<'a> Model<'a> {
    /// Fits it.
    pub fn of(measured: &'a Measured) -> Self {
        let (redis, host) = (RedisModel::of(&measured.redis), HostModel::of(&measured.host.points));
        Self { redis, host, measured }
    }

    /// What a workload asks of a cluster.
    pub fn demand(&self, work: &Workload, cluster: &Cluster) -> Result<Demand> {
        let company = find(self.measured, STRATEGY, COMPANY)?;
        // Whoever is alone on a host shares no append and no notice with anybody.
        let alone = find(self.measured, STRATEGY, 1)?;
        let projects = work.connections / work.people;
        let hosts_per_project = match work.spread {
            Spread::Together => 1.0,
            Spread::Anywhere => cluster.hosts * (1.0 - (1.0 - 1.0 / cluster.hosts).powf(work.people)),
        };
        let seconds = company.minutes * 60.0;
        let editing = work.connections * work.editing;
        let transactions = editing * company.transactions as f64 / f64::from(company.people) / seconds;
        let redis = self.redis_load(work, hosts_per_project, transactions, [company, alone]);
        let deliveries = transactions * work.people;
        // Everybody gets a frame in each tick in which anything happens, which is rarer where fewer edit.
        let frames_each = company.browser_frames as f64 / f64::from(company.people) / seconds;
        let frames = work.connections * frames_each * (work.editing * work.people / f64::from(company.people)).min(1.0);
        let percent = self.host.cpu_percent(transactions * hosts_per_project, frames, deliveries) / cluster.hosts;
        let per_delivery = company.browser_bytes as f64 / (company.transactions as f64 * f64::from(company.people));
        let host_kb = work.connections * self.measured.host.connection_kb
            + projects * hosts_per_project * self.measured.host.room_kb;
        let redis_cpu = self.redis.cpu_ms_of_work(&redis) / 1e3;
        let redis_gb = projects * company.redis.most_bytes as f64 / 1e9;
        let used = [
            ("hosts' CPU", percent / 100.0 / cluster.host_cores),
            ("hosts' memory", host_kb * 1024.0 / 1e9 / cluster.hosts / cluster.host_memory_gb),
            ("hosts' network", deliveries * per_delivery * 8.0 / 1e9 / cluster.hosts / cluster.host_gbit),
            ("Redis' CPU", redis_cpu / cluster.shards),
            ("Redis' memory", redis_gb / cluster.shards / cluster.shard_memory_gb),
            ("Redis' network", redis.delivered_kb * 8e3 / 1e9 / cluster.shards / cluster.shard_gbit),
        ];
        let resource = |(name, used): (&'static str, f64)| {
            let saturated_at = work.connections * cluster.ceiling / used;
            Resource { name, used, saturated_at }
        };
        let mut resources: Vec<Resource> = used.into_iter().map(resource).collect();
        resources.sort_by(|a, b| b.used.total_cmp(&a.used));
        let shards = (redis_cpu / cluster.ceiling).max(redis_gb / cluster.shard_memory_gb / cluster.ceiling).ceil();
        Ok(Demand { hosts_per_project, transactions, deliveries, shards, resources })
    }

    fn redis_load(&self, work: &Workload, hosts: f64, transactions: f64, sessions: [&Session; 2]) -> RedisLoad {
        let [company, alone] = sessions;
        let ratios = |session: &Session| {
            let load = &session.redis.load;
            let per_notice = load.delivered_kb / load.deliveries.max(1e-9);
            (load.appends / load.transactions, load.tells / load.transactions, per_notice)
        };
        let (appends, tells, per_notice) = match work.spread {
            Spread::Together => ratios(company),
            Spread::Anywhere => {
                let (appends, tells, _) = ratios(alone);
                (appends, tells, ratios(company).2)
            }
        };
        // As many projects are noted as saved as have somebody who edits.
        let projects = work.connections / work.people * (work.editing * work.people).min(1.0);
        let durables = projects * company.redis.load.durables;
        let (appends, tells) = (transactions * appends, transactions * tells);
        let deliveries = (appends + durables + tells) * hosts;
        RedisLoad { appends, transactions, durables, tells, deliveries, delivered_kb: deliveries * per_notice }
    }

    /// Points that nothing was fitted to: what they are, predicted and measured; Redis in ms a second, hosts in percent.
    pub fn checks(&self) -> Vec<(String, f64, f64)> {
        let redis = self.measured.redis.iter().filter(|point| !point.fitted);
        let redis =
            redis.map(|point| (format!("Redis: {}", point.about), self.redis.cpu_ms(&point.load), point.cpu_ms));
        let session = |session: &Session| {
            let what = format!("Redis: the session of {} with {}", session.people, session.strategy);
            let measured = session.redis.cpu_seconds * 1e3 / session.redis.seconds;
            (what, self.redis.cpu_ms(&session.redis.load), measured)
        };
        let host = self.measured.host.points.iter().filter(|point| !point.fitted);
        let host = host.map(|point| {
            let predicted = self.host.cpu_percent(point.edits, point.frames, point.deliveries);
            (format!("host: {}", point.about), predicted, point.cpu_percent)
        });
        redis.chain(self.measured.sessions.iter().map(session)).chain(host).collect()
    }
}

impl Demand {
    /// What is saturated first.
    pub fn first(&self) -> Result<&Resource> {
        self.resources.first().context("a cluster has resources")
    }
}
