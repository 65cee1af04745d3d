//! Plugins: which are installed on the server, and which of them a project has enabled.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use collabcanvas_access::Capabilities;
use collabcanvas_plugins::{Kind, Plugin};
use collabcanvas_storage::{EnabledPlugin, Project};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JsonBody;
use crate::app::{App, to_the_end};
use crate::error::ApiError;
use crate::gate::Membership;

/// An installed plugin, as operators see it.
#[derive(Serialize)]
pub(crate) struct InstalledPlugin {
    name: String,
    version: String,
    digest: String,
    description: String,
    license: String,
    authors: Vec<String>,
    capabilities: Capabilities,
    kinds: Vec<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings_schema: Option<Map<String, Value>>,
}

impl From<&Plugin> for InstalledPlugin {
    fn from(plugin: &Plugin) -> Self {
        let manifest = plugin.manifest.clone();
        Self {
            name: manifest.name,
            version: manifest.version,
            digest: plugin.digest.clone(),
            description: manifest.description,
            license: manifest.license,
            authors: manifest.authors,
            capabilities: manifest.capabilities,
            kinds: plugin.kinds.iter().copied().collect(),
            settings_schema: manifest.settings_schema,
        }
    }
}

/// `GET /api/plugins`
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<InstalledPlugin>>, ApiError> {
    app.plugin_files.install_shared(&app.catalog).await.map_err(|error| ApiError::failed(&error))?;
    Ok(Json(app.catalog.list().iter().map(|plugin| InstalledPlugin::from(&**plugin)).collect()))
}

/// `POST /api/plugins`: the body is the plugin's file.
pub(crate) async fn install(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<(StatusCode, Json<InstalledPlugin>), ApiError> {
    let limit = app.catalog.runtime().limits().file_bytes;
    let file = to_bytes(body, limit).await.map_err(|error| {
        let message = format!("the file did not arrive whole, or has more than {limit} bytes: {error}");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message)
    })?;
    let plugin = app.catalog.install(file.to_vec()).await?;
    app.plugin_files.keep(&plugin.digest, &file).await.map_err(|error| ApiError::failed(&error))?;
    tracing::info!(plugin = plugin.manifest.name, digest = plugin.digest, "a plugin was installed");
    Ok((StatusCode::CREATED, Json(InstalledPlugin::from(&*plugin))))
}

/// How a project wants a plugin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enable {
    digest: String,
    #[serde(default)]
    granted: Capabilities,
    #[serde(default)]
    settings: Map<String, Value>,
}

/// `PUT /api/projects/{project}/plugins/{name}`
pub(crate) async fn enable(
    State(app): State<Arc<App>>,
    membership: Membership,
    Path((_, name)): Path<(String, String)>,
    JsonBody(body): JsonBody<Enable>,
) -> Result<StatusCode, ApiError> {
    let plugin =
        app.catalog.ensure(&body.digest).await.filter(|plugin| plugin.manifest.name == name).ok_or_else(|| {
            let message = format!("no plugin {name:?} of this digest is installed: an operator can upload it");
            ApiError::unusable("not-installed", message).at("/digest")
        })?;
    if let Some(extra) = body.granted.difference(&plugin.manifest.capabilities).next() {
        let message = format!("{name} does not ask for {extra}: grant what its manifest lists");
        return Err(ApiError::unusable("not-requested", message).at("/granted"));
    }
    plugin.check_settings(&body.settings).map_err(|problem| {
        let path = format!("/settings{}", problem.path.unwrap_or_default());
        ApiError::unusable(&problem.code, problem.message).at(&path)
    })?;
    let reason = format!("{name} was enabled or changed");
    let enabled = EnabledPlugin { name, digest: body.digest, granted: body.granted, settings: body.settings };
    change(app, membership, reason, move |project| {
        match project.plugins.iter_mut().find(|plugin| plugin.name == enabled.name) {
            Some(plugin) => *plugin = enabled,
            None => project.plugins.push(enabled),
        }
        Ok(())
    })
    .await
}

/// `DELETE /api/projects/{project}/plugins/{name}`. Its shapes stay as placeholders (P3).
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    membership: Membership,
    Path((_, name)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let reason = format!("{name} was disabled");
    change(app, membership, reason, move |project| {
        if project.save_strategy == name {
            let message = format!("{name} decides when this project is saved: choose another save strategy first");
            return Err(ApiError::conflict("in-use", message));
        }
        let before = project.plugins.len();
        project.plugins.retain(|plugin| plugin.name != name);
        if project.plugins.len() == before { Err(not_enabled(&name)) } else { Ok(()) }
    })
    .await
}

/// `POST /api/projects/{project}/plugins/{name}/release`: lets a plugin that was set aside try again (P1).
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    membership: Membership,
    Path((_, name)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    if app.rooms.release_plugin(&membership.project, &name).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(not_enabled(&name))
}

fn not_enabled(name: &str) -> ApiError {
    let shown: String = name.chars().take(64).collect();
    ApiError::not_found(&format!("plugin {shown:?} in this project"))
}

/// Changes a project's plugins and tells its room.
async fn change(
    app: Arc<App>,
    membership: Membership,
    reason: String,
    change: impl FnOnce(&mut Project) -> Result<(), ApiError> + Send + 'static,
) -> Result<StatusCode, ApiError> {
    to_the_end(async move {
        // Held until the room knows: of two changes the later must also be told later.
        let _changing = app.changing.lock(&membership.project).await;
        let before = app.project(&membership.project).await?;
        let mut project = before.clone();
        change(&mut project)?;
        app.projects.update_project(&before, &project).await?;
        app.rooms.plugins_changed(&project.id, &reason).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
