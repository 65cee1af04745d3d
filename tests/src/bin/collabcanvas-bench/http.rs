//! Requests, one a connection: just enough HTTP for the server's API.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

use crate::socket::{read_some, write_whole};

/// An answer.
pub struct Response {
    head: String,
    /// Its body, compressed if the head says so.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).context("the answer is not the JSON that was expected")
    }

    /// Bytes of the whole answer.
    pub fn wire_bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

/// Sends a request and waits for the whole answer; an error status is an error.
pub async fn request(to: SocketAddr, method: &str, path: &str, cookie: &str, body: Option<String>) -> Result<Response> {
    let stream = TcpStream::connect(to).await.with_context(|| format!("{to} does not answer"))?;
    let body = body.unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    write_whole(&stream, head.as_bytes()).await?;
    write_whole(&stream, body.as_bytes()).await?;
    let mut answer = Vec::new();
    while read_some(&stream, &mut answer).await? > 0 {}
    let end =
        memchr::memmem::find(&answer, b"\r\n\r\n").with_context(|| format!("{method} {path}: no whole answer"))? + 4;
    let body = answer.split_off(end);
    let response = Response { head: String::from_utf8(answer)?, body };
    let status = response.head.split(' ').nth(1).unwrap_or_default();
    if !status.starts_with('2') {
        bail!("{method} {path} was answered with {status}: {}", String::from_utf8_lossy(&response.body));
    }
    let expected = response.header("content-length").and_then(|length| length.parse().ok());
    ensure!(
        expected.is_none_or(|expected: usize| expected == response.body.len()),
        "{method} {path}: the answer was cut off"
    );
    Ok(response)
}
