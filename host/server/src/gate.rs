//! The door of every route: where a request comes from, who sends it, and whether they may (A1).
//!
//! It runs before the handler and leaves [`Caller`] and [`Membership`] for it to extract.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::header::UPGRADE;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use collabcanvas_access::{Actor, Permission, Role, decide};
use collabcanvas_canvas::ProjectId;

use crate::app::App;
use crate::error::{ApiError, project_id};
use crate::identity::{Caller, caller};

/// Longest time from a request's head to its answer: room for a plugin of the largest size on a slow line, and an end
/// to bodies that never come.
const REQUEST_TIME: Duration = Duration::from_secs(120);

/// What it takes to be let in to a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: there is nothing to protect, or the handler itself checks a secret in the request.
    Public,
    /// Being signed in: the route concerns the caller's own account only.
    SignedIn,
    /// A permission on the server.
    Server(Permission),
    /// A permission in the project of which the address's `{project}` is the id.
    Project(Permission),
}

/// The project that a request concerns, and what the caller is in it.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub project: ProjectId,
    /// None: no member, but an operator.
    pub role: Option<Role>,
}

/// Lets a request in to its handler, or answers why not.
pub(crate) async fn gate(
    State((access, app)): State<(Access, Arc<App>)>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refused) = admit(access, &app, &params, &mut request).await {
        return refused.into_response();
    }
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("the request was not complete after {} s: try again", REQUEST_TIME.as_secs());
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message).into_response()
        }
    }
}

async fn admit(access: Access, app: &App, params: &RawPathParams, request: &mut Request) -> Result<(), ApiError> {
    if changes_or_connects(request) {
        app.origins.check(request.headers())?;
    }
    if access == Access::Public {
        return Ok(());
    }
    let caller = caller(&*app.accounts, request.headers()).await?.ok_or_else(ApiError::signed_out)?;
    match access {
        Access::Public | Access::SignedIn => {}
        Access::Server(permission) => decide(&actor(&caller, None), permission)?,
        Access::Project(permission) => {
            let membership = membership(app, params, &caller).await?;
            decide(&actor(&caller, membership.role), permission)?;
            request.extensions_mut().insert(membership);
        }
    }
    request.extensions_mut().insert(caller);
    Ok(())
}

/// Whether another site's page could do harm by having a browser send this.
fn changes_or_connects(request: &Request) -> bool {
    !matches!(*request.method(), Method::GET | Method::HEAD) || request.headers().contains_key(UPGRADE)
}

fn actor(caller: &Caller, role: Option<Role>) -> Actor {
    Actor { role, operator: caller.user.operator, plugin: None }
}

async fn membership(app: &App, params: &RawPathParams, caller: &Caller) -> Result<Membership, ApiError> {
    let text = params.iter().find_map(|(name, value)| (name == "project").then_some(value));
    let project = project_id(text.unwrap_or_default())?;
    let role = app.projects.role(&project, &caller.user.id).await?;
    if role.is_none() {
        // Tells an address that is cut short from a door that is closed.
        app.project(&project).await?;
    }
    Ok(Membership { project, role })
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self, ApiError>> + Send {
        std::future::ready(left_by_gate(parts, "caller"))
    }
}

impl<S: Sync> FromRequestParts<S> for Membership {
    type Rejection = ApiError;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self, ApiError>> + Send {
        std::future::ready(left_by_gate(parts, "membership"))
    }
}

/// A handler that asks for more than its route's access gives is a mistake in the table of routes; it is let in nowhere.
fn left_by_gate<T: Clone + Send + Sync + 'static>(parts: &Parts, what: &str) -> Result<T, ApiError> {
    parts
        .extensions
        .get()
        .cloned()
        .ok_or_else(|| ApiError::failed(&format!("the route {} has no {what}", parts.uri.path())))
}
