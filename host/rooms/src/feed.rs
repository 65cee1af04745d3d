//! What every session of a room is sent, serialised once: a bounded ring of frames, and a place in it for each session.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use collabcanvas_canvas::Seq;

/// Most frames that one wake-up hands to a socket: a bound on what a slow socket can hold of frames that the ring has let go.
const MAX_TAKEN: usize = 64;

/// The ring.
pub(crate) struct Feed {
    ring: Mutex<Ring>,
    limit: usize,
}

struct Ring {
    frames: VecDeque<(Bytes, Seq)>,
    /// Position of the first frame; positions count frames since the room opened.
    first: u64,
    bytes: usize,
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
        let mut ring = self.lock();
        ring.bytes += frame.len();
        ring.frames.push_back((frame, seq));
        while ring.bytes > self.limit && ring.frames.len() > 1 {
            if let Some((frame, _)) = ring.frames.pop_front() {
                ring.bytes -= frame.len();
                ring.first += 1;
            }
        }
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
        for (frame, after) in ring.frames.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(MAX_TAKEN) {
            out.push(frame.clone());
            *position += 1;
            *seq = *after;
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ring> {
        // Nothing in here can panic half-way, so a poisoned ring is still whole.
        self.ring.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
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
}
