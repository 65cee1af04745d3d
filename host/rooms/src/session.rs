//! The two ends of a session that a socket holds: an inlet for what the browser says, an outlet for what it is told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use collabcanvas_canvas::{ClientId, Problem, Seq};
use serde::Deserialize;
use smol_str::{SmolStr, format_smolstr};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::feed::{Feed, Follower};
use crate::limits::RoomLimits;
use crate::protocol::{ClientMessage, Closing, ServerMessage};
use crate::room::Message;

/// A session's number in its room.
pub(crate) type SessionNumber = u32;

/// The name of a session on the wire, unique among all hosts.
pub(crate) fn session_name(host: &str, number: SessionNumber) -> SmolStr {
    format_smolstr!("{host}s{number}")
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
    feed: Arc<Feed>,
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
    /// Its place in the feed; none before `welcome` and while it is being resynchronised.
    follower: Option<Follower>,
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
        self.lock().follower = Some(self.feed.follow(seq));
        self.wake.notify_one();
    }

    /// Stops the feed until the session says `hello` again.
    pub fn pause(&self) {
        self.lock().follower = None;
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
    /// Where the session is when it has fallen behind the feed, until the room has been told.
    behind: Option<Seq>,
}

impl Outlet {
    pub(crate) fn new(number: SessionNumber, mailbox: Arc<Mailbox>, room: mpsc::Sender<Message>) -> Self {
        Self { number, mailbox, room, behind: None }
    }

    /// Waits until the room says that there is something to send, and adds it to `frames`: JSON texts, to be flushed
    /// once after the last. What the room has not woken this session for waits for what it does.
    ///
    /// Cancel safe. The error is the reason to close the socket; the browser is to be told with
    /// [`ServerMessage::Closing`].
    pub async fn next(&mut self, frames: &mut Vec<Bytes>) -> Result<(), Closing> {
        loop {
            if let Some(seq) = self.behind {
                let behind = Message::Behind { session: self.number, seq };
                // A room that takes no more messages is about to close, and says so through the mailbox.
                let _ = self.room.send(behind).await;
                self.behind = None;
            }
            self.mailbox.wake.notified().await;
            self.behind = self.mailbox.take(frames)?;
            if !frames.is_empty() {
                return Ok(());
            }
        }
    }
}

impl Mailbox {
    /// Takes what waits. Answers with where the session is when it has fallen behind the feed.
    fn take(&self, frames: &mut Vec<Bytes>) -> Result<Option<Seq>, Closing> {
        let mut state = self.lock();
        frames.append(&mut state.letters);
        state.bytes = 0;
        let behind = state.follower.take_if(|follower| follower.take(frames).is_err());
        if behind.is_none() && frames.is_empty() {
            return state.closing.take().map_or(Ok(None), Err);
        }
        let more = state.follower.as_ref().is_some_and(Follower::has_more);
        if more || state.closing.is_some() {
            // For after what was taken now.
            self.wake.notify_one();
        }
        Ok(behind.map(|follower| follower.seq))
    }
}

/// Where a socket hands in what it has received. Dropping it ends the session.
pub struct Inlet {
    pub(crate) number: SessionNumber,
    pub(crate) name: SmolStr,
    pub(crate) room: mpsc::Sender<Message>,
    pub(crate) pace: Pace,
    pub(crate) frame_bytes: usize,
    /// Room for large frames, in KiB.
    pub(crate) large_frames: Arc<Semaphore>,
}

/// As much of a [`ClientMessage::Edit`] as it takes to answer it.
#[derive(Deserialize)]
struct Envelope {
    edit: EditEnvelope,
}

#[derive(Deserialize)]
struct EditEnvelope {
    client: ClientId,
    number: u64,
}

/// Frames up to this size are bounded by their number alone.
const SMALL_FRAME: usize = 4 << 10;

impl Inlet {
    /// The session's name on the wire.
    pub fn session(&self) -> SmolStr {
        self.name.clone()
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
        let message = match serde_json::from_str::<ClientMessage>(text) {
            Ok(message) => {
                let room = self.room_for(text.len()).await;
                Message::Frame { session: self.number, message, room }
            }
            Err(error) => self.unreadable(text, &error)?,
        };
        self.room.send(message).await.map_err(|_| Closing::room_gone())
    }
}

impl Inlet {
    /// What to make of a frame that cannot be read. An edit whose author can be told is refused like any other: to close
    /// the socket over it would have it sent again for ever.
    fn unreadable(&self, text: &str, error: &serde_json::Error) -> Result<Message, Closing> {
        if let Ok(Envelope { edit: EditEnvelope { client, number } }) = serde_json::from_str(text) {
            let problem = Problem::new("bad-edit", format!("the edit cannot be read: {error}"));
            return Ok(Message::Unreadable { session: self.number, client, number, problem });
        }
        let start: String = text.chars().take(60).collect();
        Err(Closing::new("bad-frame", format!("{start:?} is not a message of the protocol: {error}"), false))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    struct Ends {
        feed: Arc<Feed>,
        mailbox: Arc<Mailbox>,
        outlet: Outlet,
        room: mpsc::Receiver<Message>,
    }

    /// A session that follows the feed from its start and has taken everything, in a room that takes one message.
    fn session(feed_bytes: usize) -> Ends {
        let feed = Arc::new(Feed::new(feed_bytes));
        let mailbox = Arc::new(Mailbox::new(feed.clone(), &RoomLimits::default()));
        let (handle, room) = mpsc::channel(1);
        mailbox.follow(0);
        Ends { outlet: Outlet::new(1, mailbox.clone(), handle), feed, mailbox, room }
    }

    /// What the outlet has now; none when it would wait.
    async fn taken(outlet: &mut Outlet) -> Option<Result<usize, Closing>> {
        let mut frames = Vec::new();
        tokio::select! {
            biased;
            next = outlet.next(&mut frames) => Some(next.map(|()| frames.len())),
            () = std::future::ready(()) => None,
        }
    }

    fn push(feed: &Feed, seqs: std::ops::RangeInclusive<Seq>) {
        seqs.for_each(|seq| feed.push(Bytes::from_static(b"frame"), seq));
    }

    #[tokio::test]
    async fn a_session_is_handed_what_is_no_news_to_it_together_with_the_next_news() {
        let mut ends = session(1_000);
        assert_eq!(taken(&mut ends.outlet).await, None);
        push(&ends.feed, 1..=2);
        assert_eq!(taken(&mut ends.outlet).await, None, "it has not been woken");
        push(&ends.feed, 3..=3);
        ends.mailbox.wake();
        assert_eq!(taken(&mut ends.outlet).await, Some(Ok(3)));
        assert_eq!(taken(&mut ends.outlet).await, None);
    }

    #[tokio::test]
    async fn one_wake_up_brings_everything_that_waits_and_then_the_reason_to_go() {
        let mut ends = session(1_000);
        push(&ends.feed, 1..=100);
        ends.mailbox.close(Closing::room_gone());
        assert_eq!(taken(&mut ends.outlet).await, Some(Ok(64)));
        assert_eq!(taken(&mut ends.outlet).await, Some(Ok(36)));
        assert_eq!(taken(&mut ends.outlet).await, Some(Err(Closing::room_gone())));
    }

    #[tokio::test]
    async fn s3_a_full_room_learns_that_a_session_is_behind_even_if_its_socket_looked_away_meanwhile() {
        let mut ends = session(10);
        assert!(ends.outlet.room.try_send(Message::Leave { session: 9 }).is_ok(), "the room is full now");
        push(&ends.feed, 1..=5);
        ends.mailbox.wake();
        assert_eq!(taken(&mut ends.outlet).await, None);
        assert!(matches!(ends.room.recv().await, Some(Message::Leave { .. })));
        assert_eq!(taken(&mut ends.outlet).await, None);
        assert!(matches!(ends.room.recv().await, Some(Message::Behind { session: 1, seq: 0 })));
    }
}
