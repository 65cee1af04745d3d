//! A WebSocket client that costs as little as possible, so that the people of a benchmark do not slow what it
//! measures: no parsing beyond the frames' heads, no copy of what was received, masks of zeros.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// What one call reads at most at first; it grows with what comes.
const FIRST_READ: usize = 4 * 1024;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// Connects to a path; the cookie may be empty.
pub async fn connect(to: SocketAddr, path: &str, cookie: &str) -> Result<(Sender, Receiver)> {
    let stream = TcpStream::connect(to).await.with_context(|| format!("{to} does not answer"))?;
    stream.set_nodelay(true)?;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    write_whole(&stream, head.as_bytes()).await?;
    let mut read = Vec::with_capacity(FIRST_READ);
    let end = loop {
        if let Some(end) = memchr::memmem::find(&read, b"\r\n\r\n") {
            break end + 4;
        }
        ensure!(
            read_some(&stream, &mut read).await? > 0,
            "{path}: the connection was closed before it became a socket"
        );
    };
    let answer = String::from_utf8_lossy(&read[..end]);
    ensure!(answer.starts_with("HTTP/1.1 101"), "{path} did not become a socket: {}", String::from_utf8_lossy(&read));
    let line = Arc::new(Line { stream, writing: Mutex::new(()) });
    let end_of_data = read.len();
    read.resize(read.capacity(), 0);
    Ok((Sender { line: line.clone() }, Receiver { line, buffer: read, start: end, end: end_of_data }))
}

struct Line {
    stream: TcpStream,
    writing: Mutex<()>,
}

impl Line {
    async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let _turn = self.writing.lock().await;
        write_whole(&self.stream, bytes).await
    }
}

/// Where messages go.
#[derive(Clone)]
pub struct Sender {
    line: Arc<Line>,
}

impl Sender {
    /// Sends a text.
    pub async fn send(&self, text: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        write_head(&mut frame, TEXT, text.len());
        frame.extend_from_slice(text);
        self.line.write(&frame).await.context("the server closed the connection")
    }
}

/// The head of a frame from a client. A mask of zeros leaves the payload as it is.
fn write_head(frame: &mut Vec<u8>, opcode: u8, payload: usize) {
    const MASKED: u8 = 0x80;
    frame.push(opcode);
    match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(short), _) if short < 126 => frame.push(MASKED | short),
        (_, Ok(medium)) => {
            frame.push(MASKED | 126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(MASKED | 127);
            frame.extend_from_slice(&(payload as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
}

/// Where messages come from.
pub struct Receiver {
    line: Arc<Line>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Receiver {
    /// The next text. Pings are answered on the way; a close frame is an error that tells the reason. Cancel safe as
    /// long as no ping is being answered, which only connections of half a minute see.
    pub async fn next(&mut self) -> Result<&[u8]> {
        loop {
            let Some((opcode, head, payload)) = frame_head(&self.buffer[self.start..self.end]) else {
                self.read_more(0).await?;
                continue;
            };
            if self.end - self.start < head + payload {
                self.read_more(head + payload).await?;
                continue;
            }
            let from = self.start + head;
            let to = from + payload;
            match opcode {
                TEXT => {
                    self.start = to;
                    return Ok(&self.buffer[from..to]);
                }
                PING => {
                    let mut frame = Vec::new();
                    write_head(&mut frame, PONG, payload);
                    frame.extend_from_slice(&self.buffer[from..to]);
                    self.start = to;
                    self.line.write(&frame).await?;
                }
                PONG => self.start = to,
                CLOSE => bail!(
                    "the server closed the socket: {}",
                    String::from_utf8_lossy(&self.buffer[(from + 2).min(to)..to])
                ),
                other => bail!("the server sent a frame that starts with {other:#x}; whole text frames were expected"),
            }
        }
    }

    /// Reads once, with room for a frame of so many bytes.
    async fn read_more(&mut self, frame: usize) -> Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.buffer.len() - self.start < frame || self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            let wanted = frame.max(self.end + FIRST_READ);
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted.next_power_of_two(), 0);
            }
        }
        loop {
            self.line.stream.readable().await?;
            match self.line.stream.try_read(&mut self.buffer[self.end..]) {
                Ok(0) => bail!("the server cut the connection"),
                Ok(read) => {
                    self.end += read;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// First byte, length of the head, length of the payload; none while the head is not all there.
fn frame_head(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (&opcode, &length) = (bytes.first()?, bytes.get(1)?);
    match length & 0x7F {
        126 => Some((opcode, 4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)))),
        127 => {
            let long = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            Some((opcode, 10, usize::try_from(long).ok()?))
        }
        short => Some((opcode, 2, usize::from(short))),
    }
}

/// Writes all bytes.
pub async fn write_whole(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Appends what is there to be read; 0 at the end.
pub async fn read_some(stream: &TcpStream, to: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 16 * 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(read) => {
                to.extend_from_slice(&buffer[..read]);
                return Ok(read);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_lengths_are_read_as_a_server_writes_them() {
        assert_eq!(frame_head(&[TEXT, 5]), Some((TEXT, 2, 5)));
        assert_eq!(frame_head(&[TEXT, 126, 1, 0]), Some((TEXT, 4, 256)));
        assert_eq!(frame_head(&[TEXT, 127, 0, 0, 0, 0, 0, 1, 0, 0]), Some((TEXT, 10, 65_536)));
        for partial in [&[TEXT][..], &[TEXT, 126, 1], &[TEXT, 127, 0, 0, 0]] {
            assert_eq!(frame_head(partial), None, "{partial:?}");
        }
    }

    #[test]
    fn heads_of_a_client_say_that_they_are_masked() {
        let heads = [5, 300, 70_000].map(|payload| {
            let mut head = Vec::new();
            write_head(&mut head, TEXT, payload);
            (head.len(), head[1])
        });
        assert_eq!(heads, [(6, 0x80 | 5), (8, 0x80 | 126), (14, 0x80 | 127)]);
    }
}
