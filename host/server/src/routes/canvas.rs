//! A canvas as a whole, for browsers that open it.

use std::io::Read;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::read::GzDecoder;

use crate::app::App;
use crate::error::ApiError;
use crate::gate::Membership;
use crate::site::{accepts_gzip, matches_etag};

/// `GET /api/projects/{project}/canvas`
pub(crate) async fn snapshot(
    State(app): State<Arc<App>>,
    membership: Membership,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let snapshot = app.rooms.snapshot(&membership.project).await?;
    let etag = format!("\"{}-{}\"", snapshot.place.epoch, snapshot.place.seq);
    let kept = [(ETAG, etag.clone()), (CACHE_CONTROL, "private, no-cache".into()), (VARY, "accept-encoding".into())];
    if matches_etag(headers.get(IF_NONE_MATCH), &etag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let json = [(CONTENT_TYPE, "application/json")];
    if accepts_gzip(headers.get(ACCEPT_ENCODING)) {
        return Ok((kept, json, [(CONTENT_ENCODING, "gzip")], snapshot.gzip).into_response());
    }
    let plain = tokio::task::spawn_blocking(move || unpack(&snapshot.gzip)).await;
    let plain =
        plain.map_err(std::io::Error::other).and_then(|plain| plain).map_err(|error| ApiError::failed(&error))?;
    Ok((kept, json, plain).into_response())
}

/// For the rare client that takes no gzip: scripts.
fn unpack(gzip: &Bytes) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::with_capacity(gzip.len() * 8);
    GzDecoder::new(&gzip[..]).read_to_end(&mut plain)?;
    Ok(plain)
}
