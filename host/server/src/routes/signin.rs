//! Signing in with the link that the server prints at its start, and out again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use collabcanvas_canvas::ProjectId;
use serde::{Deserialize, Serialize};

use super::JsonBody;
use super::me::Me;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Caller};

#[derive(Deserialize)]
pub(crate) struct SignIn {
    token: String,
}

/// Who has signed in, and the project to go to.
#[derive(Serialize)]
pub(crate) struct SignedIn {
    pub user: Me,
    pub project: Option<ProjectId>,
}

/// One header of an answer.
pub(crate) type OneHeader = [(HeaderName, HeaderValue); 1];

/// `POST /api/signin`
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    JsonBody(body): JsonBody<SignIn>,
) -> Result<(OneHeader, Json<SignedIn>), ApiError> {
    // Comparing hashes tells nothing about the secret by the time it takes.
    let operator = if identity::hash(&body.token) == app.signin.token {
        app.signin.operator.clone()
    } else {
        let shared = match app.shared {
            Some(_) => identity::shared_link(&*app.accounts, &body.token).await?,
            None => None,
        };
        let message = "this sign-in link is not valid any more: the server prints a new one each time it starts";
        shared.ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "bad-token", message).at("/token"))?
    };
    let operator = app.accounts.user(&operator).await?;
    let user = operator.ok_or_else(|| ApiError::failed(&"the operator's account is gone"))?;
    let projects = app.projects.projects_of(&user.id).await?;
    let first = projects.into_iter().min_by_key(|(project, _)| project.created_ms);
    let secret = identity::start_session(&*app.accounts, &user.id).await?;
    let cookie = identity::session_cookie(&secret, app.origins.secure());
    let project = first.map(|(project, _)| project.id);
    Ok(([(SET_COOKIE, cookie)], Json(SignedIn { user: user.into(), project })))
}

/// `POST /api/signout`
pub(crate) async fn sign_out(State(app): State<Arc<App>>, caller: Caller) -> Result<(OneHeader, StatusCode), ApiError> {
    app.accounts.delete_login(&caller.session).await?;
    Ok(([(SET_COOKIE, identity::no_cookie(app.origins.secure()))], StatusCode::NO_CONTENT))
}
