//! Whether the server answers, for load balancers and scripts.

use axum::Json;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Health {
    status: &'static str,
}

/// `GET /api/health`
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
