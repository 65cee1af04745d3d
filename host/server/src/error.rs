//! What a handler answers when it cannot: a status and a problem.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use collabcanvas_access::Refusal;
use collabcanvas_canvas::{Problem, ProjectId};
use collabcanvas_plugins::InstallError;
use collabcanvas_rooms::RoomError;
use collabcanvas_storage::StoreError;
use serde::Serialize;

/// A status with the reason, sent as `{"error": {"code", "message", "path"?}}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub status: StatusCode,
    pub problem: Problem,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a Problem,
}

impl ApiError {
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, problem: Problem::new(code, message) }
    }

    /// The same error, with the place in the request that is to blame.
    pub fn at(mut self, path: &str) -> Self {
        self.problem = self.problem.at(path);
        self
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        let message = "you are not signed in: open the sign-in link that the server printed, or an invitation";
        Self::new(StatusCode::UNAUTHORIZED, "signed-out", message)
    }

    /// Nothing is at this address.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("there is no {what}"))
    }

    /// There is no such project.
    pub fn no_project(id: &str) -> Self {
        let message = format!("there is no project {id:?}: it may have been deleted, or the address is cut short");
        Self::new(StatusCode::NOT_FOUND, "no-such-project", message)
    }

    /// The request says something that makes no sense here.
    pub fn unusable(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// What is asked for does not go with what is there.
    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The server itself failed; the details are for its log.
    pub fn failed(details: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %details, "a request failed");
        let message = "the server failed to do this: try again, and look into its log if it stays so";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(Body { error: &self.problem })).into_response()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::FORBIDDEN, refusal.code(), refusal.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchProject(project) => Self::no_project(project.as_str()),
            StoreError::QuotaExceeded { .. } => Self::new(StatusCode::INSUFFICIENT_STORAGE, "quota", error.to_string()),
            StoreError::Changed(_) => Self::conflict("changed", error.to_string()),
            StoreError::LastOwner { .. } => {
                Self::conflict("last-owner", "this is the project's only owner: make somebody else an owner first")
            }
            StoreError::Fenced { .. }
            | StoreError::EpochPassed { .. }
            | StoreError::OutOfOrder { .. }
            | StoreError::CannotOpen { .. }
            | StoreError::Failed(_) => Self::failed(&error),
        }
    }
}

impl From<RoomError> for ApiError {
    fn from(error: RoomError) -> Self {
        let busy = |code| Self::new(StatusCode::SERVICE_UNAVAILABLE, code, error.to_string());
        match &error {
            RoomError::NoSuchProject(project) => Self::no_project(project.as_str()),
            RoomError::Full { .. } => busy("room-full"),
            RoomError::ShuttingDown => busy("shutdown"),
            RoomError::Gone => busy("room-gone"),
            RoomError::Order(_) => busy("order"),
            RoomError::Store(_) => Self::failed(&error),
        }
    }
}

impl From<InstallError> for ApiError {
    fn from(error: InstallError) -> Self {
        match error {
            InstallError::Host { .. } => Self::failed(&error),
            refused => Self::unusable("plugin-refused", refused.to_string()),
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, problem }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "not-json",
            _ => "bad-body",
        };
        Self::new(rejection.status(), code, rejection.body_text())
    }
}

/// The id in an address; one of the wrong form is of no project.
pub(crate) fn project_id(text: &str) -> Result<ProjectId, ApiError> {
    ProjectId::parse(text).map_err(|_| ApiError::no_project(&text.chars().take(80).collect::<String>()))
}
