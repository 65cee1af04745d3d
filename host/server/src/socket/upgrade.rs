//! How a connection leaves HTTP (RFC 6455, section 4.2).

use std::future::Future;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Socket;
use crate::error::ApiError;

/// A request that asks to become a WebSocket.
pub(crate) struct Upgrade {
    key: HeaderValue,
    ready: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = ApiError;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self, ApiError>> + Send {
        std::future::ready(Self::of(parts))
    }
}

impl Upgrade {
    fn of(parts: &mut Parts) -> Result<Self, ApiError> {
        let headers = &parts.headers;
        let asks = names(headers, &CONNECTION, "upgrade") && names(headers, &UPGRADE, "websocket");
        let key = headers.get(SEC_WEBSOCKET_KEY).cloned();
        let (true, Some(key)) = (asks, key) else {
            let message = "this address speaks WebSocket only: connect to it with ws:// or wss://";
            return Err(ApiError::new(StatusCode::UPGRADE_REQUIRED, "not-a-websocket", message));
        };
        if !names(headers, &SEC_WEBSOCKET_VERSION, "13") {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "websocket-version",
                "this server speaks version 13 of WebSocket",
            ));
        }
        let ready = parts.extensions.remove::<OnUpgrade>();
        let ready = ready.ok_or_else(|| ApiError::failed(&"the connection cannot be upgraded"))?;
        Ok(Self { key, ready })
    }

    /// Answers with the switch of protocols; `serve` is run once it has happened. Frames of more than `frame_bytes`
    /// are refused.
    pub fn accept<F, Serving>(self, frame_bytes: usize, serve: F) -> Response
    where
        F: FnOnce(Socket) -> Serving + Send + 'static,
        Serving: Future<Output = ()> + Send,
    {
        let accept = derive_accept_key(self.key.as_bytes());
        tokio::spawn(async move {
            match self.ready.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) {
                Ok(Ok(parts)) => {
                    let socket = Socket::new(parts.io.into_inner(), parts.read_buf, frame_bytes).await;
                    serve(socket).await;
                }
                Ok(Err(_)) => tracing::error!("a connection that was not accepted by this server asked for an upgrade"),
                // The browser has gone in the meantime.
                Err(error) => tracing::debug!(%error, "an upgrade failed"),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(accept).expect("base64 may stand in a header"));
        response
    }
}

/// Whether a list in a header names a word.
fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}
