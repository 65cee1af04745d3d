//! What every session of a room is sent, serialised once: a bounded ring of frames, and a place in it for each session.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use collabcanvas_canvas::Seq;

/// Most frames that one wake-up hands to a socket: a bound on what a slow socket can hold of frames that the ring has let go.
const MAX_TAKEN: usize = 64;

/// How long frames are kept. Whoever has not read for so long is better told what has changed than what has happened,
/// and a thousand rooms that each kept as much as a ring may hold would take all memory there is.
const KEPT: Duration = Duration::from_secs(10);

/// The ring.
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    limit: usize,
}

struct Ring {
    frames: VecDeque<Frame>,
    /// Position of the first frame; positions count frames since the room opened.
    first: u64,
    bytes: usize,
}

struct Frame {
    bytes: Bytes,
    /// Where a session is after it.
    seq: Seq,
    pushed: Instant,
}

/// The ring no longer holds the next frame for this session (S3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Behind;

impl Feed {
    /// A ring of at most `limit` bytes. The newest frame is always kept.
    pub fn new(limit: usize) -> Self {
        Self { ring: Mutex::new(Ring { frames: VecDeque::new(), first: 0, bytes: 0 }), limit }
    }

    /// Adds a frame after which a session is at `seq`.
    pub fn push(&self, frame: Bytes, seq: Seq) {
        self.push_at(frame, seq, Instant::now());
    }

    fn push_at(&self, bytes: Bytes, seq: Seq, now: Instant) {
        let mut ring = self.lock();
        ring.bytes += bytes.len();
        ring.frames.push_back(Frame { bytes, seq, pushed: now });
        ring.forget_until(self.limit, now);
    }

    /// Lets go of what has been kept long enough, for rooms in which nothing happens any more.
    pub fn forget_old(&self) {
        let mut ring = self.lock();
        ring.forget_until(self.limit, Instant::now());
        ring.frames.shrink_to_fit();
    }

    /// The position after the newest frame.
    pub fn end(&self) -> u64 {
        let ring = self.lock();
        ring.first + ring.frames.len() as u64
    }

    /// Hands out frames from `position` on, and moves position and `seq` past them.
    pub fn take(&self, position: &mut u64, seq: &mut Seq, out: &mut Vec<Bytes>) -> Result<(), Behind> {
        let ring = self.lock();
        let skip = position.checked_sub(ring.first).ok_or(Behind)?;
        for frame in ring.frames.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(MAX_TAKEN) {
            out.push(frame.bytes.clone());
            *position += 1;
            // A session that caught up may be ahead of frames that were kept back.
            *seq = (*seq).max(frame.seq);
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        // Nothing in here can panic half-way, so a poisoned ring is still whole.
        self.ring.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Ring {
    /// Lets go of old frames, and of more until the ring is within its limit; the newest is kept.
    fn forget_until(&mut self, limit: usize, now: Instant) {
        let goes = |ring: &Self, oldest: &Frame| ring.bytes > limit || now.duration_since(oldest.pushed) >= KEPT;
        while self.frames.len() > 1
            && self.frames.front().is_some_and(|oldest| goes(self, oldest))
            && let Some(oldest) = self.frames.pop_front()
        {
            self.bytes -= oldest.bytes.len();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_a_session_that_the_ring_has_left_behind_is_told_so_and_the_ring_stays_bounded() {
        let feed = Feed::new(30);
        let (mut position, mut seq, mut out) = (feed.end(), 0, Vec::new());
        for number in 1..=3 {
            feed.push(Bytes::from(vec![b'x'; 10]), number);
        }
        assert_eq!(feed.take(&mut position, &mut seq, &mut out), Ok(()));
        assert_eq!((position, seq, out.len()), (3, 3, 3));
        for number in 4..=7 {
            feed.push(Bytes::from(vec![b'x'; 10]), number);
        }
        assert_eq!(feed.lock().bytes, 30);
        assert_eq!(feed.take(&mut position, &mut seq, &mut out), Err(Behind));
        assert_eq!(seq, 3, "it still knows what it has");
    }

    #[test]
    fn a_frame_larger_than_the_ring_is_still_delivered() {
        let feed = Feed::new(5);
        let (mut position, mut seq, mut out) = (0, 0, Vec::new());
        feed.push(Bytes::from_static(b"a long frame"), 1);
        assert_eq!(feed.take(&mut position, &mut seq, &mut out), Ok(()));
        assert_eq!(out, [Bytes::from_static(b"a long frame")]);
    }

    #[test]
    fn s3_frames_that_nobody_has_read_for_long_are_let_go_but_for_the_newest() {
        let feed = Feed::new(1_000);
        let (mut position, mut seq, mut out, began) = (feed.end(), 0, Vec::new(), Instant::now());
        for number in 1..=3 {
            feed.push_at(Bytes::from_static(b"frame"), number, began);
        }
        feed.push_at(Bytes::from_static(b"frame"), 4, began + KEPT / 2);
        assert_eq!(feed.lock().frames.len(), 4);
        feed.push_at(Bytes::from_static(b"frame"), 5, began + KEPT);
        assert_eq!(feed.lock().frames.len(), 2);
        assert_eq!(feed.lock().bytes, 10);
        assert_eq!(feed.take(&mut position, &mut seq, &mut out), Err(Behind));
        feed.push_at(Bytes::from_static(b"frame"), 6, began + KEPT * 3);
        assert_eq!(feed.lock().frames.len(), 1);
    }
}
