//! HTTP and WebSocket routes, identity, configuration, and the `collabcanvas` command.
//!
//! [`Server::start`] opens the data folder, installs the plugins, makes the operator and the first project
//! (`bootstrap`), and listens (`serve`). A request finds its handler in the one table of `routes`, which also names
//! what it takes to be let in; `gate` asks that before the handler runs (A1): where the request comes from (`origin`),
//! who sends it (`identity`), and whether they may ([`collabcanvas_access::decide`]). What a handler cannot do becomes
//! an `error::ApiError`: a status and a [`collabcanvas_canvas::Problem`]. A socket leaves HTTP behind in `socket` and
//! joins two ends: what the browser says goes to the room's inlet, what the room's outlet has goes to the browser.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use collabcanvas_server::{Server, ServerConfig};
//! let server = Server::start(ServerConfig::new("data").listening_on("127.0.0.1:0")).await?;
//! println!("open {}", server.signin_link());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

mod app;
mod bootstrap;
mod bundle;
mod clock;
mod command;
mod config;
mod doctor;
mod error;
mod gate;
mod health;
mod identity;
mod metrics;
mod origin;
mod plugin_files;
mod project_locks;
mod routes;
mod serve;
mod signals;
mod site;
mod socket;
mod stores;
mod strategy;

pub use command::{Command, run};
pub use config::{
    HostsOptions, LogFormat, LogOptions, ManyHosts, PluginCommand, ServeOptions, ServerConfig, TablesCommand,
    TablesOptions,
};
pub use doctor::DoctorOptions;
pub use origin::Origin;
pub use serve::Server;
pub use socket::SocketTiming;
