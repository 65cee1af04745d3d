//! What every session of a room is sent, serialised once: a bounded ring of frames, and a place in it for each session.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use collabcanvas_canvas::Seq;

/// Most frames that one wake-up hands to a socket: a bound on what a slow socket can hold of frames that the ring has let go.
const MAX_TAKEN: usize = 64;

/// How long frames are kept for those who have not read them. Whoever has not for so long is better told what has
/// changed than what has happened, and a thousand rooms that each kept as much as a ring may hold would take all
/// memory there is.
const KEPT: Duration = Duration::from_secs(10);

/// The ring. A frame stays in it until everybody who follows has been handed it.
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    limit: usize,
}

struct Ring {
    frames: VecDeque<Frame>,
    /// Position of the first frame; positions count frames since the room opened.
    first: u64,
    bytes: usize,
    followers: usize,
}

struct Frame {
    bytes: Bytes,
    /// Where a session is after it.
    seq: Seq,
    pushed: Instant,
    /// Followers that have yet to be handed it.
    unread: usize,
}

/// A session's place in the feed and in the order. Dropping it lets go of the frames that only this session had not read.
pub(crate) struct Follower {
    feed: Arc<Feed>,
    position: u64,
    /// Where in the order the session is.
    pub seq: Seq,
}

/// The ring no longer holds the next frame for this session (S3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Behind;

impl Feed {
    /// A ring of at most `limit` bytes. The newest frame is always kept, so that a large one arrives.
    pub fn new(limit: usize) -> Self {
        Self { ring: Mutex::new(Ring { frames: VecDeque::new(), first: 0, bytes: 0, followers: 0 }), limit }
    }

    /// A place after the newest frame, for a session that is at `seq`.
    pub fn follow(self: &Arc<Self>, seq: Seq) -> Follower {
        let mut ring = self.lock();
        ring.followers += 1;
        Follower { position: ring.end(), feed: self.clone(), seq }
    }

    /// Adds a frame after which a session is at `seq`.
    pub fn push(&self, frame: Bytes, seq: Seq) {
        self.push_at(frame, seq, Instant::now());
    }

    fn push_at(&self, bytes: Bytes, seq: Seq, now: Instant) {
        let mut ring = self.lock();
        ring.bytes += bytes.len();
        let unread = ring.followers;
        ring.frames.push_back(Frame { bytes, seq, pushed: now, unread });
        ring.forget_read();
        ring.forget_until(self.limit, now);
    }

    /// Lets go of what has been kept long enough, for rooms in which nothing happens any more.
    pub fn forget_old(&self) {
        let mut ring = self.lock();
        ring.forget_until(self.limit, Instant::now());
        ring.frames.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // Nothing in here can panic half-way, so a poisoned ring is still whole.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Whether there are frames from this place on.
    pub fn has_more(&self) -> bool {
        self.feed.lock().end() > self.position
    }

    /// Hands out the frames from this place on, as many as a socket may hold at once, and moves past them.
    pub fn take(&mut self, out: &mut Vec<Bytes>) -> Result<(), Behind> {
        let mut ring = self.feed.lock();
        if self.position < ring.first {
            return Err(Behind);
        }
        for frame in ring.from(self.position).take(MAX_TAKEN) {
            frame.unread -= 1;
            out.push(frame.bytes.clone());
            self.position += 1;
            // A session that caught up may be ahead of frames that were kept back.
            self.seq = self.seq.max(frame.seq);
        }
        ring.forget_read();
        Ok(())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut ring = self.feed.lock();
        ring.followers -= 1;
        ring.from(self.position).for_each(|frame| frame.unread -= 1);
        ring.forget_read();
    }
}

impl Ring {
    /// The position after the newest frame.
    fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// The frames from a position on, as far as they are still here.
    fn from(&mut self, position: u64) -> impl Iterator<Item = &mut Frame> {
        let skip = usize::try_from(position.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.frames.iter_mut().skip(skip)
    }

    /// Lets go of what everybody has read.
    fn forget_read(&mut self) {
        while self.frames.front().is_some_and(|oldest| oldest.unread == 0) {
            self.forget_oldest();
        }
    }

    /// Lets go of old frames, and of more until the ring is within its limit; the newest is kept.
    fn forget_until(&mut self, limit: usize, now: Instant) {
        let goes = |ring: &Self, oldest: &Frame| ring.bytes > limit || now.duration_since(oldest.pushed) >= KEPT;
        while self.frames.len() > 1 && self.frames.front().is_some_and(|oldest| goes(self, oldest)) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.frames.pop_front() {
            self.bytes -= oldest.bytes.len();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(limit: usize) -> Arc<Feed> {
        Arc::new(Feed::new(limit))
    }

    fn take(follower: &mut Follower) -> Result<usize, Behind> {
        let mut out = Vec::new();
        follower.take(&mut out).map(|()| out.len())
    }

    fn kept(feed: &Feed) -> (usize, usize) {
        let ring = feed.lock();
        (ring.frames.len(), ring.bytes)
    }

    #[test]
    fn s3_a_session_that_the_ring_has_left_behind_is_told_so_and_the_ring_stays_bounded() {
        let feed = feed(30);
        let mut follower = feed.follow(0);
        for number in 1..=3 {
            feed.push(Bytes::from(vec![b'x'; 10]), number);
        }
        assert_eq!(take(&mut follower), Ok(3));
        assert_eq!(follower.seq, 3);
        for number in 4..=7 {
            feed.push(Bytes::from(vec![b'x'; 10]), number);
        }
        assert_eq!(kept(&feed), (3, 30));
        assert_eq!(take(&mut follower), Err(Behind));
        assert_eq!(follower.seq, 3, "it still knows what it has");
    }

    #[test]
    fn a_frame_larger_than_the_ring_is_still_delivered() {
        let feed = feed(5);
        let (mut follower, mut out) = (feed.follow(0), Vec::new());
        feed.push(Bytes::from_static(b"a long frame"), 1);
        assert_eq!(follower.take(&mut out), Ok(()));
        assert_eq!(out, [Bytes::from_static(b"a long frame")]);
    }

    #[test]
    fn a_frame_that_everybody_has_been_handed_is_let_go() {
        let feed = feed(1_000);
        let (mut quick, mut slow) = (feed.follow(0), feed.follow(0));
        feed.push(Bytes::from_static(b"frame"), 1);
        feed.push(Bytes::from_static(b"frame"), 2);
        assert_eq!(take(&mut quick), Ok(2));
        assert_eq!(kept(&feed), (2, 10));
        assert_eq!(take(&mut slow), Ok(2));
        assert_eq!(kept(&feed), (0, 0));
        feed.push(Bytes::from_static(b"frame"), 3);
        assert_eq!((take(&mut quick), take(&mut slow)), (Ok(1), Ok(1)));
    }

    #[test]
    fn whoever_leaves_holds_nothing_back() {
        let feed = feed(1_000);
        let (mut stays, mut leaves) = (feed.follow(0), feed.follow(0));
        for number in 1..=3 {
            feed.push(Bytes::from_static(b"frame"), number);
            if number == 1 {
                take(&mut leaves).unwrap();
            }
        }
        assert_eq!(take(&mut stays), Ok(3));
        assert_eq!(kept(&feed), (2, 10));
        drop(leaves);
        assert_eq!(kept(&feed), (0, 0));
        drop(stays);
        feed.push(Bytes::from_static(b"nobody is here"), 4);
        assert_eq!(kept(&feed), (0, 0));
    }

    #[test]
    fn s3_frames_that_somebody_has_not_read_for_long_are_let_go_but_for_the_newest() {
        let feed = feed(1_000);
        let (mut follower, began) = (feed.follow(0), Instant::now());
        for number in 1..=3 {
            feed.push_at(Bytes::from_static(b"frame"), number, began);
        }
        feed.push_at(Bytes::from_static(b"frame"), 4, began + KEPT / 2);
        assert_eq!(kept(&feed).0, 4);
        feed.push_at(Bytes::from_static(b"frame"), 5, began + KEPT);
        assert_eq!(kept(&feed), (2, 10));
        assert_eq!(take(&mut follower), Err(Behind));
        feed.push_at(Bytes::from_static(b"frame"), 6, began + KEPT * 3);
        assert_eq!(kept(&feed).0, 1);
        drop(follower);
        assert_eq!(kept(&feed), (0, 0));
    }
}
