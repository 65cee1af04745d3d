//! How busy the server is, and what can therefore wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the load is looked at.
const SAMPLE: Duration = Duration::from_millis(100);
/// Frames a second from all browsers above which a server counts as busy: some fifth of what one core does.
const BUSY: u64 = 4_000;
/// How long acknowledgements and durable marks may wait on a busy server for a frame that goes out anyway: nobody
/// sees much of a difference between "Saved" now and half a second later, and each costs as much as an edit.
const PATIENCE: Duration = Duration::from_millis(500);

/// Counts frames, and tells how long what is not news may wait.
#[derive(Default)]
pub(crate) struct ServerPace {
    frames: AtomicU64,
    patience_ms: AtomicU64,
}

impl ServerPace {
    /// Starts counting.
    pub fn start() -> Arc<Self> {
        let pace = Arc::new(Self::default());
        let weak = Arc::downgrade(&pace);
        tokio::spawn(async move {
            let mut timer = tokio::time::interval(SAMPLE);
            loop {
                timer.tick().await;
                let Some(pace) = weak.upgrade() else { return };
                let frames = pace.frames.swap(0, Ordering::Relaxed);
                let busy = frames > BUSY / 10;
                pace.patience_ms.store(if busy { PATIENCE.as_millis() as u64 } else { 0 }, Ordering::Relaxed);
            }
        });
        pace
    }

    /// Counts a frame from a browser.
    pub fn count(&self) {
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    /// How long what is not news may wait.
    pub fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_ms.load(Ordering::Relaxed))
    }
}
