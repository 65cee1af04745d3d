//! The least of an HTTP client: one request a connection, to a server on loopback.

use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A response, whole.
pub struct Response {
    /// The status.
    pub status: u16,
    headers: String,
    /// The body as it came, compressed if it is.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        self.headers.lines().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }

    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

/// Sends one request and reads the whole response.
pub async fn request(
    url: &str,
    method: &str,
    path: &str,
    cookie: Option<&str>,
    body: Option<Vec<u8>>,
    origin: &str,
) -> anyhow::Result<Response> {
    let host = url.strip_prefix("http://").context("the server is on plain HTTP")?;
    let mut stream = TcpStream::connect(host).await?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: close\r\nAccept-Encoding: gzip\r\n"
    );
    if let Some(cookie) = cookie {
        head += &format!("Cookie: {cookie}\r\n");
    }
    if let Some(body) = &body {
        head += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    exchange(stream, &body.unwrap_or_default()).await
}

/// Sends what is left of a request and reads the whole response. A server may answer, and close, before it has read
/// everything.
async fn exchange(mut stream: TcpStream, rest: &[u8]) -> anyhow::Result<Response> {
    let sent = stream.write_all(rest).await;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    parse(&bytes).with_context(|| format!("sent: {sent:?}, read: {read:?}, {} bytes", bytes.len()))
}

/// How long a server may think about bytes that may be half a request before it is told that no more will come.
const PAUSE: Duration = Duration::from_millis(250);

/// Sends any bytes to a server on loopback, and reads what it answers. When nothing more comes from it for a moment it
/// gets the end of the stream: not before, because a server may drop the requests of whoever has gone.
pub async fn send_raw(url: &str, bytes: &[u8]) -> anyhow::Result<Response> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").context("the server is on plain HTTP")?).await?;
    // The server may answer, and close, before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    loop {
        match timeout(PAUSE, stream.read_buf(&mut answer)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => break,
            Err(_) => {
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut answer).await;
                break;
            }
        }
    }
    parse(&answer)
}

fn parse(bytes: &[u8]) -> anyhow::Result<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").context("the response has a head")?;
    let head = std::str::from_utf8(&bytes[..end])?;
    let (status_line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = status_line.split(' ').nth(1).context("a status line")?.parse()?;
    let mut response = Response { status, headers: headers.to_owned(), body: bytes[end + 4..].to_vec() };
    if let Some(length) = response.header("content-length").and_then(|length| length.parse().ok()) {
        // Another response may follow when what was sent turned out to be two requests.
        response.body.truncate(length);
    }
    if response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        response.body = dechunk(&response.body)?;
    }
    Ok(response)
}

fn dechunk(mut bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n").context("a chunk has a length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end])?.trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let Some(chunk) = bytes.get(end + 2..end + 2 + length) else { bail!("a chunk is cut off") };
        body.extend_from_slice(chunk);
        bytes = bytes.get(end + 4 + length..).unwrap_or_default();
    }
}
