//! The web interface, and the browser builds of plugins.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::ApiError;

/// What people see when the server was started without the web interface.
const NO_WEB: &str = "This server runs without its web interface. Build it with `cargo xtask web` and start the server \
                      with --web web/dist; `cargo xtask serve` does both.\n";

/// The pages of the web interface: one document, which looks at the address itself.
pub(crate) async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.site.file("index.html") {
        Some(file) => file.answer(&headers),
        None => (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], NO_WEB).into_response(),
    }
}

/// Any other file of the web interface.
pub(crate) async fn file(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let file = app.site.file(&path).ok_or_else(|| ApiError::not_found("such address"))?;
    Ok(file.answer(&headers))
}

/// `GET /plugins/{digest}/{file}`: what a browser needs to run a plugin. It never changes.
pub(crate) async fn plugin_file(
    State(app): State<Arc<App>>,
    Path((digest, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.catalog.ensure(&digest).await;
    app.plugin_files
        .browser_file(&app.catalog, &digest, &name)
        .map(|file| file.answer(&headers))
        .ok_or_else(|| ApiError::not_found("such file of an installed plugin"))
}
