//! One socket: what the browser says goes to the room's inlet, what the room's outlet has goes to the browser.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use collabcanvas_rooms::protocol::{Closing, ServerMessage};
use collabcanvas_rooms::{Inlet, Outlet};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::SocketTiming;
use super::frame::{Opcode, write_frames};

/// What a connection reads at once, and holds while it is idle: an edit or a cursor fits many times. Tungstenite's own
/// 128 KiB would be nearly all that an idle connection costs.
const READ_BUFFER: usize = 4 * 1024;

/// Longest reason in a close frame: a control frame holds 125 bytes, two of which are the code.
const MAX_REASON: usize = 123;

/// A connection that has left HTTP.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Whether everything that had come has been read and handed out.
    drained: bool,
}

/// Why a conversation is over.
enum End {
    /// The browser has gone, or is as good as gone.
    Gone,
    /// It is to be told why, and goes.
    Told(Closing),
}

/// Lets a browser and its room talk until one of them ends it.
pub(crate) async fn converse(mut socket: Socket, mut inlet: Inlet, mut outlet: Outlet, timing: &SocketTiming) {
    let end = match talk(&mut socket, &mut inlet, &mut outlet, timing).await {
        Ok(never) => match never {},
        Err(end) => end,
    };
    // Others see the session leave now, not when the browser has said goodbye.
    drop((inlet, outlet));
    if let End::Told(closing) = end {
        // Boxed: what a goodbye takes is not held while the socket lives.
        Box::pin(socket.tell_and_close(closing, timing)).await;
    }
}

async fn talk(
    socket: &mut Socket,
    inlet: &mut Inlet,
    outlet: &mut Outlet,
    timing: &SocketTiming,
) -> Result<std::convert::Infallible, End> {
    let mut frames = Vec::new();
    let mut heard = Instant::now();
    let mut pinged = heard;
    let mut alarm = std::pin::pin!(sleep_until(heard + timing.ping.min(timing.dead)));
    loop {
        tokio::select! {
            said = socket.receive() => {
                if let Some(text) = said? {
                    inlet.receive(&text).await.map_err(End::Told)?;
                }
                heard = Instant::now();
            }
            told = outlet.next(&mut frames) => {
                told.map_err(End::Told)?;
                let began = Instant::now();
                socket.send(Opcode::Text, &frames, timing).await?;
                frames.clear();
                // What it said while it took all that could not be heard.
                heard += began.elapsed();
            }
            () = alarm.as_mut() => {
                let now = Instant::now();
                // Nobody is given up who was not asked: this alarm may be late.
                if now >= heard + timing.dead && pinged > heard {
                    return Err(End::Gone);
                }
                if now >= pinged + timing.ping {
                    pinged = now;
                    socket.send(Opcode::Ping, &[Bytes::new()], timing).await?;
                }
                let (next, dead) = (pinged + timing.ping, heard + timing.dead);
                alarm.as_mut().reset(if dead > now { next.min(dead) } else { next });
            }
        }
    }
}

impl Socket {
    pub(super) async fn new(stream: TcpStream, read_ahead: Bytes, frame_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // Only answers to pings and to closing go this way.
            .write_buffer_size(0)
            .max_write_buffer_size(READ_BUFFER)
            .max_message_size(Some(frame_bytes))
            .max_frame_size(Some(frame_bytes));
        let stream = WebSocketStream::from_partially_read(stream, read_ahead.into(), Role::Server, Some(config)).await;
        Self { stream, drained: false }
    }

    /// The next text; none for a frame that only shows that the browser is there. Cancel safe.
    async fn receive(&mut self) -> Result<Option<Utf8Bytes>, End> {
        match std::future::poll_fn(|context| self.poll_next(context)).await {
            Some(Ok(Message::Text(text))) => Ok(Some(text)),
            Some(Ok(Message::Binary(bytes))) => {
                let message =
                    format!("a binary frame of {} bytes came; the protocol is JSON in text frames", bytes.len());
                Err(End::Told(Closing::new("binary-frame", message, false)))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
            Some(Ok(Message::Close(_))) => {
                // The answer to it waits to be written; whether it arrives makes no difference any more.
                let _ = timeout(Duration::from_secs(1), self.stream.flush()).await;
                Err(End::Gone)
            }
            Some(Err(error)) => Err(unreadable(&error)),
            None => Err(End::Gone),
        }
    }

    /// The next message. Tungstenite clears its whole buffer before it asks the kernel, so it is not asked, each time
    /// that there is something to send, when nothing has come.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        if self.drained {
            ready!(self.stream.get_ref().poll_read_ready(context)).map_err(Error::Io)?;
        }
        let next = self.stream.poll_next_unpin(context);
        self.drained = next.is_pending();
        next
    }

    /// Sends frames. A browser that does not take them in time is given up.
    async fn send(&mut self, opcode: Opcode, payloads: &[Bytes], timing: &SocketTiming) -> Result<(), End> {
        let bytes = payloads.iter().map(Bytes::len).sum();
        match timeout(timing.write_time(bytes), self.write(opcode, payloads)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                tracing::debug!(bytes, "a browser did not take its frames in time and was given up");
                Err(End::Gone)
            }
        }
    }

    async fn write(&mut self, opcode: Opcode, payloads: &[Bytes]) -> io::Result<()> {
        // Frames of our own must not fall into the middle of a pong that is half written.
        match self.stream.flush().await {
            // After a frame that could not be read, tungstenite will not go on; its reason can still be told.
            Ok(()) | Err(Error::Protocol(_) | Error::ConnectionClosed | Error::AlreadyClosed) => {}
            Err(error) => return Err(io::Error::other(error)),
        }
        write_frames(self.stream.get_mut(), opcode, payloads).await
    }

    /// Tells the browser why it has to go, and closes the connection.
    pub async fn tell_and_close(mut self, closing: Closing, timing: &SocketTiming) {
        tracing::debug!(code = %closing.code, reason = %closing.message, "a socket is closed");
        let goodbye = async {
            let code = close_code(&closing);
            let reason = close_reason(code, &closing.code);
            if let Ok(message) = serde_json::to_vec(&ServerMessage::Closing(closing)) {
                self.write(Opcode::Text, &[message.into()]).await?;
            }
            self.write(Opcode::Close, &[reason]).await?;
            let stream = self.stream.get_mut();
            stream.shutdown().await?;
            // What the browser has sent meanwhile is read and dropped: closing a connection on unread data resets it,
            // and the reason would be lost on the way.
            let mut dropped = vec![0; 16 * 1024];
            while stream.read(&mut dropped).await? > 0 {}
            io::Result::Ok(())
        };
        // Gone already, or too slow: either way there is nobody left to tell.
        let _ = timeout(timing.goodbye, goodbye).await;
    }
}

/// What to do about a frame that cannot be read.
fn unreadable(error: &Error) -> End {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            let message = format!("a frame has {size} bytes; it may have {max_size}: send less at a time");
            End::Told(Closing::new("frame-too-large", message, false))
        }
        Error::Protocol(_) | Error::Utf8(_) | Error::Capacity(_) => {
            let message = format!("what came is no WebSocket frame with a text: {error}");
            End::Told(Closing::new("bad-frame", message, false))
        }
        _ => End::Gone,
    }
}

/// The status code of the close frame (RFC 6455, section 7.4).
fn close_code(closing: &Closing) -> u16 {
    match closing.code.as_str() {
        "shutdown" => 1012,
        "frame-too-large" => 1009,
        "failed" | "room-gone" => 1011,
        // Everything else is something that the browser did or may not do.
        _ => 1008,
    }
}

fn close_reason(code: u16, reason: &str) -> Bytes {
    let mut payload = BytesMut::with_capacity(2 + MAX_REASON);
    payload.put_u16(code);
    // Codes are short words of ASCII; should one not be, the message before this frame has it whole.
    payload.put_slice(&reason.as_bytes()[..reason.len().min(MAX_REASON)]);
    payload.freeze()
}
