//! Whether the server lives, and whether it should be sent people, for load balancers and scripts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::App;

#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
    /// Why not, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

/// `GET /healthz`: the process answers. One that does not is to be started anew.
pub(crate) async fn alive() -> Json<Health> {
    Json(Health { status: "ok", problems: Vec::new() })
}

/// `GET /readyz`: it can take people, else 503 with the reasons.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    match app.health.problems(app.shared.as_ref()).await {
        problems if problems.is_empty() => (StatusCode::OK, Json(Health { status: "ready", problems })),
        problems => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "not-ready", problems })),
    }
}
