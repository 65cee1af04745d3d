//! The servers that hosts share: a Redis that can lose its data, or come back with older data, and a DynamoDB.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use collabcanvas_tests::Guarded;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

/// What a Redis comes back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// With all that it had.
    All,
    /// With what it had when [`Redis::keep_copy`] was called; with nothing if it never was.
    Older,
    /// With nothing.
    None,
}

/// A Redis that appends what it does to a file.
pub struct Redis {
    program: PathBuf,
    folder: PathBuf,
    pub address: SocketAddr,
    process: Option<Guarded>,
}

impl Redis {
    /// Starts one that keeps its data in `folder`.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let program = program("COLLABCANVAS_REDIS", "redis-server").context("these tests need redis-server")?;
        std::fs::create_dir_all(folder)?;
        let mut redis = Self { program, folder: folder.to_owned(), address: free_port().await?, process: None };
        redis.launch().await?;
        Ok(redis)
    }

    async fn launch(&mut self) -> anyhow::Result<()> {
        let port = self.address.port().to_string();
        let options = ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "yes", "--dir"];
        let mut options: Vec<OsString> = options.iter().map(OsString::from).collect();
        options.push(self.folder.clone().into());
        let mut process = Guarded::start(&self.program, &options, &self.folder.join("log"))?;
        let deadline = Instant::now() + START;
        while !is_pong(self.address).await {
            if process.ended()?.is_some() || Instant::now() > deadline {
                bail!("Redis does not start: {}", std::fs::read_to_string(self.folder.join("log"))?);
            }
            sleep(Duration::from_millis(5)).await;
        }
        self.process = Some(process);
        Ok(())
    }

    /// Its process, while it runs.
    pub fn process(&mut self) -> Option<&mut Guarded> {
        self.process.as_mut()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again.
    pub async fn restart(&mut self, data: Data) -> anyhow::Result<()> {
        self.kill();
        if data != Data::All {
            remove(&self.folder.join("appendonlydir"))?;
        }
        if data == Data::Older && self.folder.join("older").exists() {
            copy(&self.folder.join("older"), &self.folder.join("appendonlydir"))?;
        }
        self.launch().await
    }

    /// Copies its data as it is now, for it to come back with.
    pub fn keep_copy(&self) -> anyhow::Result<()> {
        remove(&self.folder.join("older"))?;
        copy(&self.folder.join("appendonlydir"), &self.folder.join("older"))
    }
}

async fn is_pong(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"PING\r\n").await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == *b"+PONG")
    };
    matches!(timeout(Duration::from_secs(1), ask).await, Ok(Ok(true)))
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

/// A DynamoDB.
pub struct Dynamo {
    pub endpoint: String,
    _process: Guarded,
}

impl Dynamo {
    /// Starts one that keeps everything in memory.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        let missing = "these tests need the program dynoxide, which `cargo xtask test` installs";
        let program = program("COLLABCANVAS_DYNOXIDE", "dynoxide").context(missing)?;
        let address = free_port().await?;
        let port = address.port().to_string();
        let options = ["serve", "--host", "127.0.0.1", "--log", "quiet", "--port", &port].map(OsString::from);
        let mut process = Guarded::start(&program, &options, &folder.join("dynamo.log"))?;
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).await.is_err() {
            if process.ended()?.is_some() || Instant::now() > deadline {
                bail!("the DynamoDB does not start: {}", std::fs::read_to_string(folder.join("dynamo.log"))?);
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { endpoint: format!("http://{address}"), _process: process })
    }
}

async fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?)
}

/// A program, as the environment names it, where the build tool puts it, or on the path.
fn program(variable: &str, name: &str) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = [target.join("tools/bin")].into_iter().chain(std::env::split_paths(&path));
    folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.is_file()))
}
