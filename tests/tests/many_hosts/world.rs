//! Hosts that share a Redis and a DynamoDB, each behind cables of its own.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use collabcanvas_canvas::{Document, ProjectId, Sequenced};
use collabcanvas_storage::dynamodb::{DynamoStore, client_at, tables};
use collabcanvas_storage::{CanvasStore, StoredRecord};
use collabcanvas_tests::{ServerProcess, Surroundings, built_folder};
use object_store::local::LocalFileSystem;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::board::Board;
use crate::checker::{Canvas, canvas};
use crate::clock::Clock;
use crate::network::Network;
use crate::proxy_dynamo::{DynamoProxy, Weather};
use crate::proxy_tcp::{Cable, TcpProxy};
use crate::servers::{Data, Dynamo, Redis};

/// What the tables' names begin with.
const TABLES: &str = "chaos-";
/// How long a host may take to save everything and end.
const LONGEST_END: Duration = Duration::from_secs(30);
/// How often a host is started again that ends by itself while what it needs is away.
const STARTS: usize = 60;

/// Everything that runs.
pub struct World {
    pub hosts: Vec<Host>,
    pub redis: Mutex<Redis>,
    pub board: Arc<Board>,
    dynamo: Dynamo,
    /// Last, so that it is removed when everything has ended.
    pub folder: TempDir,
}

/// A host.
pub struct Host {
    pub number: usize,
    pub process: Mutex<Option<ServerProcess>>,
    pub cable: TcpProxy,
    pub weather: DynamoProxy,
    /// Its own network, where there are such.
    pub network: Option<Network>,
    /// Its own clock, where there are such.
    pub clock: Option<Clock>,
    /// Whether it once ended without having saved everything.
    ended_unsaved: AtomicBool,
    data: PathBuf,
    objects: PathBuf,
}

/// A project and who may draw in it.
pub struct Project {
    pub id: String,
    pub cookies: Vec<String>,
}

impl World {
    /// Starts this many hosts, with all that they need.
    pub async fn start(hosts: usize, seed: u64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let redis = Redis::start(&folder.path().join("redis")).await?;
        let dynamo = Dynamo::start(folder.path()).await?;
        tables::create(&client_at(&dynamo.endpoint), TABLES).await?;
        let mut all = Vec::new();
        for number in 0..hosts {
            let data = folder.path().join(format!("host-{number}"));
            std::fs::create_dir_all(&data)?;
            let objects = folder.path().join("objects");
            std::fs::create_dir_all(&objects)?;
            let network = Network::make(number, folder.path()).await;
            let here = network.as_ref().map_or(Ipv4Addr::LOCALHOST.into(), |network| network.here);
            let cable = TcpProxy::before(redis.address, here).await?;
            let weather = DynamoProxy::before(&dynamo.endpoint, here, seed ^ number as u64).await?;
            let clock = Clock::find(&data)?;
            if clock.is_none() {
                println!("  host {number} has no clock of its own: libfaketime is not installed");
            }
            let (process, ended_unsaved) = (Mutex::default(), AtomicBool::default());
            all.push(Host { number, process, cable, weather, network, clock, ended_unsaved, data, objects });
        }
        let board = Arc::new(Board::new(hosts));
        let world = Self { hosts: all, redis: Mutex::new(redis), board, dynamo, folder };
        // One after the other: the first makes what all share.
        for host in &world.hosts {
            host.start(&world.board).await?;
        }
        Ok(world)
    }

    /// Makes a project for this many people, of whom every third is a user of their own.
    pub async fn project(&self, name: &str, people: usize) -> anyhow::Result<Project> {
        let process = self.hosts[0].process.lock().await;
        let server = process.as_ref().context("the first host runs")?;
        let (owner, _) = server.sign_in().await?;
        let made = server.request("POST", "/api/projects", Some(&owner), Some(json!({ "name": name }))).await?;
        let id = made.json()?["id"].as_str().context("a new project has an id")?.to_owned();
        let mut cookies = vec![owner.clone()];
        for number in 1..people.div_ceil(3) {
            cookies.push(server.invite(&id, &owner, "editor", &format!("{name} {number}")).await?.0);
        }
        Ok(Project { id, cookies: (0..people).map(|person| cookies[person / 3].clone()).collect() })
    }

    /// Mends everything, and starts what does not run.
    pub async fn heal(&self) -> anyhow::Result<()> {
        for host in &self.hosts {
            host.cable.set(Cable::Whole);
            host.weather.set(Weather::Fair);
            host.network.as_ref().map_or(Ok(()), |network| network.set_whole(true))?;
        }
        {
            let mut redis = self.redis.lock().await;
            match redis.process() {
                Some(process) => process.resume()?,
                None => redis.restart(Data::All).await?,
            }
        }
        for host in &self.hosts {
            host.resume().await?;
            host.start(&self.board).await?;
        }
        Ok(())
    }

    /// What each host shows to somebody who comes new.
    pub async fn look(&self, project: &Project) -> anyhow::Result<Vec<(String, Canvas)>> {
        let mut seen = Vec::new();
        for host in &self.hosts {
            let process = host.process.lock().await;
            let server = process.as_ref().context("every host runs")?;
            let shown = server.look(&project.id, &project.cookies[0]).await?;
            let shapes = shown.shapes().into_iter().map(|shape| serde_json::to_value(&*shape));
            seen.push((format!("host {}", host.number), canvas(shapes.collect::<Result<Vec<_>, _>>()?)));
        }
        Ok(seen)
    }

    /// Kills everything but the DynamoDB.
    pub async fn kill_all(&self) {
        for host in &self.hosts {
            host.kill(&self.board).await;
        }
        self.redis.lock().await.kill();
    }

    /// What the tables hold: the canvas, and the transactions of the journal.
    pub async fn tables(&self, project: &Project) -> anyhow::Result<(Canvas, Vec<(String, u64)>)> {
        let large = Arc::new(LocalFileSystem::new_with_prefix(self.folder.path().join("objects"))?);
        let store = DynamoStore::open(client_at(&self.dynamo.endpoint), TABLES, large).await?;
        let stored = store.load(&ProjectId::parse(&project.id).map_err(anyhow::Error::new)?).await?;
        let mut document = Document::at(stored.epoch, stored.checkpoint);
        for record in stored.records {
            match record {
                StoredRecord::Shape { shape, seq } => document.load_shape(shape, seq),
                StoredRecord::Deleted { id, seq } => document.load_deleted(id, seq),
                StoredRecord::Unreadable { id, reason, .. } => anyhow::bail!("shape {id} cannot be read: {reason}"),
            }
        }
        let mut journal = Vec::new();
        for batch in stored.journal {
            for line in batch.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let next: Sequenced = serde_json::from_slice(line)?;
                ensure!(next.seq <= document.seq() + 1, "place {} follows {}", next.seq, document.seq());
                if next.seq > document.seq() {
                    document.replay(&next);
                    journal.push((next.client.to_string(), next.number));
                }
            }
        }
        let shapes = document.shapes().map(|shape| serde_json::to_value(&**shape)).collect::<Result<Vec<_>, _>>()?;
        Ok((canvas(shapes), journal))
    }

    /// Whether a host once ended by itself without having saved everything.
    pub fn ended_unsaved(&self) -> bool {
        self.hosts.iter().any(|host| host.ended_unsaved.load(Ordering::SeqCst))
    }

    /// The last of what each host has logged, for people who read why a run failed.
    pub fn logs(&self) -> Vec<PathBuf> {
        self.hosts.iter().map(|host| host.data.join("server.log")).collect()
    }
}

impl Host {
    /// Starts it, unless it runs; again, while it ends by itself.
    pub async fn start(&self, board: &Board) -> anyhow::Result<()> {
        let mut process = self.process.lock().await;
        if process.is_some() {
            return Ok(());
        }
        let mut failed = None;
        for _ in 0..STARTS {
            let (data, surroundings, program) = (self.data.clone(), self.surroundings(), program());
            let started = spawn_blocking(move || {
                ServerProcess::start_in(&surroundings, &program, &data, &built_folder("plugins"))
            });
            match started.await? {
                Ok(server) => {
                    board.set_host(self.number, Some(server.url.clone()));
                    *process = Some(server);
                    return Ok(());
                }
                Err(error) => failed = Some(error),
            }
            sleep(Duration::from_millis(250)).await;
        }
        Err(failed.context("it was tried")?.context(format!("host {} does not start", self.number)))
    }

    fn surroundings(&self) -> Surroundings {
        let options = [
            ("--redis", format!("redis://{}", self.cable.address())),
            ("--dynamodb", self.weather.endpoint().to_owned()),
            ("--tables", TABLES.to_owned()),
            ("--objects", format!("file://{}", self.objects.display())),
        ];
        let options = options.into_iter().flat_map(|(name, value)| [name.into(), value.into()]).collect();
        let entrance = self.network.iter().flat_map(Network::entrance);
        let by = entrance.chain(self.clock.iter().flat_map(Clock::giver)).collect();
        let listen = self.network.as_ref().map_or(Ipv4Addr::LOCALHOST.into(), |network| network.there);
        Surroundings { by, listen, options }
    }

    /// Kills it.
    pub async fn kill(&self, board: &Board) {
        board.set_host(self.number, None);
        if let Some(server) = self.process.lock().await.take() {
            let _ = spawn_blocking(|| server.kill()).await;
        }
    }

    /// Asks it to end, waits until it has, and starts it again after a pause. One that does not end in time is killed.
    pub async fn replace(&self, board: &Board, pause: Duration) -> anyhow::Result<()> {
        if let Some(server) = self.process.lock().await.as_mut() {
            board.set_host(self.number, None);
            server.process().ask_to_end()?;
            let deadline = Instant::now() + LONGEST_END;
            let mut ended = server.process().ended()?;
            while ended.is_none() && Instant::now() < deadline {
                sleep(Duration::from_millis(20)).await;
                ended = server.process().ended()?;
            }
            if !ended.is_some_and(|status| status.success()) {
                self.ended_unsaved.store(true, Ordering::SeqCst);
            }
        }
        self.kill(board).await;
        sleep(pause).await;
        self.start(board).await
    }

    /// Has it go on, if it stands still.
    pub async fn resume(&self) -> anyhow::Result<()> {
        match self.process.lock().await.as_mut() {
            Some(server) => server.process().resume(),
            None => Ok(()),
        }
    }
}

/// The server's program: as the environment names it, or as it was built with these tests.
fn program() -> PathBuf {
    let built = || Path::new(env!("CARGO_BIN_EXE_collabcanvas-under-test")).to_owned();
    std::env::var_os("COLLABCANVAS_BIN").map_or_else(built, PathBuf::from)
}
