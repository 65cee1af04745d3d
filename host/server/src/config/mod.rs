//! Every setting of the `collabcanvas` command: a flag, an environment variable, a line in the file of settings.
//!
//! What a flag says counts first, then the environment, then the file ([`file`]), then the default. `README.md` has the
//! table of all settings, which a test compares with the flags.

mod file;
mod hosts;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use collabcanvas_plugins::Limits;
use collabcanvas_rooms::RoomLimits;
use serde::Deserialize;

use crate::origin::Origin;
use crate::socket::SocketTiming;

pub(crate) use file::read_command;
pub use hosts::{HostsOptions, ManyHosts};

/// How the server runs.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// Address and port to listen on; port 0 takes any that is free.
    #[arg(long, env = "COLLABCANVAS_LISTEN", value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// Folder that everything is kept in: canvases, accounts, installed plugins. With --redis only what can be made
    /// again is: compiled plugins. Made if need be.
    #[arg(long, env = "COLLABCANVAS_DATA", value_name = "DIR", default_value = "collabcanvas-data")]
    pub data: PathBuf,

    /// Folder of the plugins (.wasm) that come with the server; new projects have them enabled.
    #[arg(long, env = "COLLABCANVAS_PLUGINS", value_name = "DIR")]
    pub plugins: Option<PathBuf>,

    /// Folder of the built web interface.
    #[arg(long, env = "COLLABCANVAS_WEB", value_name = "DIR")]
    pub web: Option<PathBuf>,

    /// Address that people open, when it is another than where the server listens: behind a proxy, say. The first is
    /// used in links; if it is https, cookies never travel without TLS. Can be given several times.
    #[arg(long, env = "COLLABCANVAS_ORIGIN", value_name = "URL", value_delimiter = ',')]
    pub origin: Vec<Origin>,

    /// File of limits (JSON: {"rooms": {…}, "plugins": {…}}) that are to differ from the defaults.
    #[arg(long, env = "COLLABCANVAS_LIMITS", value_name = "FILE")]
    pub limits: Option<PathBuf>,

    /// Address and port at which /metrics is served to Prometheus. Whoever reaches it reads it: keep it off the network
    /// of browsers.
    #[arg(long, env = "COLLABCANVAS_METRICS", value_name = "HOST:PORT")]
    pub metrics: Option<String>,

    /// File to write {"url", "signin", "pid"} to (JSON) once the server is ready.
    #[arg(long, env = "COLLABCANVAS_READY_FILE", value_name = "FILE")]
    pub ready_file: Option<PathBuf>,

    /// What many hosts share.
    #[command(flatten)]
    pub hosts: HostsOptions,
}

/// What a file of limits holds; what is left out keeps its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsFile {
    pub rooms: RoomLimits,
    pub plugins: Limits,
}

impl LimitsFile {
    /// Reads a file; the error names the member that it cannot have.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the limits in {} cannot be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| {
            let expected = "a JSON object with `rooms` and `plugins`, each an object of limits";
            format!("{} does not hold limits: expected {expected}", path.display())
        })
    }
}

/// What is logged, and how.
#[derive(Args, Clone, Debug)]
pub struct LogOptions {
    /// Form of the log.
    #[arg(long, env = "COLLABCANVAS_LOG_FORMAT", global = true, value_enum, default_value = "human")]
    pub log_format: LogFormat,

    /// What is logged: a level, or levels by module (tracing's filter syntax).
    #[arg(long, env = "COLLABCANVAS_LOG", global = true, value_name = "FILTER", default_value = "info")]
    pub log: String,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Work on plugin files.
#[derive(Subcommand, Clone, Debug)]
pub enum PluginCommand {
    /// Reads and tries a plugin as a server would, and says what it is or what is wrong with it.
    Check {
        /// The plugin's .wasm file.
        file: PathBuf,
    },
    /// Adds a plugin to a data folder; a server that runs on it finds the plugin at its next start.
    Install {
        /// The plugin's .wasm file.
        file: PathBuf,
        /// The server's data folder.
        #[arg(long, env = "COLLABCANVAS_DATA", value_name = "DIR", default_value = "collabcanvas-data")]
        data: PathBuf,
    },
}

/// Work on the tables that many hosts share.
#[derive(Subcommand, Clone, Debug)]
pub enum TablesCommand {
    /// Makes those that are missing, billed on demand, and waits until they can be used.
    Create(TablesOptions),
    /// Says what is missing or not as it should be.
    Check(TablesOptions),
}

/// Which tables.
#[derive(Args, Clone, Debug)]
pub struct TablesOptions {
    /// DynamoDB, as for serve: `aws`, or an http(s) address.
    #[arg(long, env = "COLLABCANVAS_DYNAMODB_URL", value_name = "aws|URL")]
    pub dynamodb: Option<String>,
    /// What the names of the tables begin with.
    #[arg(long, env = "COLLABCANVAS_TABLES", value_name = "PREFIX", default_value = "collabcanvas-")]
    pub tables: String,
}

/// Everything that a server is started with.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where it listens: `host:port`.
    pub listen: String,
    /// Where everything is kept.
    pub data: PathBuf,
    /// The plugins that come with it.
    pub plugins: Option<PathBuf>,
    /// The built web interface.
    pub web: Option<PathBuf>,
    /// Addresses that people open.
    pub origins: Vec<Origin>,
    /// What plugins may cost.
    pub plugin_limits: Limits,
    /// What rooms and sessions may cost.
    pub room_limits: RoomLimits,
    /// How long sockets may be silent or stuck.
    pub timing: SocketTiming,
    /// What it shares with other hosts; none when it is the only one.
    pub hosts: Option<ManyHosts>,
    /// Where metrics are served: `host:port`.
    pub metrics: Option<String>,
    /// Over how long the sockets are told to go when a host among many ends, so that they do not all come to another
    /// at once.
    pub drain: Duration,
}

impl ServerConfig {
    /// A server that keeps everything in `data`, and has neither plugins nor a web interface yet.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            listen: SocketAddr::from((IpAddr::from(Ipv4Addr::LOCALHOST), 8080)).to_string(),
            data: data.into(),
            plugins: None,
            web: None,
            origins: Vec::new(),
            plugin_limits: Limits::default(),
            room_limits: RoomLimits::default(),
            timing: SocketTiming::default(),
            hosts: None,
            metrics: None,
            drain: Duration::from_secs(5),
        }
    }

    /// The same, listening elsewhere: `host:port`.
    #[must_use]
    pub fn listening_on(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }
}

impl TryFrom<ServeOptions> for ServerConfig {
    type Error = anyhow::Error;

    fn try_from(options: ServeOptions) -> anyhow::Result<Self> {
        let ServeOptions { listen, data, plugins, web, origin, limits, metrics, hosts, ready_file: _ } = options;
        let hosts = hosts.many()?;
        let limits = limits.as_deref().map(LimitsFile::read).transpose()?.unwrap_or_default();
        let (room_limits, plugin_limits) = (limits.rooms, limits.plugins);
        Ok(Self {
            listen,
            plugins,
            web,
            origins: origin,
            room_limits,
            plugin_limits,
            hosts,
            metrics,
            ..Self::new(data)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, CommandFactory};

    use super::*;

    /// The table of all settings, as the flags are.
    fn table() -> String {
        let mut command = crate::command::Command::command();
        command.build();
        let serve = command.find_subcommand("serve").unwrap();
        let row = |argument: &Arg| {
            let long = argument.get_long().filter(|long| !["help", "version"].contains(long))?;
            let value = argument.get_value_names().unwrap_or_default().join(" ").replace('|', "\\|");
            let env = argument.get_env().map_or(String::new(), |name| format!("`{}`", name.to_string_lossy()));
            let default = argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned());
            let default = default.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" ");
            let help = argument.get_help().unwrap().to_string().replace('|', "\\|");
            Some(format!("| `--{long} {value}` | {env} | {default} | {help} |\n"))
        };
        let rows: String = serve.get_arguments().filter_map(row).collect();
        format!("| flag | environment | default | what |\n| --- | --- | --- | --- |\n{rows}")
    }

    #[test]
    fn the_readme_has_every_setting() {
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
        let table = table();
        assert!(readme.contains(&table), "README.md's table of settings is not this one:\n{table}");
    }

    #[test]
    fn a_file_of_limits_changes_those_that_it_names_and_refuses_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limits.json");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            LimitsFile::read(&path)
        };
        let limits = read(r#"{"rooms": {"sessions": 7}, "plugins": {"plan_ms": 9}}"#).unwrap();
        assert_eq!((limits.rooms.sessions, limits.plugins.plan_ms), (7, 9));
        assert_eq!(limits.rooms.mailbox, RoomLimits::default().mailbox);
        let error = format!("{:#}", read(r#"{"rooms": {"seats": 7}}"#).unwrap_err());
        assert!(error.contains("limits.json") && error.contains("seats") && error.contains("sessions"), "{error}");
    }
}
