//! Taking an invitation.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use collabcanvas_access::{Actor, Permission, decide};
use collabcanvas_canvas::UserId;
use collabcanvas_storage::{Invitation, SecretHash, User};
use serde::Deserialize;

use super::JsonBody;
use super::signin::SignedIn;
use crate::app::{App, to_the_end};
use crate::clock::now_ms;
use crate::error::ApiError;
use crate::identity::{self, Caller};

#[derive(Deserialize)]
pub(crate) struct Join {
    token: String,
    /// What somebody who is not signed in wants to be called.
    #[serde(default)]
    name: String,
}

/// `POST /api/join`: the invitation is used up. Somebody who is signed in stays who they are; anybody else becomes a
/// user and is signed in.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Join>,
) -> Result<Response, ApiError> {
    let caller = identity::caller(&*app.accounts, &headers).await?;
    // The name is checked first, so that a bad one does not cost the invitation.
    let newcomer = if caller.is_none() { Some(super::name(&body.name)?) } else { None };
    // An invitation that was taken is made use of, even when whoever took it goes away meanwhile.
    to_the_end(async move { take(&app, caller, newcomer, &identity::hash(&body.token)).await }).await
}

async fn take(
    app: &Arc<App>,
    caller: Option<Caller>,
    newcomer: Option<String>,
    secret: &SecretHash,
) -> Result<Response, ApiError> {
    let invitation = app.accounts.take_invitation(secret, now_ms()).await?.ok_or_else(no_invitation)?;
    if !may_still_invite(app, &invitation).await? {
        return Err(no_invitation());
    }
    let user = match (caller, newcomer) {
        (Some(caller), _) => caller.user,
        (None, name) => return welcome(app, &invitation, name.unwrap_or_default()).await,
    };
    let role = app.projects.role(&invitation.project, &user.id).await?;
    if role.is_none_or(|role| role < invitation.role) {
        app.set_role(&invitation.project, &user.id, Some(invitation.role)).await?;
    } else {
        // Whoever gains nothing by it, a member who looks where the link leads, leaves it to somebody else.
        app.accounts.create_invitation(secret, &invitation).await?;
    }
    Ok(Json(SignedIn { user: user.into(), project: Some(invitation.project) }).into_response())
}

fn no_invitation() -> ApiError {
    let message = "this invitation has been used, has expired, or the link is cut short: ask for a new one";
    ApiError::new(StatusCode::GONE, "no-invitation", message).at("/token")
}

/// Whether who made an invitation could make it today: it must not bring back somebody who was removed.
async fn may_still_invite(app: &App, invitation: &Invitation) -> Result<bool, ApiError> {
    let Some(maker) = app.accounts.user(&invitation.maker).await? else { return Ok(false) };
    let role = app.projects.role(&invitation.project, &maker.id).await?;
    let actor = Actor { role, operator: maker.operator, plugin: None };
    Ok(decide(&actor, Permission::ManageProject).is_ok())
}

/// Makes a user of somebody who has none.
async fn welcome(app: &Arc<App>, invitation: &Invitation, name: String) -> Result<Response, ApiError> {
    let user = User { id: UserId::parse(&identity::random_id())?, name, operator: false, created_ms: now_ms() };
    app.accounts.create_user(&user).await?;
    app.set_role(&invitation.project, &user.id, Some(invitation.role)).await?;
    let secret = identity::start_session(&*app.accounts, &user.id).await?;
    let cookie = identity::session_cookie(&secret, app.origins.secure());
    let body = Json(SignedIn { user: user.into(), project: Some(invitation.project.clone()) });
    Ok(([(SET_COOKIE, cookie)], body).into_response())
}
