//! How busy the server is, and what can therefore wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

/// How often the load is looked at.
const SAMPLE: Duration = Duration::from_millis(100);
/// Frames a second from all browsers above which a server counts as busy: some fifth of what one core does.
const BUSY: f64 = 4_000.0;
/// Samples for which a server stays busy after the last that was: all that has been put off would otherwise come due at
/// once with every pause for breath.
const BUSY_FOR: u32 = 20;
/// How long acknowledgements and durable marks may wait on a busy server for a frame that goes out anyway: nobody
/// sees much of a difference between "Saved" now and half a second later, and each costs as much as an edit.
const PATIENCE: Duration = Duration::from_millis(500);
/// How far apart the slots are in which rooms save on a busy server: people who begin at the same moment, when a class does
/// or a server is back, would otherwise have a thousand rooms save at the same moment for as long as they draw, and
/// edits wait for that.
const SLOTS_APART: Duration = Duration::from_millis(1);

/// Counts frames, and tells how long what is not news may wait.
#[derive(Default)]
pub(crate) struct ServerPace {
    frames: AtomicU64,
    busy: AtomicBool,
    last_slot: Mutex<Option<Instant>>,
}

impl ServerPace {
    /// Starts counting.
    pub fn start() -> Arc<Self> {
        let pace = Arc::new(Self::default());
        let weak = Arc::downgrade(&pace);
        tokio::spawn(async move {
            let (mut timer, mut calm, mut last) = (tokio::time::interval(SAMPLE), BUSY_FOR, Instant::now());
            // Samples that a server which stood still has missed would each look calm.
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                timer.tick().await;
                let Some(pace) = weak.upgrade() else { return };
                let passed = last.elapsed();
                last += passed;
                let frames = pace.frames.swap(0, Ordering::Relaxed);
                calm = if frames as f64 > BUSY * passed.as_secs_f64() { 0 } else { calm.saturating_add(1) };
                pace.busy.store(calm < BUSY_FOR, Ordering::Relaxed);
            }
        });
        pace
    }

    /// Counts a frame from a browser.
    pub fn count(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether so much comes from all browsers that what can wait has to.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// How long what is not news may wait.
    pub fn patience(&self) -> Duration {
        if self.is_busy() { PATIENCE } else { Duration::ZERO }
    }

    /// When a room that wants to save now may: in its turn, and what is left of its patience later. Rooms that saved at the
    /// same moment have different slots, and keep their distance from then on.
    pub fn save_slot(&self, last_saved: Instant) -> Instant {
        let now = Instant::now();
        let mut last = self.last_slot.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = last.map_or(now, |last| now.max(last + SLOTS_APART));
        *last = Some(turn);
        turn + (last_saved + self.patience()).saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many frames as make a sample busy.
    const FRAMES: u64 = 401;

    /// Takes so many frames, and waits until they are in a sample.
    async fn take(pace: &ServerPace, frames: u64) {
        (0..frames).for_each(|_| pace.count());
        tokio::time::sleep(SAMPLE).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_stays_busy_through_a_pause_and_calms_down_after_a_longer_one() {
        let pace = ServerPace::start();
        let mut busy = Vec::new();
        for frames in [FRAMES, 0, FRAMES - 1].into_iter().chain([0; 20]) {
            take(&pace, frames).await;
            busy.push(pace.is_busy());
        }
        assert_eq!(busy.iter().filter(|busy| **busy).count(), BUSY_FOR as usize, "{busy:?}");
        assert!(busy[0] && busy.is_sorted_by(|before, after| before >= after), "{busy:?}");
        assert_eq!(pace.patience(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stood_still_is_neither_calm_nor_busy_because_of_it() {
        let pace = ServerPace::start();
        take(&pace, FRAMES).await;
        (0..FRAMES).for_each(|_| pace.count());
        tokio::time::advance(SAMPLE * (BUSY_FOR + 10)).await;
        tokio::time::sleep(SAMPLE).await;
        assert!(pace.is_busy(), "the samples that it has missed do not count as calm");
        tokio::time::sleep(SAMPLE * BUSY_FOR).await;
        (0..FRAMES).for_each(|_| pace.count());
        tokio::time::advance(SAMPLE * 10).await;
        tokio::time::sleep(SAMPLE).await;
        assert!(!pace.is_busy(), "the frames of a second are no more than those of a second");
    }

    #[tokio::test(start_paused = true)]
    async fn rooms_that_want_to_save_at_the_same_moment_do_so_one_after_the_other() {
        let (pace, now) = (ServerPace::start(), Instant::now());
        let slots: Vec<Duration> = (0..1_000).map(|_| pace.save_slot(now) - now).collect();
        assert!(slots.iter().zip(0..).all(|(slot, before)| *slot == SLOTS_APART * before), "{slots:?}");
        tokio::time::advance(SLOTS_APART * 2_000).await;
        assert_eq!(pace.save_slot(now), Instant::now(), "nobody is before this one any more");
    }

    #[tokio::test(start_paused = true)]
    async fn rooms_that_have_saved_at_the_same_moment_do_not_save_at_the_same_moment_again() {
        let pace = ServerPace::start();
        take(&pace, FRAMES).await;
        let now = Instant::now();
        let slots: Vec<Duration> = (0..100).map(|_| pace.save_slot(now) - now).collect();
        assert!(slots.iter().zip(0..).all(|(slot, before)| *slot == PATIENCE + SLOTS_APART * before), "{slots:?}");
    }
}
