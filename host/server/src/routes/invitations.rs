//! Inviting people to a project by a link that works once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use collabcanvas_access::Role;
use collabcanvas_storage::Invitation;
use serde::{Deserialize, Serialize};

use super::JsonBody;
use crate::app::App;
use crate::clock::now_ms;
use crate::error::ApiError;
use crate::gate::Membership;
use crate::identity::{Caller, Secret};

/// How long an invitation can be taken: a week, so that one that was forgotten in some mail is worth nothing.
const INVITATION_MS: u64 = 7 * 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
pub(crate) struct Invite {
    role: Role,
}

#[derive(Serialize)]
pub(crate) struct Invited {
    link: String,
    expires_ms: u64,
}

/// `POST /api/projects/{project}/invitations`. The secret is in the link's fragment, which browsers send to no server.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    membership: Membership,
    caller: Caller,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Invite>,
) -> Result<(StatusCode, Json<Invited>), ApiError> {
    let secret = Secret::random();
    let expires_ms = now_ms() + INVITATION_MS;
    let invitation = Invitation { project: membership.project, maker: caller.user.id, role: body.role, expires_ms };
    app.accounts.create_invitation(&secret.hash(), &invitation).await?;
    let link = format!("{}/join#token={}", app.origins.base(&headers), secret.text());
    Ok((StatusCode::CREATED, Json(Invited { link, expires_ms })))
}
