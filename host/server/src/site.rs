//! The web interface's files, read into memory at the start: an address can only ever name one of them.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Files whose names hold a hash of their content: kept by browsers for ever.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Files that are asked for again each time, and answered with 304 when they are the same.
const REVALIDATED: &str = "no-cache";
/// Where the web build puts files with hashed names.
const HASHED_FOLDER: &str = "assets/";

/// The files of the web interface, by path.
#[derive(Debug, Default)]
pub(crate) struct Site {
    files: HashMap<String, StaticFile>,
}

/// A file that is served as it is, compressed when it is first asked for in that form.
#[derive(Debug)]
pub(crate) struct StaticFile {
    media_type: &'static str,
    cache: &'static str,
    etag: String,
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
}

impl Site {
    /// Reads all files of a folder. Blocks.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut site = Self::default();
        site.load_folder(folder, "")?;
        Ok(site)
    }

    fn load_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // A name that is no UTF-8 is in no address.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.load_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let cache = if path.starts_with(HASHED_FOLDER) { IMMUTABLE } else { REVALIDATED };
                let file = StaticFile::new(media_type(&path), cache, std::fs::read(entry.path())?.into());
                self.files.insert(path, file);
            }
        }
        Ok(())
    }

    /// The file at this path, which has no slash in front.
    pub fn file(&self, path: &str) -> Option<&StaticFile> {
        self.files.get(path)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }
}

impl StaticFile {
    pub fn new(media_type: &'static str, cache: &'static str, plain: Bytes) -> Self {
        let hash = Sha256::digest(&plain);
        let etag = format!("\"{}\"", hash[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        Self { media_type, cache, etag, plain, gzip: OnceLock::new() }
    }

    /// The answer to a request with these headers.
    pub fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = if matches_etag(headers.get(IF_NONE_MATCH), &self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.content(headers)
        };
        let own = [(ETAG, value(&self.etag)), (CACHE_CONTROL, HeaderValue::from_static(self.cache))];
        response.headers_mut().extend(own.into_iter().chain(protection(headers)));
        response
    }

    fn content(&self, headers: &HeaderMap) -> Response {
        let accepted = accepts_gzip(headers.get(ACCEPT_ENCODING));
        let gzip = if accepted { self.gzip.get_or_init(|| self.compress()).as_ref() } else { None };
        let mut response = Body::from(gzip.unwrap_or(&self.plain).clone()).into_response();
        let sent = response.headers_mut();
        sent.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        sent.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if gzip.is_some() {
            sent.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// None when it is not worth it: images, and what is tiny.
    fn compress(&self) -> Option<Bytes> {
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.plain.len() / 3), Compression::new(7));
        encoder.write_all(&self.plain).ok()?;
        let gzip = encoder.finish().ok()?;
        (gzip.len() + 256 < self.plain.len()).then(|| gzip.into())
    }
}

/// What keeps a page, and every worker, from loading or being led to anything but this server.
fn protection(headers: &HeaderMap) -> [(HeaderName, HeaderValue); 3] {
    // Not every browser counts sockets of the same host as 'self'.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte)));
    let sockets = host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; connect-src 'self'{sockets}; worker-src 'self'; object-src 'none'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    [
        (CONTENT_SECURITY_POLICY, value(&policy)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ]
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).expect("printable ASCII only: hexadecimal digits, a checked host, and the words above")
}

/// Whether a client takes gzip.
pub(crate) fn accepts_gzip(header: Option<&HeaderValue>) -> bool {
    let Some(accepted) = header.and_then(|header| header.to_str().ok()) else { return false };
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|weight| weight.parse() == Ok(0.0_f32));
        named && !refused
    })
}

/// Whether a client holds this version already.
pub(crate) fn matches_etag(header: Option<&HeaderValue>, etag: &str) -> bool {
    let Some(held) = header.and_then(|header| header.to_str().ok()) else { return false };
    held.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let accepts = |text: &'static str| accepts_gzip(Some(&HeaderValue::from_static(text)));
        assert!(accepts("gzip, deflate, br") && accepts("br;q=1.0, gzip;q=0.8") && accepts("*"));
        assert!(!accepts("identity") && !accepts("gzip;q=0") && !accepts_gzip(None));
    }

    #[test]
    fn a_version_that_is_held_is_not_sent_again() {
        let matches = |text: &'static str| matches_etag(Some(&HeaderValue::from_static(text)), "\"1-2\"");
        assert!(matches("\"1-2\"") && matches("W/\"1-2\"") && matches("\"0-1\", \"1-2\""));
        assert!(!matches("\"1-20\"") && !matches_etag(None, "\"1-2\""));
    }

    #[test]
    fn a_strange_host_gets_no_place_in_the_policy() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("evil; script-src *"));
        let [(_, policy), ..] = protection(&headers);
        assert!(policy.to_str().unwrap().contains("connect-src 'self'; worker-src"));
        headers.insert(HOST, HeaderValue::from_static("[::1]:8080"));
        let [(_, policy), ..] = protection(&headers);
        assert!(policy.to_str().unwrap().contains("connect-src 'self' ws://[::1]:8080 wss://[::1]:8080;"));
    }
}
