//! Measures the runtime with plugins from files: `cargo run -p collabcanvas-plugins --example measure -- basic.wasm …`
//!
//! Prints medians of: installing anew and from a warm cache, a cold project, `validate` and `render` of 100 shapes,
//! and the memory of 1,000 projects held open.

use std::sync::Arc;
use std::time::{Duration, Instant};

use collabcanvas_plugins::{
    EnabledPlugin, Limits, NoServices, Plugin, PluginRuntime, ProjectPlugins, RuntimeConfig, SaveState, ShapeInput,
};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let files: Vec<Vec<u8>> = std::env::args().skip(1).map(std::fs::read).collect::<Result<_, _>>()?;
    let folder = tempfile::tempdir()?;
    let cache = folder.path().join("cache");
    for state in ["cold cache", "warm cache"] {
        let began = Instant::now();
        let installed = install(&start(&cache)?, &files).await?;
        println!("{:<28} {:?} for {} plugins", format!("install, {state}"), began.elapsed(), installed.len());
    }
    let runtime = start(&cache)?;
    let plugins = install(&runtime, &files).await?;
    report("cold project", measure(100, async || first_use(&project(&runtime, &plugins), &plugins).await).await);
    let project_of_one = project(&runtime, &plugins);
    let shapes = hundred_shapes(&plugins);
    report("validate 100 shapes", measure(500, async || drop(project_of_one.validate(&shapes).await)).await);
    report("render 100 shapes", measure(500, async || drop(project_of_one.render(&shapes).await)).await);
    report("plan", measure(500, async || drop(project_of_one.plan(SaveState::default()).await)).await);
    hold_projects(&runtime, &plugins).await?;
    Ok(())
}

fn start(cache: &std::path::Path) -> Outcome<Arc<PluginRuntime>> {
    Ok(PluginRuntime::new(RuntimeConfig { cache_dir: cache.to_owned(), limits: Limits::default() })?)
}

async fn install(runtime: &Arc<PluginRuntime>, files: &[Vec<u8>]) -> Outcome<Vec<Arc<Plugin>>> {
    let mut plugins = Vec::new();
    for file in files {
        plugins.push(runtime.install(file.clone()).await?);
    }
    Ok(plugins)
}

fn project(runtime: &Arc<PluginRuntime>, plugins: &[Arc<Plugin>]) -> ProjectPlugins {
    let enable = |plugin: &Arc<Plugin>| EnabledPlugin {
        plugin: plugin.clone(),
        settings: Default::default(),
        granted: plugin.manifest.capabilities.clone(),
    };
    ProjectPlugins::new(runtime.clone(), "measured", plugins.iter().map(enable).collect(), Arc::new(NoServices))
}

/// Makes every plugin of the project run once.
async fn first_use(project: &ProjectPlugins, plugins: &[Arc<Plugin>]) {
    for answer in project.validate(&one_of_each(plugins)).await {
        answer.expect("default props are in normal form");
    }
    if project.strategy().is_some() {
        project.plan(SaveState::default()).await.expect("a strategy has a plan for an idle project");
    }
}

fn one_of_each(plugins: &[Arc<Plugin>]) -> Vec<ShapeInput> {
    let types = plugins.iter().flat_map(|plugin| &plugin.shape_types);
    let shape = |found: &collabcanvas_plugins::ShapeTypeDescription| ShapeInput {
        shape_type: found.shape_type.clone(),
        width: found.default_size.width,
        height: found.default_size.height,
        props: found.default_props.clone(),
        references: Vec::new(),
    };
    types.map(shape).collect()
}

fn hundred_shapes(plugins: &[Arc<Plugin>]) -> Vec<ShapeInput> {
    one_of_each(plugins).into_iter().cycle().take(100).collect()
}

async fn hold_projects(runtime: &Arc<PluginRuntime>, plugins: &[Arc<Plugin>]) -> Outcome {
    let before = resident_bytes()?;
    let mut held = Vec::new();
    for _ in 0..1_000 {
        let project = project(runtime, plugins);
        first_use(&project, plugins).await;
        held.push(project);
    }
    let grown = resident_bytes()?.saturating_sub(before);
    println!("{:<28} {:.1} MB", "1,000 projects held open", grown as f64 / 1e6);
    Ok(())
}

fn resident_bytes() -> Outcome<usize> {
    let status = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = status.split(' ').nth(1).unwrap_or("0").parse()?;
    Ok(pages * 4096)
}

async fn measure(times: usize, mut work: impl AsyncFnMut()) -> Duration {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        work().await;
        taken.push(began.elapsed());
    }
    taken.sort();
    taken[times / 2]
}

fn report(what: &str, median: Duration) {
    println!("{what:<28} {median:?}");
}
