//! Plugins, in this process: `validate`, a cold project, many projects held open.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use collabcanvas_canvas::{Props, ShapeType};
use collabcanvas_plugins::{
    EnabledPlugin, Limits, NoServices, Plugin, PluginRuntime, ProjectPlugins, RuntimeConfig, SaveState, ShapeInput,
};

use crate::process::own_memory;
use crate::report::Row;
use crate::server::{data_folder, plugins_folder};
use crate::shapes::star_props;
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

const PROJECTS: usize = 1_000;
const FILES: [&str; 3] = ["basic.wasm", "text.wasm", "save-interval.wasm"];

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let folder = data_folder()?;
        let cache = folder.path().join("cache");
        install(&cache).await?;
        let (runtime, plugins) = install(&cache).await?;
        let project = project(&runtime, &plugins);
        let stars = (0..100).map(|number| shape("basic/star", &star_props(number))).collect::<Result<Vec<_>>>()?;
        let rectangle = |number| shape("basic/rectangle", &format!("{{\"corner_radius\":{}}}", number % 20));
        let rectangles = (0..100).map(rectangle).collect::<Result<Vec<_>>>()?;
        let rounds = plan.of(800, 200);
        Ok(vec![
            Row::new("validate 100 rectangles", validate(&project, &rectangles, rounds).await?, "µs").at_most(150.0),
            Row::new("validate 100 stars with four props", validate(&project, &stars, rounds).await?, "µs")
                .at_most(150.0),
            Row::new("cold project of three plugins", cold_project(&runtime, &plugins, plan).await?, "ms").at_most(5.0),
            Row::new("1,000 projects of three plugins", hold(&runtime, &plugins).await?, "MB").at_most(200.0),
        ])
    })
}

/// A runtime on a cache, with the plugins that ship.
async fn install(cache: &Path) -> Result<(Arc<PluginRuntime>, Vec<Arc<Plugin>>)> {
    let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: cache.to_owned(), limits: Limits::default() })?;
    let mut plugins = Vec::new();
    for name in FILES {
        let path = plugins_folder().join(name);
        let file = std::fs::read(&path)
            .with_context(|| format!("{} cannot be read: `cargo xtask plugins` builds it", path.display()))?;
        plugins.push(runtime.install(file).await?);
    }
    Ok((runtime, plugins))
}

fn project(runtime: &Arc<PluginRuntime>, plugins: &[Arc<Plugin>]) -> ProjectPlugins {
    let enable = |plugin: &Arc<Plugin>| EnabledPlugin {
        plugin: plugin.clone(),
        settings: serde_json::Map::new(),
        granted: plugin.manifest.capabilities.clone(),
    };
    ProjectPlugins::new(runtime.clone(), "bench", plugins.iter().map(enable).collect(), Arc::new(NoServices))
}

fn shape(shape_type: &str, props: &str) -> Result<ShapeInput> {
    Ok(ShapeInput {
        shape_type: ShapeType::parse(shape_type)?,
        width: 120.0,
        height: 80.0,
        props: Props::parse(props)?,
        references: Vec::new(),
    })
}

/// The median time of a call, in microseconds.
async fn validate(project: &ProjectPlugins, shapes: &[ShapeInput], rounds: usize) -> Result<f64> {
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let began = Instant::now();
        let answers = project.validate(shapes).await;
        took.push(ms(began.elapsed()) * 1e3);
        answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    }
    Ok(median(took))
}

/// Makes each of the plugins run once.
async fn first_use(project: &ProjectPlugins, shapes: &[ShapeInput]) -> Result<()> {
    project.validate(shapes).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    project.plan(SaveState::default()).await?;
    Ok(())
}

fn one_of_each() -> Result<[ShapeInput; 2]> {
    Ok([shape("basic/rectangle", "{}")?, shape("text/text", "{\"text\":\"Hello\"}")?])
}

/// The median time until a new project's plugins have all answered, in milliseconds.
async fn cold_project(runtime: &Arc<PluginRuntime>, plugins: &[Arc<Plugin>], plan: Plan) -> Result<f64> {
    let shapes = one_of_each()?;
    let mut took = Vec::new();
    for _ in 0..plan.of(200, 50) {
        let began = Instant::now();
        first_use(&project(runtime, plugins), &shapes).await?;
        took.push(ms(began.elapsed()));
    }
    Ok(median(took))
}

/// What 1,000 projects hold once each of their plugins has run, in megabytes.
async fn hold(runtime: &Arc<PluginRuntime>, plugins: &[Arc<Plugin>]) -> Result<f64> {
    let shapes = one_of_each()?;
    let before = own_memory()?;
    let mut held = Vec::with_capacity(PROJECTS);
    for _ in 0..PROJECTS {
        let project = project(runtime, plugins);
        first_use(&project, &shapes).await?;
        held.push(project);
    }
    Ok(own_memory()?.saturating_sub(before) as f64 / 1e6)
}
