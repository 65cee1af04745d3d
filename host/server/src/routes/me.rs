//! The caller's own account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_storage::User;
use serde::{Deserialize, Serialize};

use super::JsonBody;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;

/// The caller, as they see themselves.
#[derive(Serialize)]
pub(crate) struct Me {
    id: UserId,
    name: String,
    operator: bool,
}

impl From<User> for Me {
    fn from(User { id, name, operator, .. }: User) -> Self {
        Self { id, name, operator }
    }
}

#[derive(Serialize)]
pub(crate) struct MeAndProjects {
    user: Me,
    projects: Vec<MyProject>,
}

#[derive(Serialize)]
struct MyProject {
    id: ProjectId,
    name: String,
    role: Role,
}

/// `GET /api/me`
pub(crate) async fn show(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<MeAndProjects>, ApiError> {
    let projects = app.projects.projects_of(&caller.user.id).await?;
    let projects = projects.into_iter().map(|(project, role)| MyProject { id: project.id, name: project.name, role });
    Ok(Json(MeAndProjects { user: caller.user.into(), projects: projects.collect() }))
}

#[derive(Deserialize)]
pub(crate) struct Rename {
    name: String,
}

/// `PATCH /api/me`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(body): JsonBody<Rename>,
) -> Result<Json<Me>, ApiError> {
    let name = super::name(&body.name)?;
    app.accounts.rename_user(&caller.user.id, &name).await?;
    app.rooms.renamed(&caller.user.id, &name).await;
    Ok(Json(Me { name, ..caller.user.into() }))
}
