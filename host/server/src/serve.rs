//! A server's life: opening the data folder, accepting connections, ending in order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use collabcanvas_plugins::{PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::{Catalog, Rooms};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, SigninLink};
use crate::bootstrap::Defaults;
use crate::config::ServerConfig;
use crate::health::Health;
use crate::identity::{self, Secret};
use crate::metrics::{self, Counted};
use crate::origin::{Origin, Origins};
use crate::plugin_files::PluginFiles;
use crate::project_locks::ProjectLocks;
use crate::site::Site;
use crate::socket::Sockets;
use crate::stores::{self, Opened};
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
    drain: Duration,
    metrics_address: Option<SocketAddr>,
}

impl Server {
    /// Opens the data folder, installs the plugins and starts to listen. When this returns, the server answers.
    pub async fn start(config: ServerConfig) -> anyhow::Result<Self> {
        raise_file_limit();
        // First of all, so that a port that is taken is told at once, and not after everything has been opened.
        let listener = listen(&config.listen).await?;
        let url = own_url(&listener)?;
        let secret = Secret::random();
        let drain = config.drain;
        let metrics = match &config.metrics {
            Some(address) => Some(listen_for("--metrics", address).await?),
            None => None,
        };
        let metrics_address = metrics.as_ref().and_then(|listener| listener.local_addr().ok());
        // Boxed: opening reaches down into the clients of AWS, whose futures are deep.
        let app = Arc::new(Box::pin(open(config, &secret, url.clone())).await?);
        let signin = format!("{}/signin#token={}", app.origins.public(), secret.text());
        let (stopping, stop) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, routes::router(&app), stop.clone()));
        if let Some(listener) = metrics {
            tokio::spawn(accept(listener, metrics::router(&app), stop));
        }
        Ok(Self { url, signin, app, stopping, accepting, drain, metrics_address })
    }

    /// Where it listens: `http://127.0.0.1:8080`.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The link that signs in as the operator, as long as this server runs.
    pub fn signin_link(&self) -> String {
        self.signin.clone()
    }

    /// Where it serves metrics, if it does.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// How many sockets are open.
    pub fn open_sockets(&self) -> usize {
        self.app.sockets.count()
    }

    /// Takes no more connections, saves everything, tells every session, and ends (D5).
    ///
    /// A host among many tells its sessions to move first, and answers until they have, so that load balancers and
    /// browsers learn that it is going. False when not everything could be saved.
    pub async fn stop(self) -> bool {
        let Self { app, stopping, accepting, drain, .. } = self;
        let unsaved = || app.rooms.metrics().closed_unsaved.get();
        let before = unsaved();
        app.health.begin_draining();
        if app.shared.is_some() {
            app.rooms.move_away(drain).await;
        }
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
        unsaved() == before
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
    let Opened { accounts, projects, rooms: stores, shared } = match &config.hosts {
        None => stores::open_folder(data).await?,
        Some(hosts) => Box::pin(stores::open_shared(hosts)).await?,
    };
    let limits = config.plugin_limits;
    let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: cache_folder(data), limits })?;
    let mut plugin_files = match &shared {
        None => PluginFiles::in_folder(plugins_folder(data))
            .with_context(|| format!("the plugins' folder in {} cannot be made", data.display()))?,
        Some(shared) => PluginFiles::shared(shared.objects.clone()),
    };
    let catalog = match plugin_files.source() {
        None => Catalog::new(runtime),
        Some(source) => Catalog::new(runtime).fetching_from(source),
    };
    let catalog = Arc::new(catalog);
    bundle::install_all(&catalog, &mut plugin_files, config.plugins.as_deref()).await?;
    let defaults = if shared.is_some() { Defaults::shared() } else { Defaults::alone() };
    let operator = bootstrap::operator(&*accounts, &*projects, &plugin_files.bundled(), defaults).await?;
    let upgraded = bootstrap::follow_bundle(&*projects, &operator.id, &catalog, &plugin_files).await?;
    let counted = Counted::default();
    if let Some(shared) = &shared {
        counted.watch(shared);
        identity::share_link(&*accounts, secret, &operator.id).await?;
    }
    let frame_bytes = config.room_limits.frame_bytes;
    let rooms = Rooms::new(config.room_limits, stores, catalog.clone());
    for project in upgraded {
        // Other hosts may have it open.
        rooms.plugins_changed(&project, "plugins were upgraded with the server").await?;
    }
    Ok(App {
        frame_bytes,
        rooms,
        accounts,
        projects,
        shared,
        catalog,
        plugin_files,
        defaults,
        site: load_site(config.web.as_deref())?,
        origins: Origins::new(config.origins, url),
        signin: SigninLink { token: secret.hash(), operator: operator.id },
        sockets: Sockets::default(),
        timing: config.timing,
        changing: ProjectLocks::default(),
        health: Health::default(),
        counted,
    })
}

/// Makes a folder, if need be, that only this user can look into: canvases are nobody else's business.
pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
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

fn load_site(folder: Option<&Path>) -> anyhow::Result<Site> {
    let Some(folder) = folder else { return Ok(Site::default()) };
    let site = Site::load(folder).with_context(|| {
        format!("the web interface in {} cannot be read: build it with `cargo xtask web`, or name another folder with --web", folder.display())
    })?;
    tracing::info!(folder = %folder.display(), files = site.len(), "web interface ready");
    Ok(site)
}

async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    listen_for("--listen", address).await
}

async fn listen_for(flag: &str, address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is taken by another program, perhaps another collabcanvas: end it, or choose another port with {flag} 127.0.0.1:0"
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("listening on {address} is not permitted: choose a port from 1024 on with {flag}")
        }
        _ => anyhow::anyhow!("cannot listen on {address}: {error}; {flag} takes an address and a port, for example 127.0.0.1:8080"),
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
