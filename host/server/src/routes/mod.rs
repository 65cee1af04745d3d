//! The HTTP API: one table of all routes, each with what it takes to be let in, and a file for each domain.

mod assets;
mod canvas;
mod health;
mod invitations;
mod join;
mod live;
mod me;
mod members;
mod plugins;
mod projects;
mod signin;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Json, Router, middleware};
use collabcanvas_access::Permission::{CreateProject, ManageProject, ManageServer, ReadCanvas};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::ApiError;
use crate::gate::{Access, gate};

/// Largest JSON body, in bytes: a plugin's settings with a long text in them.
const MAX_JSON_BYTES: usize = 256 * 1024;

/// One route.
pub(crate) struct Route {
    pub path: &'static str,
    pub access: Access,
    handler: MethodRouter<Arc<App>>,
}

/// Every route of the server. There is no other place that makes one.
pub(crate) fn table() -> Vec<Route> {
    use Access::{Project, Public, Server, SignedIn};
    const DELETE: MethodFilter = MethodFilter::DELETE;
    const GET: MethodFilter = MethodFilter::GET;
    const PATCH: MethodFilter = MethodFilter::PATCH;
    const POST: MethodFilter = MethodFilter::POST;
    const PUT: MethodFilter = MethodFilter::PUT;
    vec![
        route(GET, "/api/health", Public, health::alive),
        route(GET, "/healthz", Public, health::alive),
        route(GET, "/readyz", Public, health::ready),
        route(POST, "/api/signin", Public, signin::sign_in),
        route(POST, "/api/signout", SignedIn, signin::sign_out),
        route(POST, "/api/join", Public, join::join),
        route(GET, "/api/me", SignedIn, me::show),
        route(PATCH, "/api/me", SignedIn, me::rename),
        route(POST, "/api/projects", Server(CreateProject), projects::create),
        route(GET, "/api/projects/{project}", Project(ReadCanvas), projects::show),
        route(PATCH, "/api/projects/{project}", Project(ManageProject), projects::change),
        route(GET, "/api/projects/{project}/canvas", Project(ReadCanvas), canvas::snapshot),
        route(GET, "/api/projects/{project}/live", Project(ReadCanvas), live::live),
        route(GET, "/api/projects/{project}/members", Project(ReadCanvas), members::list),
        route(PUT, "/api/projects/{project}/members/{user}", Project(ManageProject), members::set_role),
        route(DELETE, "/api/projects/{project}/members/{user}", Project(ManageProject), members::remove),
        route(POST, "/api/projects/{project}/invitations", Project(ManageProject), invitations::create),
        route(PUT, "/api/projects/{project}/plugins/{name}", Project(ManageProject), plugins::enable),
        route(DELETE, "/api/projects/{project}/plugins/{name}", Project(ManageProject), plugins::disable),
        route(POST, "/api/projects/{project}/plugins/{name}/release", Project(ManageProject), plugins::release),
        route(GET, "/api/plugins", Server(ManageServer), plugins::list),
        route(POST, "/api/plugins", Server(ManageServer), plugins::install),
        // What follows is the same for everybody: the web interface and the browser builds of plugins.
        route(GET, "/plugins/{digest}/{file}", Public, assets::plugin_file),
        route(GET, "/", Public, assets::index),
        route(GET, "/signin", Public, assets::index),
        route(GET, "/join", Public, assets::index),
        route(GET, "/p/{project}", Public, assets::index),
        route(GET, "/{*path}", Public, assets::file),
    ]
}

/// The router: every route of the table behind its door.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for Route { path, access, handler } in table() {
        let door = middleware::from_fn_with_state((access, app.clone()), gate);
        router = router.route(path, handler.layer(door));
    }
    router
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "this address does not answer to this method")
        })
        .fallback(async || ApiError::not_found("such address"))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .with_state(app.clone())
}

fn route<H, T>(method: MethodFilter, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Route { path, access, handler: on(method, handler) }
}

/// A JSON body; one that cannot be read is answered with a problem.
pub(crate) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// Longest name of a person or project, in characters.
const MAX_NAME_CHARS: usize = 80;

/// A name as people may give one: without blanks around it, one line, not empty.
pub(crate) fn name(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=MAX_NAME_CHARS).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let message = format!("the name has {length} characters; write 1 to {MAX_NAME_CHARS} on one line");
    Err(ApiError::unusable("bad-name", message).at("/name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A route that is public has to be named here too, so that none becomes so by oversight (A1).
    #[test]
    fn a1_every_route_but_these_asks_for_a_permission_or_concerns_the_callers_own_account() {
        let with = |access: Access| -> Vec<&str> {
            table().iter().filter(|route| route.access == access).map(|route| route.path).collect()
        };
        let public = [
            "/api/health",
            "/healthz",
            "/readyz",
            "/api/signin",
            "/api/join",
            "/plugins/{digest}/{file}",
            "/",
            "/signin",
            "/join",
            "/p/{project}",
            "/{*path}",
        ];
        assert_eq!(with(Access::Public), public);
        assert_eq!(with(Access::SignedIn), ["/api/signout", "/api/me", "/api/me"]);
    }

    #[test]
    fn a1_what_only_plugins_do_is_no_permission_of_a_route() {
        for route in table() {
            let (Access::Server(permission) | Access::Project(permission)) = route.access else { continue };
            let stranger = collabcanvas_access::decide(&collabcanvas_access::Actor::stranger(), permission);
            assert!(stranger.is_err(), "{} lets everybody in", route.path);
        }
    }

    #[test]
    fn a1_whatever_concerns_a_project_asks_in_that_project() {
        for route in table().iter().filter(|route| route.path.starts_with("/api/projects/")) {
            assert!(matches!(route.access, Access::Project(_)), "{}", route.path);
        }
    }

    #[test]
    fn a_name_is_one_line_of_80_characters() {
        assert_eq!(name("  Ada ").unwrap(), "Ada");
        assert!(name(&"é".repeat(80)).is_ok());
        for bad in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert_eq!(name(bad).unwrap_err().problem.code, "bad-name", "{bad:?}");
        }
    }
}
