//! The `collabcanvas` command.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use collabcanvas_plugins::{Limits, Plugin, PluginRuntime, RuntimeConfig};
use collabcanvas_storage::dynamodb::tables;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogOptions, PluginCommand, ServeOptions, TablesCommand, read_command};
use crate::doctor::{self, DoctorOptions};
use crate::plugin_files::{PluginFiles, write_whole};
use crate::serve::{Server, cache_folder, plugins_folder};
use crate::signals;
use crate::stores::dynamo_client;
use crate::strategy::{self, StrategyCommand};

/// A real-time collaborative canvas that anyone can host, made of plugins.
#[derive(Parser, Clone, Debug)]
#[command(name = "collabcanvas", version, max_term_width = 100)]
pub struct Command {
    /// What to do.
    #[command(subcommand)]
    action: Action,
    /// What is logged.
    #[command(flatten)]
    log: LogOptions,
    /// File of settings (TOML): each setting of `serve` by its long name. A flag and the environment count before it.
    #[arg(long, env = "COLLABCANVAS_CONFIG", global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Serves canvases until Ctrl-C; a second Ctrl-C ends at once.
    Serve(ServeOptions),
    /// Works on plugin files.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Makes or checks the DynamoDB tables that many hosts share.
    #[command(subcommand)]
    Tables(TablesCommand),
    /// Looks at everything that a server with these settings needs, and says what is wrong and what to do. Ends with
    /// status 1 when something is.
    Doctor(DoctorOptions),
    /// Works on save strategies.
    #[command(subcommand)]
    Strategy(StrategyCommand),
}

impl Command {
    /// Reads the command line, the environment, and the file of settings that either names. Ends the process when one of
    /// them is wrong, or asks for help.
    pub fn read() -> Self {
        let arguments: Vec<_> = std::env::args_os().collect();
        read_command(arguments).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            std::process::exit(2)
        })
    }
}

/// Runs the command to its end.
pub fn run(command: Command) -> ExitCode {
    match try_run(command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when it did what it should, and what it looked at is not as it should be.
fn try_run(command: Command) -> anyhow::Result<bool> {
    start_log(&command.log)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime does not start")?;
    runtime.block_on(async {
        match command.action {
            Action::Doctor(options) => return doctor::run(options).await,
            Action::Serve(options) => serve(options).await,
            Action::Plugin(PluginCommand::Check { file }) => check(&file).await,
            Action::Plugin(PluginCommand::Install { file, data }) => install(&file, &data).await,
            Action::Tables(command) => tables(command).await,
            Action::Strategy(StrategyCommand::Simulate(options)) => {
                strategy::simulate(options, private_folder().path()).await
            }
        }?;
        Ok(true)
    })
}

fn start_log(options: &LogOptions) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&options.log).with_context(|| format!("--log {:?} is no filter", options.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match options.log_format {
        LogFormat::Human => log.with_target(false).compact().try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log does not start: {error}"))
}

/// What programs that start a server need to know.
#[derive(Serialize)]
struct Ready<'a> {
    url: &'a str,
    signin: String,
    pid: u32,
}

async fn serve(options: ServeOptions) -> anyhow::Result<()> {
    let ready_file = options.ready_file.clone();
    let server = Server::start(options.try_into()?).await?;
    let ready = Ready { url: server.url(), signin: server.signin_link(), pid: std::process::id() };
    println!("\n  CollabCanvas runs on {}\n", ready.url);
    println!("  Sign in:  {}\n", ready.signin);
    println!(
        "  The link works as long as the server runs, in any number of browsers: keep it to yourself. Ctrl-C saves and ends it.\n"
    );
    if let Some(path) = ready_file {
        let shown = path.display().to_string();
        let content = serde_json::to_vec(&ready)?;
        write_whole(path, content).await.with_context(|| format!("--ready-file {shown} cannot be written"))?;
    }
    signals::wait().await.context("the server cannot listen for Ctrl-C")?;
    println!("  Saving …");
    if !server.stop().await {
        bail!(
            "not everything could be saved: the log names the canvases; browsers that are still open hold what is missing and send it when a server answers again"
        );
    }
    println!("  Ended.");
    Ok(())
}

async fn tables(command: TablesCommand) -> anyhow::Result<()> {
    let (TablesCommand::Create(options) | TablesCommand::Check(options)) = &command;
    let Some(address) = &options.dynamodb else {
        bail!("it takes --dynamodb: `aws`, or the address of another server with its API");
    };
    let client = dynamo_client(address).await?;
    match command {
        TablesCommand::Create(_) => tables::create(&client, &options.tables).await?,
        TablesCommand::Check(_) => tables::check(&client, &options.tables).await?,
    }
    println!("the tables {}* are there, and as they should be", options.tables);
    Ok(())
}

async fn check(file: &Path) -> anyhow::Result<()> {
    let cache = private_folder();
    let plugin = read_and_install(file, cache.path()).await?;
    describe(&plugin);
    Ok(())
}

async fn install(file: &Path, data: &Path) -> anyhow::Result<()> {
    let folder =
        PluginFiles::in_folder(plugins_folder(data)).with_context(|| format!("{} cannot be used", data.display()))?;
    let plugin = read_and_install(file, &cache_folder(data)).await?;
    folder.keep(&plugin.digest, &std::fs::read(file)?).await?;
    describe(&plugin);
    println!("installed in {}: a server that runs on it finds it at its next start;", data.display());
    println!(
        "then an owner enables it with PUT /api/projects/ID/plugins/{} (digest {})",
        plugin.manifest.name, plugin.digest
    );
    Ok(())
}

async fn read_and_install(file: &Path, cache: &Path) -> anyhow::Result<std::sync::Arc<Plugin>> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: cache.to_owned(), limits: Limits::default() })?;
    runtime.install(bytes).await.with_context(|| format!("{} is no plugin for this server", file.display()))
}

/// A folder for compiled code, which the runtime makes; it is gone afterwards.
struct Temporary(std::path::PathBuf);

impl Temporary {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Left behind at worst: it is in the system's folder for such things.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn private_folder() -> Temporary {
    Temporary(std::env::temp_dir().join(format!("collabcanvas-check-{}", crate::identity::random_id())))
}

fn describe(plugin: &Plugin) {
    let list = |words: Vec<String>| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let manifest = &plugin.manifest;
    println!("{} {}  {}", manifest.name, manifest.version, manifest.description);
    println!("  digest        {}", plugin.digest);
    println!("  contract      {}", manifest.contract);
    println!("  kinds         {}", list(plugin.kinds.iter().map(|kind| kind.interface().to_owned()).collect()));
    println!("  capabilities  {}", list(manifest.capabilities.iter().map(ToString::to_string).collect()));
    println!("  shape types   {}", list(plugin.shape_types.iter().map(|shape| shape.shape_type.to_string()).collect()));
    println!("  AI tools      {}", list(plugin.tools.iter().map(|tool| tool.name.clone()).collect()));
    println!("  formats       {}", list(plugin.formats.iter().map(|format| format.name.clone()).collect()));
    println!("  save strategy {}", plugin.strategy.as_ref().map_or("none", |strategy| strategy.label.as_str()));
}
