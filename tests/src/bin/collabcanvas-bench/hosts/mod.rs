//! Many hosts: 100 people of one project on two of them, what 1, 2 and 4 hosts deliver together, how a canvas of
//! 10,000 shapes opens from memory, from the snapshot in Redis and from DynamoDB, and how often from which ([`visits`]).
//!
//! Redis and the DynamoDB API are real. Redis shares one core with the hosts: what more hosts bring is therefore the price
//! of having them, not their gain. Two relays that only publish what they hear in the same Redis tell what that core
//! allows. The DynamoDB API has what the people leave of theirs.

mod visits;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::join::Filler;
use crate::people::{Crowd, Doing, Host, Outcome};
use crate::process::{Cost, Process, in_the_background, on_its_own_core};
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::{Server, data_folder, program, target_folder};
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

const PEOPLE: usize = 100;
/// Edits a second of each: somebody who draws all the time, as browsers send it.
const HERTZ: f64 = 10.0;
const SHAPES: usize = 10_000;

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let mut rows = together(plan).await?;
        for count in [1, 2, 4] {
            rows.extend(scaled(plan, count).await?.rows(count));
        }
        rows.extend(opened(plan).await?);
        rows.extend(visits::measure(plan).await?);
        Ok(rows)
    })
}

/// Redis, DynamoDB and hosts that share them.
struct Cluster {
    hosts: Vec<(Server, TempDir)>,
    options: Vec<String>,
    redis: Process,
    redis_port: u16,
    _dynamo: Process,
    _folder: TempDir,
}

impl Cluster {
    async fn start(count: usize) -> Result<Self> {
        let folder = data_folder()?;
        let (redis_port, dynamo_port) = (free_port()?, free_port()?);
        let redis = tool("COLLABCANVAS_REDIS", "redis-server");
        let mut redis = on_its_own_core(redis);
        redis.args(["--port", &redis_port.to_string(), "--save", "", "--appendonly", "no", "--dir"]).arg(folder.path());
        let redis = Process::start(redis.stdin(Stdio::null()).stdout(Stdio::null()))?;
        // The real one takes nothing from the hosts' cores.
        let mut dynamo = in_the_background(tool("COLLABCANVAS_DYNOXIDE", "dynoxide"));
        dynamo.args(["serve", "--host", "127.0.0.1", "--log", "quiet", "--port", &dynamo_port.to_string()]);
        let dynamo = Process::start(dynamo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
        wait_for_port(redis_port).await?;
        wait_for_port(dynamo_port).await?;
        let tables =
            ["--dynamodb".to_owned(), format!("http://127.0.0.1:{dynamo_port}"), "--tables".into(), "b-".into()];
        let created = Command::new(program()?).args(["tables", "create"]).args(&tables).output()?;
        ensure!(created.status.success(), "the tables are not made: {}", String::from_utf8_lossy(&created.stderr));
        let mut options = vec!["--redis".to_owned(), format!("redis://127.0.0.1:{redis_port}")];
        options.extend(tables);
        options.extend(["--objects".to_owned(), format!("file://{}", folder.path().join("objects").display())]);
        let mut cluster = Self { hosts: Vec::new(), options, redis, redis_port, _dynamo: dynamo, _folder: folder };
        for _ in 0..count {
            cluster.add_host().await?;
        }
        Ok(cluster)
    }

    async fn add_host(&mut self) -> Result<()> {
        self.add_host_with(&[]).await
    }

    /// The same, with further options.
    async fn add_host_with(&mut self, options: &[String]) -> Result<()> {
        let folder = data_folder()?;
        let options = [&self.options, options].concat();
        let (server, _) = Server::start_with(folder.path(), &options).await?;
        self.hosts.push((server, folder));
        Ok(())
    }

    /// Where people meet; all with the first host's cookie, which counts on all.
    fn hosts(&self) -> Vec<Host> {
        let cookie = self.hosts[0].0.host().cookie;
        self.hosts.iter().map(|(server, _)| Host { cookie: cookie.clone(), ..server.host() }).collect()
    }

    /// What a Redis command answers, as text.
    fn ask_redis(&self, command: &str) -> Result<String> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.redis_port))?;
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    }
}

/// What 100 people of one project see of each other across two hosts, and across two relays that only pass it on.
async fn together(plan: Plan) -> Result<Vec<Row>> {
    let cluster = Cluster::start(2).await?;
    let relay = || Relay::start(Kind::Published(cluster.redis_port));
    let relays = [relay()?, relay()?];
    let project = cluster.hosts[0].0.project("Together").await?;
    let relayed = Crowd::enter_by_turns(&relays.each_ref().map(Relay::host), &["together".into()], PEOPLE).await?;
    let served = Crowd::enter_by_turns(&cluster.hosts(), &[project], PEOPLE).await?;
    let (mut of_relays, mut of_hosts) = (Vec::new(), Vec::new());
    for _ in 0..plan.of(3, 1) {
        for (crowd, outcomes) in [(&relayed, &mut of_relays), (&served, &mut of_hosts)] {
            crowd.act(Doing::Moving, HERTZ, Duration::from_secs(1), 1, Cost::own).await?;
            outcomes.push(crowd.act(Doing::Moving, HERTZ, Duration::from_secs(plan.of(6, 2)), 1, Cost::own).await?);
        }
    }
    let row = |name: &str, value: fn(&Outcome) -> f64| {
        let of = |outcomes: &[Outcome]| median(outcomes.iter().map(value).collect());
        Row::new(format!("two hosts: {name}"), of(&of_hosts), "ms").beside(of(&of_relays))
    };
    let missing = of_hosts.iter().map(|outcome| outcome.missing).max().unwrap_or(0);
    drop((relayed, served));
    let mut durable = durable(plan, &cluster).await?;
    Ok(vec![
        Row::new("two hosts: missing", missing as f64, "deliveries").at_most(0.0),
        row("to the other host, p50", |outcome| outcome.delay_ms(0.5)).at_most(5.0),
        row("to the other host, p99", |outcome| outcome.delay_ms(0.99)).at_most(40.0),
        row("accepted, p50, all drawing", |outcome| outcome.accepted_ms(0.5)).at_most(2.0),
        Row::new("two hosts: durable, p95", crate::statistics::percentile(&mut durable, 0.95), "ms").at_most(500.0),
    ])
}

/// How long an edit takes to be durable, while one person draws.
async fn durable(plan: Plan, cluster: &Cluster) -> Result<Vec<f64>> {
    let project = cluster.hosts[0].0.project("Durable").await?;
    let delays = crate::quiet::durable_delays(plan, &cluster.hosts()[0], &project).await?;
    Ok(delays)
}

/// What so many hosts deliver together.
pub struct Scaled {
    /// Deliveries a second.
    pub deliveries: f64,
    redis_ms_per_thousand: f64,
    /// How often Redis has run a script.
    scripts: String,
    /// At which rate it was too much, and what went wrong.
    ended: String,
}

impl Scaled {
    fn rows(self, count: usize) -> Vec<Row> {
        let hosts = if count == 1 { "1 host".to_owned() } else { format!("{count} hosts") };
        let Self { scripts, ended, .. } = &self;
        let note = format!("p99 under 50 ms; scripts called in Redis: {scripts}; too much {ended}");
        vec![
            Row::new(format!("{hosts}: deliveries"), self.deliveries, "/s").note(note),
            Row::new(format!("{hosts}: Redis CPU per 1,000 transactions"), self.redis_ms_per_thousand, "ms"),
        ]
    }
}

/// Measures it, at a rate that rises until they no longer keep up.
pub async fn scaled(plan: Plan, count: usize) -> Result<Scaled> {
    let cluster = Cluster::start(count).await?;
    let projects = cluster.hosts[0].0.projects(4).await?;
    let crowd = Crowd::enter_by_turns(&cluster.hosts(), &projects, PEOPLE / 4).await?;
    let (mut best, mut redis_cost, mut transactions) = (0.0, Duration::ZERO, 0);
    let mut ended = "at no rate".to_owned();
    for hertz in [20.0, 40.0, 80.0, 160.0, 320.0] {
        let before = cluster.redis.cost();
        let outcome =
            crowd.act(Doing::Moving, hertz, Duration::from_secs(plan.of(3, 2)), 32, || cluster.redis.cost()).await?;
        if outcome.missing > 0 || outcome.delay_ms(0.99) > 50.0 || !outcome.doubt().is_empty() {
            let (missing, late) = (outcome.missing, outcome.delay_ms(0.99));
            ended = format!("at {hertz} Hz: {missing} missing, p99 {late:.0} ms {}", outcome.doubt());
            break;
        }
        best = outcome.per_second();
        redis_cost += cluster.redis.cost().since(before).unwrap_or_default();
        transactions += outcome.sent;
    }
    let redis_ms_per_thousand = ms(redis_cost) * 1e3 / transactions.max(1) as f64;
    let commands = cluster.ask_redis("INFO commandstats")?;
    let scripts = commands.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls=")?.split(',').next());
    Ok(Scaled { deliveries: best, redis_ms_per_thousand, scripts: scripts.unwrap_or("?").to_owned(), ended })
}

/// How long it takes until somebody has a canvas of 10,000 shapes and follows it.
async fn opened(plan: Plan) -> Result<Vec<Row>> {
    let mut cluster = Cluster::start(1).await?;
    let project = cluster.hosts[0].0.project("Opening").await?;
    let filler = Filler::fill_with(&cluster.hosts()[0], &project, SHAPES).await?;
    let (mut memory, mut cached, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    let visit = |host: Host, project: String, number: usize| async move {
        let began = Instant::now();
        let opened = host.load_and_enter(&project, &format!("bench-visitor-{number:04}")).await?;
        let took = ms(began.elapsed());
        drop(opened);
        anyhow::Ok(took)
    };
    for number in 0..plan.of(15, 5) {
        memory.push(visit(cluster.hosts()[0].clone(), project.clone(), number).await?);
    }
    // Saved, and cached by the host that saves.
    drop(filler);
    tokio::time::sleep(Duration::from_secs(7)).await;
    for number in 0..plan.of(5, 2) {
        cluster.add_host().await?;
        let host = cluster.hosts().last().cloned().context("a host was added")?;
        // Connections and plugins are warm, the canvas is not.
        let other = cluster.hosts[0].0.project("Warm").await?;
        visit(host.clone(), other, number).await?;
        cached.push(visit(host, project.clone(), number).await?);
    }
    for number in 0..plan.of(5, 2) {
        cluster.ask_redis(&format!("DEL collabcanvas:{{{project}}}:snapshot"))?;
        cluster.add_host().await?;
        let host = cluster.hosts().last().cloned().context("a host was added")?;
        let other = cluster.hosts[0].0.project("Warm").await?;
        visit(host.clone(), other, number).await?;
        stored.push(visit(host, project.clone(), number).await?);
    }
    Ok(vec![
        Row::new("10,000 shapes: from memory", median(memory), "ms").at_most(30.0),
        Row::new("10,000 shapes: from the snapshot in Redis", median(cached), "ms").at_most(80.0),
        Row::new("10,000 shapes: from DynamoDB", median(stored), "ms").at_most(1_000.0),
    ])
}

/// A program that `cargo xtask test` installs: named by the environment, among the build's tools, or in the path.
fn tool(variable: &str, name: &str) -> PathBuf {
    let built = target_folder().join("tools/bin").join(name);
    let otherwise = || if built.is_file() { built } else { PathBuf::from(name) };
    std::env::var_os(variable).map_or_else(otherwise, PathBuf::from)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

async fn wait_for_port(port: u16) -> Result<()> {
    let began = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        ensure!(began.elapsed() < Duration::from_secs(20), "nothing listens on port {port}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
