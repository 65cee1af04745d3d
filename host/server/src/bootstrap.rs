//! What a server does before it listens: its first operator and project, and newer builds of the plugins that come
//! with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context;
use collabcanvas_canvas::{Problem, ProjectId, UserId};
use collabcanvas_plugins::Plugin;
use collabcanvas_rooms::Catalog;
use collabcanvas_storage::{AccountStore, EnabledPlugin, Project, ProjectStore, StoreError, User};

use crate::clock::now_ms;
use crate::identity::random_id;
use crate::plugin_files::PluginFiles;

/// What every new project begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    /// Its save strategy, unless only others come with the server.
    strategy: &'static str,
}

impl Defaults {
    /// Those of a server on its own, on whose disk a write costs nothing: edits are durable as soon as they can be.
    pub const fn alone() -> Self {
        Self { strategy: "save-interval" }
    }

    /// Those of many hosts, which pay their store by the write: few writes, for a delay that has a bound.
    pub const fn shared() -> Self {
        Self { strategy: "save-adaptive" }
    }
}

/// The server's operator; made at the first start, together with a project.
pub(crate) async fn operator(
    accounts: &dyn AccountStore,
    projects: &dyn ProjectStore,
    bundled: &[Arc<Plugin>],
    defaults: Defaults,
) -> anyhow::Result<User> {
    let operator = match accounts.first_operator().await? {
        Some(operator) => operator,
        None => make_operator(accounts).await?,
    };
    // Not told apart from a start that was cut short between the two.
    if projects.projects_of(&operator.id).await?.is_empty() {
        make_project(projects, &operator, bundled, defaults).await?;
    }
    Ok(operator)
}

/// Makes the operator. Of hosts that do so at once, one does: their account has one id for all of them.
async fn make_operator(accounts: &dyn AccountStore) -> anyhow::Result<User> {
    let id = UserId::parse("operator")?;
    let operator = User { id, name: "Operator".into(), operator: true, created_ms: now_ms() };
    match accounts.create_user(&operator).await {
        Ok(()) => Ok(operator),
        Err(error) => {
            let made_elsewhere = accounts.first_operator().await?;
            made_elsewhere.ok_or(error).context("the operator's account cannot be made")
        }
    }
}

/// Makes the operator's first project, once likewise.
async fn make_project(
    projects: &dyn ProjectStore,
    operator: &User,
    bundled: &[Arc<Plugin>],
    defaults: Defaults,
) -> anyhow::Result<()> {
    let mut project = new_project("My canvas".into(), bundled, defaults)?;
    let random = std::mem::replace(&mut project.id, ProjectId::parse(&format!("first-{}", operator.created_ms))?);
    let Err(error) = projects.create_project(&project, &operator.id).await else { return Ok(()) };
    match projects.role(&project.id, &operator.id).await? {
        Some(_) => Ok(()),
        None if projects.project(&project.id).await?.is_some() => {
            // They have left their first project: this is another.
            project.id = random;
            Ok(projects.create_project(&project, &operator.id).await?)
        }
        None => Err(error).context("the first project cannot be made"),
    }
}

/// A project with these plugins, each granted what it asks for: its makers chose them together with the server.
pub(crate) fn new_project(name: String, bundled: &[Arc<Plugin>], defaults: Defaults) -> Result<Project, Problem> {
    let mut strategies = bundled.iter().filter(|plugin| plugin.strategy.is_some()).map(|plugin| &plugin.manifest.name);
    let first = strategies.clone().next();
    let strategy = strategies.find(|name| *name == defaults.strategy).or(first);
    let plugins = bundled.iter().map(|plugin| EnabledPlugin {
        name: plugin.manifest.name.clone(),
        digest: plugin.digest.clone(),
        granted: plugin.manifest.capabilities.clone(),
        settings: serde_json::Map::new(),
    });
    Ok(Project {
        id: ProjectId::parse(&random_id())?,
        name,
        created_ms: now_ms(),
        plugins: plugins.collect(),
        save_strategy: strategy.map_or_else(|| defaults.strategy.to_owned(), Clone::clone),
    })
}

/// Moves the operator's projects to the builds of plugins that now come with the server.
///
/// A project runs the exact builds that it pinned (P2). A pin moves by itself only when nobody could tell but by the
/// mend that it brings: it is on a build that came with the server too, and the new one is a drop-in for it. Anything
/// else waits for an owner, and the old build stays. Answers with the projects that have moved.
pub(crate) async fn follow_bundle(
    projects: &dyn ProjectStore,
    operator: &UserId,
    catalog: &Catalog,
    folder: &PluginFiles,
) -> anyhow::Result<Vec<ProjectId>> {
    let bundled = folder.bundled();
    let ever_bundled = folder.ever_bundled().await?;
    let mut moved = Vec::new();
    for (before, _) in projects.projects_of(operator).await? {
        let mut project = before.clone();
        for pin in &project.plugins {
            catalog.ensure(&pin.digest).await;
        }
        if move_pins(&mut project, &bundled, &ever_bundled, catalog) {
            match projects.update_project(&before, &project).await {
                // Another host that starts now has done so.
                Err(StoreError::Changed(_)) => continue,
                done => done?,
            }
            moved.push(project.id);
        }
    }
    let new = bundled.iter().map(|plugin| plugin.digest.clone()).filter(|digest| !ever_bundled.contains(digest));
    let new: BTreeSet<String> = new.collect();
    if !new.is_empty() {
        folder.note_bundled(&ever_bundled, &new).await?;
    }
    Ok(moved)
}

/// Whether any pin has moved.
fn move_pins(
    project: &mut Project,
    bundled: &[Arc<Plugin>],
    ever_bundled: &BTreeSet<String>,
    catalog: &Catalog,
) -> bool {
    let mut moved = false;
    for pin in &mut project.plugins {
        let newer = bundled.iter().find(|plugin| plugin.manifest.name == pin.name && plugin.digest != pin.digest);
        let Some(newer) = newer.filter(|_| ever_bundled.contains(&pin.digest)) else { continue };
        let held = catalog.get(&pin.digest);
        if held.as_deref().is_none_or(|held| is_drop_in(newer, held)) {
            tracing::info!(project = %project.id, plugin = pin.name, from = pin.digest, to = newer.digest, "upgraded with the server");
            pin.digest.clone_from(&newer.digest);
            moved = true;
        } else {
            tracing::warn!(
                project = %project.id, plugin = pin.name, digest = pin.digest, newer = newer.digest,
                "keeps its build: the one that comes with the server changes props, drops something or asks for more"
            );
        }
    }
    moved
}

/// Whether a build can take another's place unseen: it does all that the other does, with the same versions of props,
/// and asks for nothing more.
fn is_drop_in(newer: &Plugin, held: &Plugin) -> bool {
    let same_props =
        held.shape_types.iter().all(|old| newer.shape_type(&old.name).is_some_and(|new| new.version == old.version));
    same_props
        && newer.kinds.is_superset(&held.kinds)
        && newer.manifest.capabilities.is_subset(&held.manifest.capabilities)
}
