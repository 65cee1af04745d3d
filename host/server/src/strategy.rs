//! `collabcanvas strategy`: what save strategies cost and risk, on recorded or made-up sessions.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, Subcommand};
use collabcanvas_plugins::{JsonObject, Plugin, PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::Catalog;
use collabcanvas_rooms::simulator::{Crowd, Outcome, Prices, Simulation, Spread, StoreTiming, Trace};
use serde::Serialize;

use crate::config::LimitsFile;
use crate::plugin_files::wasm_files;

/// Work on save strategies.
#[derive(Subcommand, Clone, Debug)]
pub enum StrategyCommand {
    /// Plays sessions to a room once with each strategy, in simulated time, and compares what they write, how long
    /// edits wait and what a crash would cost.
    Simulate(SimulateOptions),
}

/// What is simulated.
#[derive(Args, Clone, Debug)]
#[command(
    group = ArgGroup::new("sessions").args(["trace", "generate"]).required(true).multiple(true),
    group = ArgGroup::new("compared").args(["plugins", "strategy"]).required(true).multiple(true)
)]
pub struct SimulateOptions {
    /// File of a session: JSON Lines of {"at_ms": …, "user": "…", "operations": […]}, in order of time, from an empty
    /// canvas on. Can be given several times.
    #[arg(long, value_name = "FILE")]
    trace: Vec<PathBuf>,

    /// Makes up a session; what is left out is people=5,minutes=10,seed=1.
    #[arg(long, value_name = "people=N,minutes=N,seed=N")]
    generate: Option<Crowd>,

    /// File to write the session to that was made up.
    #[arg(long, value_name = "FILE", requires = "generate")]
    keep: Option<PathBuf>,

    /// Folder of plugins (.wasm): their shape types validate the edits, and all strategies among them are compared
    /// unless --strategy names others.
    #[arg(long, env = "COLLABCANVAS_PLUGINS", value_name = "DIR")]
    plugins: Option<PathBuf>,

    /// Save strategy (.wasm). Can be given several times.
    #[arg(long, value_name = "FILE")]
    strategy: Vec<PathBuf>,

    /// Settings of the strategies: a JSON object that fits the schema of each.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    settings: String,

    /// How long an append takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = StoreTiming::default().append_ms)]
    append_ms: u64,

    /// File of limits, as for serve.
    #[arg(long, env = "COLLABCANVAS_LIMITS", value_name = "FILE")]
    limits: Option<PathBuf>,

    /// Prints JSON: a list of {"trace", "outcomes"}.
    #[arg(long)]
    json: bool,
}

/// What came out for one trace.
#[derive(Serialize)]
struct Compared {
    trace: String,
    outcomes: Vec<Outcome>,
}

/// Simulates, and prints what came out. Compiled plugins are kept in `cache`.
pub(crate) async fn simulate(options: SimulateOptions, cache: &Path) -> anyhow::Result<()> {
    let settings: JsonObject = serde_json::from_str(&options.settings).context("--settings is no JSON object")?;
    let traces = traces(&options)?;
    let limits = options.limits.as_deref().map(LimitsFile::read).transpose()?.unwrap_or_default();
    let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: cache.to_owned(), limits: limits.plugins })?;
    let catalog = Arc::new(Catalog::new(runtime));
    let strategies = strategies(&options, &catalog).await?;
    let timing = StoreTiming { append_ms: options.append_ms, ..StoreTiming::default() };
    let simulation = Simulation { catalog, limits: limits.rooms, timing, prices: Prices::default() };
    let compared = tokio::task::spawn_blocking(move || compare(&simulation, &strategies, &settings, traces)).await??;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&compared)?);
    } else {
        compared.iter().for_each(|compared| print!("{}", table(compared)));
    }
    Ok(())
}

/// The sessions, each with its name.
fn traces(options: &SimulateOptions) -> anyhow::Result<Vec<(String, Trace)>> {
    let mut traces = Vec::new();
    for file in &options.trace {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
        let trace = Trace::read(&text).with_context(|| format!("{name} is no trace"))?;
        traces.push((name, trace));
    }
    if let Some(crowd) = options.generate {
        let trace = crowd.trace();
        if let Some(file) = &options.keep {
            std::fs::write(file, trace.write()).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        let Crowd { people, minutes, seed } = crowd;
        traces.push((format!("people={people},minutes={minutes},seed={seed}"), trace));
    }
    Ok(traces)
}

/// Installs the plugins; gives the strategies to compare.
async fn strategies(options: &SimulateOptions, catalog: &Catalog) -> anyhow::Result<Vec<Arc<Plugin>>> {
    let mut strategies = Vec::new();
    if let Some(folder) = &options.plugins {
        let files = wasm_files(folder).with_context(|| format!("the folder {} cannot be read", folder.display()))?;
        for file in files {
            let plugin = install(catalog, &file).await?;
            if options.strategy.is_empty() && plugin.strategy.is_some() {
                strategies.push(plugin);
            }
        }
    }
    for file in &options.strategy {
        strategies.push(install(catalog, file).await?);
    }
    if strategies.is_empty() {
        bail!(
            "there is no save strategy to simulate: name one with --strategy, or a folder that holds one with --plugins"
        );
    }
    Ok(strategies)
}

async fn install(catalog: &Catalog, file: &Path) -> anyhow::Result<Arc<Plugin>> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    catalog.install(bytes).await.with_context(|| format!("{} is no plugin for this server", file.display()))
}

fn compare(
    simulation: &Simulation,
    strategies: &[Arc<Plugin>],
    settings: &JsonObject,
    traces: Vec<(String, Trace)>,
) -> anyhow::Result<Vec<Compared>> {
    let mut compared = Vec::new();
    for (name, trace) in traces {
        let outcome = |strategy: &Arc<Plugin>| {
            let outcome = simulation.run(strategy, settings, &trace);
            outcome.with_context(|| format!("{name} cannot be played with {}", strategy.manifest.name))
        };
        let outcomes = strategies.iter().map(outcome).collect::<anyhow::Result<_>>()?;
        compared.push(Compared { trace: name, outcomes });
    }
    Ok(compared)
}

/// What came out, for people: a column for each strategy.
fn table(compared: &Compared) -> String {
    type Cell = fn(&Outcome) -> String;
    let rows: [(&str, Cell); 15] = [
        ("write units", |it| it.write_units.total().to_string()),
        ("  for the journal", |it| it.write_units.journal.to_string()),
        ("  for checkpoints", |it| it.write_units.checkpoints.to_string()),
        ("appends", |it| it.appends.to_string()),
        ("checkpoints", |it| it.checkpoints.to_string()),
        ("shapes written", |it| it.shapes_written.to_string()),
        ("versions", |it| it.versions.to_string()),
        ("longest journal, edits", |it| it.longest_journal.to_string()),
        ("accepted after, ms", |it| spread(it.accepted_ms)),
        ("durable after, ms", |it| spread(it.durable_ms)),
        ("accepted to durable, ms", |it| spread(it.at_risk_ms)),
        ("a crash costs, edits", |it| format!("{:.1} / {}", it.loss.mean_edits, it.loss.worst_edits)),
        ("a crash costs, ms", |it| format!("{:.1} / {}", it.loss.mean_ms, it.loss.worst_ms)),
        ("refused edits", |it| it.refused.to_string()),
        ("faults", |it| it.faults.to_string()),
    ];
    let mut lines = String::new();
    let mut line = |name: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>18}")).collect();
        writeln!(lines, "{name:<26}{cells}").expect("strings take everything");
    };
    let outcomes = &compared.outcomes;
    line("", outcomes.iter().map(|outcome| outcome.strategy.clone()).collect());
    for (name, cell) in rows {
        line(name, outcomes.iter().map(cell).collect());
    }
    let of = outcomes.first().map_or_else(String::new, |outcome| {
        format!("{} edits in {} s", outcome.edits + outcome.refused, outcome.lasted_ms.div_ceil(1000))
    });
    let legend = "Spreads are p50 / p95 / max; what a crash costs is mean / worst. Write units are DynamoDB's.";
    format!("\n{}: {of}\n\n{lines}\n{legend}\n", compared.trace)
}

fn spread(spread: Spread) -> String {
    format!("{} / {} / {}", spread.p50, spread.p95, spread.max)
}
