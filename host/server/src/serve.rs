//! A server's life: opening the data folder, accepting connections, ending in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use collabcanvas_plugins::{PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::{Catalog, Rooms, Stores};
use collabcanvas_storage::SqliteStore;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, SigninLink};
use crate::config::ServerConfig;
use crate::identity::Secret;
use crate::origin::{Origin, Origins};
use crate::plugin_folder::PluginFolder;
use crate::project_locks::ProjectLocks;
use crate::site::Site;
use crate::socket::Sockets;
use crate::{bootstrap, bundle, routes};

/// Longest wait for a request's head, and for the next one on a connection that is kept open.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Largest head of a request, in bytes; browsers send about one kilobyte.
const HEAD_BYTES: usize = 32 * 1024;
/// How long requests under way and sockets that say goodbye are waited for at the end.
const GOODBYE: Duration = Duration::from_secs(3);

/// A server that runs.
pub struct Server {
    url: Origin,
    signin: String,
    app: Arc<App>,
    stopping: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Opens the data folder, installs the plugins and starts to listen. When this returns, the server answers.
    pub async fn start(config: ServerConfig) -> anyhow::Result<Self> {
        raise_file_limit();
        // First of all, so that a port that is taken is told at once, and not after everything has been opened.
        let listener = listen(&config.listen).await?;
        let url = own_url(&listener)?;
        let secret = Secret::random();
        let app = Arc::new(open(config, &secret, url.clone()).await?);
        let signin = format!("{}/signin#token={}", app.origins.public(), secret.text());
        let (stopping, stop) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, routes::router(&app), stop));
        Ok(Self { url, signin, app, stopping, accepting })
    }

    /// Where it listens: `http://127.0.0.1:8080`.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The link that signs in as the operator, as long as this server runs.
    pub fn signin_link(&self) -> String {
        self.signin.clone()
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.app.sockets.count()
    }

    /// Takes no more connections, saves everything, tells every session, and ends (D5).
    pub async fn stop(self) {
        let Self { app, stopping, accepting, .. } = self;
        // Nobody listens to this any more only when the task that accepts has ended.
        let _ = stopping.send(true);
        app.rooms.shutdown().await;
        let connections = async {
            let _ = accepting.await;
            stopping.closed().await;
            app.sockets.all_gone().await;
        };
        if tokio::time::timeout(GOODBYE, connections).await.is_err() {
            tracing::warn!("some connections did not end in time and were cut");
        }
    }
}

/// The compiled plugins of a data folder.
pub(crate) fn cache_folder(data: &Path) -> PathBuf {
    data.join("cache")
}

/// The plugins' files of a data folder.
pub(crate) fn plugins_folder(data: &Path) -> PathBuf {
    data.join("plugins")
}

async fn open(config: ServerConfig, secret: &Secret, url: Origin) -> anyhow::Result<App> {
    let data = &config.data;
    make_private(data).with_context(|| format!("the data folder {} cannot be made", data.display()))?;
    let store = open_store(data).await?;
    let limits = config.plugin_limits;
    let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: cache_folder(data), limits })?;
    let catalog = Arc::new(Catalog::new(runtime));
    let mut plugin_folder = PluginFolder::open(plugins_folder(data))
        .with_context(|| format!("the plugins' folder in {} cannot be made", data.display()))?;
    bundle::install_all(&catalog, &mut plugin_folder, config.plugins.as_deref()).await?;
    let operator = bootstrap::operator(&*store, &*store, &plugin_folder.bundled()).await?;
    bootstrap::follow_bundle(&*store, &operator.id, &catalog, &plugin_folder).await?;
    let stores =
        Stores { canvas: store.clone(), projects: store.clone(), plugin_data: store.clone(), versions: store.clone() };
    Ok(App {
        frame_bytes: config.room_limits.frame_bytes,
        rooms: Rooms::new(config.room_limits, stores, catalog.clone()),
        accounts: store.clone(),
        projects: store,
        catalog,
        plugin_folder,
        site: load_site(config.web.as_deref())?,
        origins: Origins::new(config.origins, url),
        signin: SigninLink { token: secret.hash(), operator: operator.id },
        sockets: Sockets::default(),
        timing: config.timing,
        changing: ProjectLocks::default(),
    })
}

/// Makes a folder, if need be, that only this user can look into: canvases are nobody else's business.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // Also one that was there before: made by hand, or by `plugin install`.
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

async fn open_store(data: &Path) -> anyhow::Result<Arc<SqliteStore>> {
    let path = data.join("collabcanvas.sqlite");
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(&path)).await?;
    Ok(Arc::new(opened?))
}

fn load_site(folder: Option<&Path>) -> anyhow::Result<Site> {
    let Some(folder) = folder else { return Ok(Site::default()) };
    let site = Site::load(folder).with_context(|| {
        format!("the web interface in {} cannot be read: build it with `cargo xtask web`, or name another folder with --web", folder.display())
    })?;
    tracing::info!(folder = %folder.display(), files = site.len(), "web interface ready");
    Ok(site)
}

async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is taken by another program, perhaps another collabcanvas: end it, or choose another port with --listen 127.0.0.1:0"
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("listening on {address} is not permitted: choose a port from 1024 on with --listen")
        }
        _ => anyhow::anyhow!("cannot listen on {address}: {error}; --listen takes an address and a port, for example 127.0.0.1:8080"),
    })
}

/// The address under which this machine reaches the server.
fn own_url(listener: &TcpListener) -> anyhow::Result<Origin> {
    let mut address = listener.local_addr().context("the port is not known")?;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}").parse().map_err(anyhow::Error::msg)
}

/// Accepts connections until it is told to stop.
async fn accept(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => return,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, router.clone(), stop.clone()));
            }
            Err(error) => {
                // Too many open files, mostly: connections that end make room.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Waits until the server is to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    // An error means that the server is gone altogether.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Answers the requests of one connection. One that becomes a socket leaves here.
async fn connection(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    // Frames are written whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = told(&mut stop) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}

/// Lets this process hold as many sockets as it may: shells start programs with a limit of 1,024 open files.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!(%error, "the number of open files could not be raised: many connections may be refused");
    }
}

#[cfg(not(unix))]
fn raise_file_limit() {}
