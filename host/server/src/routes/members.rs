//! Who belongs to a project, in which role.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use collabcanvas_access::Role;
use collabcanvas_canvas::UserId;
use serde::{Deserialize, Serialize};

use super::JsonBody;
use crate::app::App;
use crate::error::ApiError;
use crate::gate::Membership;

#[derive(Serialize)]
pub(crate) struct Member {
    user: Person,
    role: Role,
}

/// A user, as others see them.
#[derive(Serialize)]
struct Person {
    id: UserId,
    name: String,
}

/// `GET /api/projects/{project}/members`
pub(crate) async fn list(State(app): State<Arc<App>>, membership: Membership) -> Result<Json<Vec<Member>>, ApiError> {
    let members = app.projects.members(&membership.project).await?;
    let members =
        members.into_iter().map(|(user, role)| Member { user: Person { id: user.id, name: user.name }, role });
    Ok(Json(members.collect()))
}

#[derive(Deserialize)]
pub(crate) struct NewRole {
    role: Role,
}

/// `PUT /api/projects/{project}/members/{user}`
pub(crate) async fn set_role(
    State(app): State<Arc<App>>,
    membership: Membership,
    Path((_, user)): Path<(String, String)>,
    JsonBody(body): JsonBody<NewRole>,
) -> Result<StatusCode, ApiError> {
    let user = known(&app, &user).await?;
    app.set_role(&membership.project, &user, Some(body.role)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/projects/{project}/members/{user}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    membership: Membership,
    Path((_, user)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let user = known(&app, &user).await?;
    app.set_role(&membership.project, &user, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn known(app: &App, id: &str) -> Result<UserId, ApiError> {
    let nobody = || ApiError::not_found("such user: send an invitation instead");
    let user = app.accounts.user(&UserId::parse(id).map_err(|_| nobody())?).await?;
    Ok(user.ok_or_else(nobody)?.id)
}
