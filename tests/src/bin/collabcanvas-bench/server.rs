//! The server that is measured: the `collabcanvas` program with a data folder of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::http::{Response, request};
use crate::people::Host;
use crate::process::{Cost, Process, on_its_own_core};

/// Longest that a start may take; the first compiles the plugins.
const START: Duration = Duration::from_secs(60);
/// Projects that are made at the same time.
const MAKING: usize = 16;

/// A server that runs, signed in to.
pub struct Server {
    process: Process,
    address: SocketAddr,
    cookie: String,
}

#[derive(Deserialize)]
struct Ready {
    url: String,
    signin: String,
}

#[derive(Deserialize)]
struct Project {
    id: String,
}

impl Server {
    /// Starts a server on this data folder and signs in. Answers with the time that the start took.
    pub async fn start(data: &Path) -> Result<(Self, Duration)> {
        Self::start_with(data, &[]).await
    }

    /// The same, with further options.
    pub async fn start_with(data: &Path, options: &[String]) -> Result<(Self, Duration)> {
        let began = Instant::now();
        let ready_file = data.join("ready.json");
        let _ = std::fs::remove_file(&ready_file);
        let mut process = Process::start(command(data, &ready_file)?.args(options))?;
        let ready = loop {
            if let Some(ready) =
                std::fs::read(&ready_file).ok().and_then(|text| serde_json::from_slice::<Ready>(&text).ok())
            {
                break ready;
            }
            if let Some(status) = process.has_ended()? {
                bail!("the server ended with {status} instead of starting: {}", log(data));
            }
            ensure!(began.elapsed() < START, "the server has not started within {START:?}: {}", log(data));
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        let took = began.elapsed();
        let address = ready.url.trim_start_matches("http://").parse().context("the server's address")?;
        let token = ready.signin.split_once("#token=").context("the sign-in link has no token")?.1;
        let answer = request(address, "POST", "/api/signin", "", Some(json!({"token": token}).to_string())).await?;
        let cookie = answer.header("set-cookie").context("signing in gave no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok((Self { process, address, cookie }, took))
    }

    /// A server on a new data folder.
    pub async fn fresh() -> Result<(Self, TempDir)> {
        let folder = data_folder()?;
        let (server, _) = Self::start(folder.path()).await?;
        Ok((server, folder))
    }

    /// Makes a project.
    pub async fn project(&self, name: &str) -> Result<String> {
        make_project(self.address, &self.cookie, name).await
    }

    /// Makes many projects.
    pub async fn projects(&self, count: usize) -> Result<Vec<String>> {
        let mut made = Vec::with_capacity(count);
        let mut making = JoinSet::new();
        for number in 0..count {
            if making.len() >= MAKING {
                made.push(making.join_next().await.context("a project is being made")???);
            }
            let (address, cookie) = (self.address, self.cookie.clone());
            making.spawn(async move { make_project(address, &cookie, &format!("Canvas {number}")).await });
        }
        while let Some(project) = making.join_next().await {
            made.push(project??);
        }
        Ok(made)
    }

    /// Loads a canvas.
    pub async fn canvas(&self, project: &str) -> Result<Response> {
        self.host().canvas(project).await
    }

    /// Where people meet.
    pub fn host(&self) -> Host {
        Host { address: self.address, cookie: Some(self.cookie.clone()), echoes: true }
    }

    /// What it has cost so far.
    pub fn cost(&self) -> Cost {
        self.process.cost()
    }

    /// Its memory in bytes.
    pub fn memory(&self) -> Result<u64> {
        self.process.memory()
    }

    /// Ends it in order, so that everything is saved.
    pub fn end_in_order(self) -> Result<()> {
        self.process.end_in_order()
    }
}

async fn make_project(address: SocketAddr, cookie: &str, name: &str) -> Result<String> {
    let answer = request(address, "POST", "/api/projects", cookie, Some(json!({"name": name}).to_string())).await?;
    Ok(answer.json::<Project>()?.id)
}

/// A new data folder, on the disk that the target folder is on: `/tmp` may be memory.
pub fn data_folder() -> Result<TempDir> {
    let place = target_folder().join("tmp");
    std::fs::create_dir_all(&place)?;
    tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(&place)
        .with_context(|| format!("no folder can be made in {}", place.display()))
}

fn command(data: &Path, ready_file: &Path) -> Result<std::process::Command> {
    let program = program()?;
    let log = std::fs::File::create(data.join("log"))?;
    let mut command = on_its_own_core(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"]).arg(data);
    command.arg("--ready-file").arg(ready_file).arg("--plugins").arg(plugins_folder());
    command.env_remove("COLLABCANVAS_WEB").env_remove("COLLABCANVAS_ORIGIN");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    Ok(command)
}

/// The server's program: what `cargo xtask bench` says, else what lies beside this one.
pub fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program =
        std::env::var_os("COLLABCANVAS_BIN").map_or_else(|| own.with_file_name("collabcanvas"), PathBuf::from);
    ensure!(
        program.is_file(),
        "the server's program is not at {}: `cargo xtask bench` builds everything and runs this",
        program.display()
    );
    Ok(program)
}

/// The folder of the built plugins.
pub fn plugins_folder() -> PathBuf {
    std::env::var_os("COLLABCANVAS_PLUGINS").map_or_else(|| target_folder().join("plugins"), PathBuf::from)
}

/// The folder that everything is built in: this program lies in a folder of it.
pub fn target_folder() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.parent().and_then(Path::parent).map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

fn log(data: &Path) -> String {
    std::fs::read_to_string(data.join("log")).unwrap_or_default().trim().to_owned()
}
