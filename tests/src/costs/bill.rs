//! The monthly bill: what was measured × assumptions × list prices.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::grouped;
use super::measured::{Measured, Session};

const HOURS_PER_MONTH: f64 = 730.0;
const GIB: f64 = (1_u64 << 30) as f64;
/// Gigabytes, as storage and traffic are billed here.
const GB: f64 = 1e9;

/// `prices.json`: list prices in US dollars.
#[derive(Clone, Debug, Deserialize)]
pub struct Prices {
    /// DynamoDB on demand.
    pub dynamodb: DynamoPrices,
    /// Cache nodes, the smallest first.
    pub cache_nodes: Vec<CacheNode>,
    /// The object store.
    pub object_store: ObjectPrices,
    /// Hosts, the load balancer before them, and what leaves the cloud.
    pub compute: ComputePrices,
}

/// See [`Prices`].
#[derive(Clone, Debug, Deserialize)]
pub struct DynamoPrices {
    /// A million write request units.
    pub million_writes: f64,
    /// A million read request units.
    pub million_reads: f64,
    /// A gigabyte kept for a month.
    pub gb_month: f64,
    /// The same in continuous backups.
    pub backup_gb_month: f64,
}

/// See [`Prices`].
#[derive(Clone, Debug, Deserialize)]
pub struct CacheNode {
    /// Its type.
    pub name: String,
    /// An hour of one.
    pub hour: f64,
    /// Its memory.
    pub memory_gib: f64,
}

/// See [`Prices`].
#[derive(Clone, Debug, Deserialize)]
pub struct ObjectPrices {
    /// A gigabyte kept for a month.
    pub gb_month: f64,
    /// A thousand objects written.
    pub thousand_puts: f64,
    /// A thousand objects read.
    pub thousand_gets: f64,
}

/// See [`Prices`].
#[derive(Clone, Debug, Deserialize)]
pub struct ComputePrices {
    /// The type of a host's instance.
    pub instance: String,
    /// An hour of one, with its disk.
    pub instance_hour: f64,
    /// An hour of the load balancer, with one of its capacity units.
    pub balancer_hour: f64,
    /// A gigabyte that leaves the cloud.
    pub egress_gb: f64,
    /// Gigabytes a month that leave it for nothing.
    pub egress_free_gb: f64,
}

/// `assumptions.json`: what nobody could measure.
#[derive(Clone, Debug, Deserialize)]
pub struct Assumptions {
    /// Hours a month that an active user edits, as busily as in the recorded session.
    pub editing_hours: f64,
    /// Hours a month that an active user has a canvas open in all.
    pub open_hours: f64,
    /// How the hours of editing divide among sessions of so many people, each share with its number.
    pub company: Vec<Company>,
    /// Canvases that an active user opens a month that no host and no cache has.
    pub cold_opens: f64,
    /// Requests a month of an active user that read who they are and what they may.
    pub reads_of_who: f64,
    /// Write units a month of an active user beside the canvas: signing in, projects, settings.
    pub other_writes: f64,
    /// Days a month on which an active user comes.
    pub days: f64,
    /// Canvases that an active user edits on such a day.
    pub canvases_a_day: f64,
    /// Projects that are kept for each active user.
    pub projects: f64,
    /// Shapes of each.
    pub shapes: f64,
    /// Megabytes of images, versions and plugin files for each active user.
    pub large_mb: f64,
    /// Objects a month that an active user writes.
    pub large_puts: f64,
    /// Objects a month that an active user reads.
    pub large_gets: f64,
    /// Working days a month.
    pub working_days: f64,
    /// Working hours a day.
    pub working_hours: f64,
    /// How many more people there are at the busiest moment than in an average working hour.
    pub peak: f64,
    /// The share of a cache node's memory that keys may take.
    pub cache_share: f64,
    /// Cache nodes: one that works and those that stand by.
    pub cache_nodes: f64,
    /// Connections that a host is given at the busiest moment.
    pub connections_per_host: f64,
    /// Hosts at least, so that one may be lost.
    pub hosts: f64,
}

/// A part of the hours.
#[derive(Clone, Debug, Deserialize)]
pub struct Company {
    /// People in the session.
    pub people: u32,
    /// Share of the hours, 0 to 1.
    pub share: f64,
}

/// A month's bill, in US dollars.
#[derive(Clone, Debug)]
pub struct Bill {
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// What is paid for, and how much: storage and cache.
    pub storage: Vec<(String, f64)>,
    /// The same: hosts and what is before them.
    pub compute: Vec<(String, f64)>,
}

impl Bill {
    /// Storage and cache together.
    pub fn storage_total(&self) -> f64 {
        self.storage.iter().map(|(_, dollars)| dollars).sum()
    }

    /// Compute.
    pub fn compute_total(&self) -> f64 {
        self.compute.iter().map(|(_, dollars)| dollars).sum()
    }
}

/// What one hour of one person takes, on average over the companies that people keep.
struct PerHour {
    write_units: f64,
    read_units: f64,
    browser_bytes: f64,
    /// Bytes in the cache for each person while the canvas is open, and those that stay for a day.
    open_bytes: f64,
    idle_bytes: f64,
}

/// Derives the bill of so many active users.
pub fn bill(measured: &Measured, prices: &Prices, assumed: &Assumptions, strategy: &str, users: f64) -> Result<Bill> {
    let hour = per_hour(measured, assumed, strategy)?;
    let opening: f64 = measured.opening.read_units.values().sum();
    // A canvas of more shapes takes more to load.
    let opening = opening * (assumed.shapes / measured.opening.shapes as f64).max(1.0);
    let write_units = users * (assumed.editing_hours * hour.write_units + assumed.other_writes);
    let read_units =
        users * (assumed.editing_hours * hour.read_units + assumed.cold_opens * opening + assumed.reads_of_who);
    let kept_gb = users * assumed.projects * assumed.shapes * bytes_per_shape(measured, strategy)? / GB;
    let large_gb = users * assumed.large_mb / 1e3;
    let dynamodb = &prices.dynamodb;
    let (node, nodes) = cache(prices, assumed, &hour, users)?;
    let large = &prices.object_store;
    let requests = users * (assumed.large_puts * large.thousand_puts + assumed.large_gets * large.thousand_gets) / 1e3;
    let storage = vec![
        ("DynamoDB: writes".to_owned(), write_units / 1e6 * dynamodb.million_writes),
        ("DynamoDB: reads".to_owned(), read_units / 1e6 * dynamodb.million_reads),
        ("DynamoDB: storage".to_owned(), kept_gb * dynamodb.gb_month),
        ("DynamoDB: continuous backups".to_owned(), kept_gb * dynamodb.backup_gb_month),
        ("object store".to_owned(), large_gb * large.gb_month + requests),
        (format!("cache: {nodes:.0} × {}", node.name), nodes * node.hour * HOURS_PER_MONTH),
    ];
    let compute = compute(prices, assumed, &hour, users);
    Ok(Bill { write_units, read_units, storage, compute })
}

fn per_hour(measured: &Measured, assumed: &Assumptions, strategy: &str) -> Result<PerHour> {
    let mut hour = PerHour { write_units: 0.0, read_units: 0.0, browser_bytes: 0.0, open_bytes: 0.0, idle_bytes: 0.0 };
    for company in &assumed.company {
        let session = find(measured, strategy, company.people)?;
        hour.write_units += company.share * session.write_units_per_hour();
        hour.read_units += company.share * session.read_units_per_hour();
        hour.browser_bytes += company.share * session.browser_bytes_per_hour();
        hour.open_bytes += company.share * session.redis.most_bytes as f64 / f64::from(company.people);
        hour.idle_bytes += company.share * session.redis.idle_bytes as f64 / f64::from(company.people);
    }
    Ok(hour)
}

/// The session of a strategy with so many people; where only others were measured, that of the nearest number.
pub fn find<'a>(measured: &'a Measured, strategy: &str, people: u32) -> Result<&'a Session> {
    let its = measured.sessions.iter().filter(|session| session.strategy == strategy);
    let nearest = its.min_by_key(|session| session.people.abs_diff(people));
    nearest.with_context(|| format!("no session with {strategy} was measured"))
}

/// Bytes in DynamoDB per shape, its part of the journal's rest and its index among them.
fn bytes_per_shape(measured: &Measured, strategy: &str) -> Result<f64> {
    let session = find(measured, strategy, 10)?;
    Ok(session.stored_bytes as f64 / session.shapes as f64)
}

/// The smallest node that holds what a day leaves, and how many there are.
fn cache<'a>(prices: &'a Prices, assumed: &Assumptions, hour: &PerHour, users: f64) -> Result<(&'a CacheNode, f64)> {
    // An order stays for a day after its project was used last.
    let visits = users * assumed.days / assumed.working_days * assumed.canvases_a_day;
    let bytes = visits * hour.idle_bytes + busiest(assumed, users) * hour.open_bytes;
    let node = prices.cache_nodes.iter().find(|node| bytes <= node.memory_gib * GIB * assumed.cache_share);
    let node = node.with_context(|| format!("no cache node holds {bytes:.0} bytes: a cluster is needed"))?;
    Ok((node, assumed.cache_nodes))
}

/// People who have a canvas open at the busiest moment.
pub fn busiest(assumed: &Assumptions, users: f64) -> f64 {
    users * assumed.open_hours / (assumed.working_days * assumed.working_hours) * assumed.peak
}

fn compute(prices: &Prices, assumed: &Assumptions, hour: &PerHour, users: f64) -> Vec<(String, f64)> {
    let compute = &prices.compute;
    let hosts = (busiest(assumed, users) / assumed.connections_per_host).ceil().max(assumed.hosts);
    let egress = users * assumed.editing_hours * hour.browser_bytes / GB;
    vec![
        (format!("hosts: {hosts:.0} × {}", compute.instance), hosts * compute.instance_hour * HOURS_PER_MONTH),
        ("load balancer".to_owned(), compute.balancer_hour * HOURS_PER_MONTH),
        (
            format!("traffic to browsers: {} GB", grouped(egress)),
            (egress - compute.egress_free_gb).max(0.0) * compute.egress_gb,
        ),
    ]
}
