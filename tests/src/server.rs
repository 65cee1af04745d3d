//! A server in a process of its own, to be killed.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::guarded::Guarded;
use crate::http::{self, Response};
use crate::replica::{Need, Replica};
use crate::socket::Socket;

/// A running server. It dies with this value.
pub struct ServerProcess {
    process: Guarded,
    /// `http://ADDRESS:PORT`.
    pub url: String,
    /// The token of the sign-in link.
    token: String,
    /// What it has written to its log, in all its lives.
    log: PathBuf,
}

/// What a server is started with, besides what every server needs.
pub struct Surroundings {
    /// Programs with their arguments that start it in turn, such as `env A=b`; none to start it as it is.
    pub by: Vec<OsString>,
    /// Where it listens.
    pub listen: IpAddr,
    /// Further options of its command line.
    pub options: Vec<OsString>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { by: Vec::new(), listen: Ipv4Addr::LOCALHOST.into(), options: Vec::new() }
    }
}

#[derive(Deserialize)]
struct Ready {
    url: String,
    signin: String,
}

impl ServerProcess {
    /// Starts `program` (the `collabcanvas` command, or one that does the same) on a free port with its data in `data`.
    pub fn start(program: &Path, data: &Path, plugins: &Path) -> anyhow::Result<Self> {
        Self::start_in(&Surroundings::default(), program, data, plugins)
    }

    /// The same in these surroundings. What the server logs goes to the end of `server.log` in `data`.
    pub fn start_in(surroundings: &Surroundings, program: &Path, data: &Path, plugins: &Path) -> anyhow::Result<Self> {
        let ready_file = data.join("ready.json");
        // A file of an earlier life would be taken for this one's.
        let _ = std::fs::remove_file(&ready_file);
        let log = data.join("server.log");
        let listen = format!("{}:0", surroundings.listen);
        let flags = ["serve", "--listen", &listen, "--data"].map(OsString::from).into_iter();
        let paths = [data.into(), "--plugins".into(), plugins.into(), "--ready-file".into(), ready_file.clone().into()];
        let started_by = surroundings.by.iter().cloned().chain([program.into()]);
        let mut words = started_by.chain(flags).chain(paths).chain(surroundings.options.iter().cloned());
        let first = words.next().context("there is a program")?;
        let mut process = Guarded::start(Path::new(&first), &words.collect::<Vec<_>>(), &log)?;
        let ready =
            wait_for(&ready_file, &mut process).with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
        let token = ready.signin.split_once("token=").context("the sign-in link has a token")?.1.to_owned();
        Ok(Self { process, url: ready.url.trim_end_matches('/').to_owned(), token, log })
    }

    /// Ends it without a word, as `kill -9` does.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// What it has logged, in all lives with the same data.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Fails when any part of the server has panicked, or the process has ended.
    pub fn assert_well(&mut self) {
        let log = self.log();
        // A guest's last words are in the log too, and begin otherwise.
        let panicked = log.lines().any(|line| line.starts_with("thread '") && line.contains("panicked at"));
        assert!(!panicked, "the server panicked:\n{log}");
        let ended = self.process.ended().expect("a child can be asked");
        assert!(ended.is_none(), "the server ended by itself ({ended:?}):\n{log}");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its process, to be paused and asked to end.
    pub fn process(&mut self) -> &mut Guarded {
        &mut self.process
    }

    /// Signs in with the link; answers with the cookie and the first project.
    pub async fn sign_in(&self) -> anyhow::Result<(String, String)> {
        let response = self.request("POST", "/api/signin", None, Some(json!({ "token": self.token }))).await?;
        let cookie = response.header("set-cookie").context("signing in sets a cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let project = response.json()?["project"].as_str().context("signing in names a project")?.to_owned();
        Ok((cookie, project))
    }

    /// Invites somebody of this name to a project, who joins; answers with their cookie and their user's id.
    pub async fn invite(
        &self,
        project: &str,
        cookie: &str,
        role: &str,
        name: &str,
    ) -> anyhow::Result<(String, String)> {
        let path = format!("/api/projects/{project}/invitations");
        let invited = self.request("POST", &path, Some(cookie), Some(json!({ "role": role }))).await?.json()?;
        let token = invited["link"].as_str().and_then(|link| link.split_once("token=")).context("an invitation")?.1;
        let joined = self.request("POST", "/api/join", None, Some(json!({"token": token, "name": name}))).await?;
        let cookie = joined.header("set-cookie").context("joining sets a cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok((cookie, joined.json()?["user"]["id"].as_str().context("joining names the user")?.to_owned()))
    }

    /// Loads the snapshot of a canvas, which may be a little older than the canvas.
    pub async fn snapshot(&self, project: &str, cookie: &str) -> anyhow::Result<Replica> {
        let response = self.request("GET", &format!("/api/projects/{project}/canvas"), Some(cookie), None).await?;
        if response.status != 200 {
            bail!("status {}: {}", response.status, String::from_utf8_lossy(&response.body));
        }
        let mut replica = Replica::new("onlooker");
        replica.load(&response.body)?;
        Ok(replica)
    }

    /// The canvas as it is now, to somebody who opens it: the snapshot and what has happened since.
    pub async fn look(&self, project: &str, cookie: &str) -> anyhow::Result<Replica> {
        let mut replica = self.snapshot(project, cookie).await?;
        let mut socket = Socket::open(&self.url, project, cookie).await?;
        socket.send(&replica.hello()).await?;
        loop {
            match replica.receive(socket.next().await?) {
                Need::Nothing => {}
                Need::SendPending => return Ok(replica),
                Need::Snapshot => bail!("the snapshot of this moment is too old already"),
            }
        }
    }

    /// Sends a request, from the server's own origin.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        cookie: Option<&str>,
        body: Option<Value>,
    ) -> anyhow::Result<Response> {
        http::request(&self.url, method, path, cookie, body.map(|body| body.to_string().into_bytes()), &self.url).await
    }
}

fn wait_for(ready_file: &Path, process: &mut Guarded) -> anyhow::Result<Ready> {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Ok(text) = std::fs::read_to_string(ready_file) {
            return serde_json::from_str(&text).context("the ready file is JSON");
        }
        if let Some(status) = process.ended()? {
            bail!("the server ended before it was ready: {status}");
        }
        if Instant::now() > deadline {
            bail!("the server was not ready within two minutes");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
