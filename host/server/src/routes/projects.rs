//! Projects: making, showing and changing them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use collabcanvas_access::Role;
use collabcanvas_canvas::ProjectId;
use collabcanvas_plugins::{BROWSER_ENTRY, Kind, Plugin, PluginState, ShapeTypeDescription};
use collabcanvas_storage::{EnabledPlugin, Project};
use serde::{Deserialize, Serialize};

use super::JsonBody;
use crate::app::App;
use crate::bootstrap;
use crate::error::ApiError;
use crate::gate::Membership;
use crate::identity::Caller;

#[derive(Deserialize)]
pub(crate) struct NewProject {
    name: String,
}

/// A project, as its members see it.
#[derive(Serialize)]
pub(crate) struct ProjectView {
    id: ProjectId,
    name: String,
    role: Option<Role>,
    save_strategy: String,
    plugins: Vec<PluginView>,
}

/// One of a project's plugins, and how it fares.
#[derive(Serialize)]
struct PluginView {
    name: String,
    version: String,
    digest: String,
    description: String,
    kinds: Vec<Kind>,
    /// The module that a browser imports; null when there is nothing for browsers in it.
    entry: Option<String>,
    shape_types: Vec<ShapeTypeDescription>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// `POST /api/projects`: a project with the plugins that come with the server.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(body): JsonBody<NewProject>,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let bundled = app.plugin_files.bundled();
    let project = bootstrap::new_project(super::name(&body.name)?, &bundled, app.defaults)?;
    app.projects.create_project(&project, &caller.user.id).await?;
    let view = view(&app, project, Some(Role::Owner)).await;
    Ok((StatusCode::CREATED, Json(view)))
}

/// `GET /api/projects/{project}`
pub(crate) async fn show(State(app): State<Arc<App>>, membership: Membership) -> Result<Json<ProjectView>, ApiError> {
    let project = app.project(&membership.project).await?;
    Ok(Json(view(&app, project, membership.role).await))
}

/// What to change; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectChange {
    name: Option<String>,
    /// The name of the enabled plugin that decides when to save.
    save_strategy: Option<String>,
}

/// `PATCH /api/projects/{project}`
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    membership: Membership,
    JsonBody(body): JsonBody<ProjectChange>,
) -> Result<Json<ProjectView>, ApiError> {
    let _changing = app.changing.lock(&membership.project).await;
    let before = app.project(&membership.project).await?;
    let mut project = before.clone();
    if let Some(name) = &body.name {
        project.name = super::name(name)?;
    }
    if let Some(strategy) = body.save_strategy.as_deref() {
        check_strategy(&app, &project, strategy).await?;
        strategy.clone_into(&mut project.save_strategy);
    }
    app.projects.update_project(&before, &project).await?;
    if body.save_strategy.is_some() {
        app.rooms.plugins_changed(&project.id, "another save strategy").await?;
    }
    Ok(Json(view(&app, project, membership.role).await))
}

async fn check_strategy(app: &App, project: &Project, name: &str) -> Result<(), ApiError> {
    let enabled = project.plugins.iter().find(|plugin| plugin.name == name);
    let plugin = match enabled {
        Some(enabled) => app.catalog.ensure(&enabled.digest).await,
        None => None,
    };
    if plugin.is_some_and(|plugin| plugin.strategy.is_some()) {
        return Ok(());
    }
    let message = format!("{name:?} is no save strategy of this project: enable a plugin that is one first");
    Err(ApiError::unusable("no-strategy", message).at("/save_strategy"))
}

async fn view(app: &App, project: Project, role: Option<Role>) -> ProjectView {
    // The project can be shown, and mended, even while its canvas cannot be opened.
    let states = app.rooms.plugin_states(&project.id).await.unwrap_or_else(|error| {
        tracing::warn!(project = %project.id, %error, "how its plugins fare is not known");
        Vec::new()
    });
    let plugins = project.plugins.iter().map(|enabled| {
        let state = states.iter().find(|state| state.name == enabled.name);
        match app.catalog.get(&enabled.digest) {
            Some(plugin) => PluginView::of(&plugin, state),
            None => PluginView::missing(enabled),
        }
    });
    let plugins = plugins.collect();
    ProjectView { id: project.id, name: project.name, role, save_strategy: project.save_strategy, plugins }
}

impl PluginView {
    fn of(plugin: &Plugin, state: Option<&PluginState>) -> Self {
        let reason = state.and_then(|state| state.quarantined.clone());
        let for_browsers = plugin.kinds.contains(&Kind::Shapes) || plugin.kinds.contains(&Kind::Formats);
        Self {
            name: plugin.manifest.name.clone(),
            version: plugin.manifest.version.clone(),
            digest: plugin.digest.clone(),
            description: plugin.manifest.description.clone(),
            kinds: plugin.kinds.iter().copied().collect(),
            entry: for_browsers.then(|| format!("/plugins/{}/{BROWSER_ENTRY}", plugin.digest)),
            shape_types: plugin.shape_types.clone(),
            state: if reason.is_some() { "quarantined" } else { "ok" },
            reason,
        }
    }

    /// A plugin whose file this server does not have; its shapes stay as placeholders (P3).
    fn missing(enabled: &EnabledPlugin) -> Self {
        let reason = format!(
            "the build {} of {} is not installed on this server: an operator can upload it",
            enabled.digest, enabled.name
        );
        Self {
            name: enabled.name.clone(),
            version: String::new(),
            digest: enabled.digest.clone(),
            description: String::new(),
            kinds: Vec::new(),
            entry: None,
            shape_types: Vec::new(),
            state: "missing",
            reason: Some(reason),
        }
    }
}
