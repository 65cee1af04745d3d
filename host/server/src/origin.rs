//! Where a request comes from: the pages that may change things and open sockets in a signed-in browser's name.

use std::fmt;
use std::str::FromStr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};

use crate::error::ApiError;

/// A web origin: scheme, host and, if it is not the scheme's own, port. `https://canvas.example.org`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its pages come over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match host {
            Some(host)
                if !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@".contains(&byte)) =>
            {
                Ok(Self(text))
            }
            _ => {
                Err(format!("{text:?} is not an origin: write scheme and host, for example https://canvas.example.org"))
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origins that a server answers to.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    configured: Vec<Origin>,
    /// Where the server listens, for links when nothing else is known.
    own: Origin,
}

impl Origins {
    pub fn new(configured: Vec<Origin>, own: Origin) -> Self {
        Self { configured, own }
    }

    /// The address that people are given: the first configured one, or where the server listens.
    pub fn public(&self) -> &Origin {
        self.configured.first().unwrap_or(&self.own)
    }

    /// Whether cookies must never travel unencrypted.
    pub fn secure(&self) -> bool {
        self.public().is_https()
    }

    /// The base of links in an answer to this request: the address under which its sender sees the server.
    pub fn base<'a>(&'a self, headers: &'a HeaderMap) -> &'a str {
        let sent = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        sent.filter(|_| self.check(headers).is_ok()).unwrap_or_else(|| self.public().as_str())
    }

    /// Refuses what another site's page has made a browser send.
    ///
    /// A request without `Origin` passes: browsers send it with every request that changes something and with every
    /// socket, so that it comes from a program, which no other site can lead astray.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or_default();
        if self.is_own(origin, headers)
            || self.configured.iter().any(|known| known.as_str().eq_ignore_ascii_case(origin))
        {
            return Ok(());
        }
        let shown: String = origin.chars().take(100).collect();
        let message = format!(
            "the request comes from {shown:?}; this server answers pages of {} only: start it with --origin {shown} if that is right",
            self.public()
        );
        Err(ApiError::new(StatusCode::FORBIDDEN, "wrong-origin", message))
    }

    /// Whether the page was loaded from the host that the request goes to, under whatever name people reach it.
    fn is_own(&self, origin: &str, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let of = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        !host.is_empty() && of.is_some_and(|of| of.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(host: &'static str, origin: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        headers
    }

    fn origins(configured: &[&str]) -> Origins {
        let configured = configured.iter().map(|text| text.parse().unwrap()).collect();
        Origins::new(configured, "http://127.0.0.1:8080".parse().unwrap())
    }

    #[test]
    fn a_page_of_the_server_itself_is_let_in_under_every_name_of_the_server() {
        let origins = origins(&[]);
        for (host, origin) in [("127.0.0.1:8080", "http://127.0.0.1:8080"), ("canvas.lan", "https://canvas.lan")] {
            assert!(origins.check(&headers(host, Some(origin))).is_ok(), "{origin}");
        }
        assert!(origins.check(&headers("127.0.0.1:8080", None)).is_ok(), "a program sends no Origin");
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        let origins = origins(&["https://canvas.example.org"]);
        let bad = ["http://evil.example", "http://127.0.0.1:8081", "null", "", "http://127.0.0.1:8080.evil.example"];
        for origin in bad {
            let refused = origins.check(&headers("127.0.0.1:8080", Some(origin))).unwrap_err();
            assert_eq!(refused.problem.code, "wrong-origin", "{origin}");
        }
        assert!(origins.check(&headers("inner:80", Some("https://canvas.example.org"))).is_ok());
    }

    #[test]
    fn links_lead_where_the_sender_sees_the_server() {
        let origins = origins(&[]);
        assert_eq!(origins.base(&headers("box.lan:8080", Some("http://box.lan:8080"))), "http://box.lan:8080");
        assert_eq!(origins.base(&headers("box.lan:8080", Some("http://evil.example"))), "http://127.0.0.1:8080");
    }

    #[test]
    fn an_origin_is_scheme_and_host() {
        assert_eq!("https://A.example/".parse::<Origin>().unwrap().as_str(), "https://a.example");
        for bad in ["", "canvas.example.org", "ftp://x", "https://", "https://a/b", "https://u@a"] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
