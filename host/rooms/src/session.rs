//! The two ends of a session that a socket holds: an inlet for what the browser says, an outlet for what it is told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use collabcanvas_canvas::Seq;
use smol_str::{SmolStr, format_smolstr};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::feed::Feed;
use crate::limits::RoomLimits;
use crate::protocol::{ClientMessage, Closing, ServerMessage};
use crate::room::Message;

/// A session's number in its room.
pub(crate) type SessionNumber = u32;

/// The name of a session on the wire.
pub(crate) fn session_name(number: SessionNumber) -> SmolStr {
    format_smolstr!("s{number}")
}

impl Closing {
    /// A reason to end a session.
    pub fn new(code: &str, message: impl Into<String>, reconnect: bool) -> Self {
        Self { code: code.into(), message: message.into(), reconnect }
    }

    /// The room has ended without a word, which it only does when its task failed.
    pub(crate) fn room_gone() -> Self {
        Self::new("room-gone", "the canvas was closed on the server: it opens again when you reconnect", true)
    }
}

/// What waits for one session, shared by its outlet and the room.
pub(crate) struct Mailbox {
    pub feed: Arc<Feed>,
    wake: Notify,
    state: Mutex<MailboxState>,
    limit: MailboxLimit,
}

struct MailboxLimit {
    letters: usize,
    bytes: usize,
}

#[derive(Default)]
struct MailboxState {
    /// Messages to this session alone; they come before frames of the feed.
    letters: Vec<Bytes>,
    /// Where in the feed it is; none before `welcome` and while it is being resynchronised.
    position: Option<u64>,
    /// Where in the order it is.
    seq: Seq,
    /// Bytes of `letters`.
    bytes: usize,
    closing: Option<Closing>,
}

impl Mailbox {
    pub fn new(feed: Arc<Feed>, limits: &RoomLimits) -> Self {
        let limit = MailboxLimit { letters: limits.mailbox, bytes: limits.mailbox_bytes };
        Self { feed, wake: Notify::new(), state: Mutex::default(), limit }
    }

    /// Sends a message to this session alone.
    pub fn send(&self, message: &ServerMessage) {
        let letter = serde_json::to_vec(message).expect("messages have string keys and finite numbers only");
        let mut state = self.lock();
        state.bytes += letter.len();
        state.letters.push(letter.into());
        let too_slow = state.letters.len() > self.limit.letters || state.bytes > self.limit.bytes;
        if too_slow && state.closing.is_none() {
            let (letters, bytes) = (state.letters.len(), state.bytes);
            let message = format!("{letters} messages of {bytes} bytes wait to be read: the connection is too slow");
            state.closing = Some(Closing::new("too-slow", message, true));
        }
        drop(state);
        self.wake.notify_one();
    }

    /// From here on the session, which is at `seq`, is sent the feed.
    pub fn follow(&self, seq: Seq) {
        let mut state = self.lock();
        state.position = Some(self.feed.end());
        state.seq = seq;
        drop(state);
        self.wake.notify_one();
    }

    /// Stops the feed until the session says `hello` again.
    pub fn pause(&self) {
        self.lock().position = None;
    }

    /// Ends the session once it has been sent what waits.
    pub fn close(&self, closing: Closing) {
        self.lock().closing.get_or_insert(closing);
        self.wake.notify_one();
    }

    /// Tells the outlet that the feed has news.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, MailboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a socket is to send.
pub struct Outlet {
    pub(crate) number: SessionNumber,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) room: mpsc::Sender<Message>,
}

impl Outlet {
    /// Waits until there is something to send, and adds it to `frames`: JSON texts, to be flushed once after the last.
    ///
    /// Cancel safe. The error is the reason to close the socket; the browser is to be told with
    /// [`ServerMessage::Closing`].
    pub async fn next(&mut self, frames: &mut Vec<Bytes>) -> Result<(), Closing> {
        loop {
            if let Some(seq) = self.take(frames)? {
                let behind = Message::Behind { session: self.number, seq };
                // A room that takes no more messages is about to close, and says so through the mailbox.
                let _ = self.room.send(behind).await;
            }
            if !frames.is_empty() {
                return Ok(());
            }
            self.mailbox.wake.notified().await;
        }
    }

    /// Takes what waits. Answers with where the session is when it has fallen behind the feed.
    fn take(&self, frames: &mut Vec<Bytes>) -> Result<Option<Seq>, Closing> {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        frames.append(&mut state.letters);
        state.bytes = 0;
        if let Some(position) = &mut state.position
            && self.mailbox.feed.take(position, &mut state.seq, frames).is_err()
        {
            state.position = None;
            return Ok(Some(state.seq));
        }
        match state.closing.take() {
            Some(closing) if frames.is_empty() => Err(closing),
            closing => {
                state.closing = closing;
                Ok(None)
            }
        }
    }
}

/// Where a socket hands in what it has received. Dropping it ends the session.
pub struct Inlet {
    pub(crate) number: SessionNumber,
    pub(crate) room: mpsc::Sender<Message>,
    pub(crate) pace: Pace,
    pub(crate) frame_bytes: usize,
    /// Room for large frames, in KiB.
    pub(crate) large_frames: Arc<Semaphore>,
}

/// Frames up to this size are bounded by their number alone.
const SMALL_FRAME: usize = 4 << 10;

impl Inlet {
    /// The session's name on the wire.
    pub fn session(&self) -> SmolStr {
        session_name(self.number)
    }

    /// Takes one text frame. Waits while the room has more to do than it can: then the socket is not read, and the
    /// browser has to wait in its turn.
    ///
    /// The error is the reason to close the socket; other sessions are not affected.
    pub async fn receive(&mut self, text: &str) -> Result<(), Closing> {
        if text.len() > self.frame_bytes {
            let message =
                format!("the frame has {} bytes; it may have {}: send less at a time", text.len(), self.frame_bytes);
            return Err(Closing::new("frame-too-large", message, false));
        }
        self.pace.count()?;
        let message: ClientMessage = serde_json::from_str(text).map_err(|error| {
            let start: String = text.chars().take(60).collect();
            Closing::new("bad-frame", format!("{start:?} is not a message of the protocol: {error}"), false)
        })?;
        let room = self.room_for(text.len()).await;
        let message = Message::Frame { session: self.number, message, room };
        self.room.send(message).await.map_err(|_| Closing::room_gone())
    }
}

impl Inlet {
    /// Waits until a large frame has room in the room's memory; it is given back when the frame has been dealt with.
    async fn room_for(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if bytes <= SMALL_FRAME {
            return None;
        }
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        self.large_frames.clone().acquire_many_owned(kib).await.ok()
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        let leave = Message::Leave { session: self.number };
        if let Err(mpsc::error::TrySendError::Full(leave)) = self.room.try_send(leave) {
            let room = self.room.clone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { room.send(leave).await });
            }
        }
    }
}

/// Counts a session's frames: a bucket that fills at the allowed rate.
pub(crate) struct Pace {
    left: f64,
    burst: f64,
    per_second: f64,
    counted: Instant,
}

impl Pace {
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self {
            left: f64::from(burst),
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            counted: Instant::now(),
        }
    }

    fn count(&mut self) -> Result<(), Closing> {
        if self.left < 1.0 {
            let now = Instant::now();
            let gained = now.duration_since(self.counted).as_secs_f64() * self.per_second;
            self.left = (self.left + gained).min(self.burst);
            self.counted = now;
        }
        if self.left < 1.0 {
            let message = format!("more than {} messages a second: send less often", self.per_second);
            return Err(Closing::new("rate-limit", message, true));
        }
        self.left -= 1.0;
        Ok(())
    }
}
