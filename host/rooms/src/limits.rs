use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of a room, each with its reason. All can be set in the server's file of limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomLimits {
    /// Sessions at once. Beyond it a tick's fan-out would not fit between two ticks on one core.
    pub sessions: usize,
    /// Largest frame from a browser, in bytes: a transaction of the largest size.
    pub frame_bytes: usize,
    /// Frames a second from one session, on average: four times what the fastest mouse sends.
    pub frames_per_second: u32,
    /// Frames that a session may send at once, so that what was drawn offline goes out in one go.
    pub frame_burst: u32,
    /// Shortest time between two ticks, in milliseconds, so that under load many edits share one frame.
    pub tick_ms: u64,
    /// Shortest time between two ticks that carry only presence, in milliseconds: 30 Hz looks smooth.
    pub presence_ms: u64,
    /// Frames kept for sessions that are slow to read, in bytes for the whole room. Who falls behind it is resynchronised (S3).
    pub feed_bytes: usize,
    /// Messages to one session alone that may wait; one that lets more wait is closed.
    pub mailbox: usize,
    /// Messages to the room that may wait before their senders have to.
    pub inbox: usize,
    /// Bytes of large frames that may wait in a room: beyond it their senders wait.
    pub inbox_bytes: usize,
    /// Bytes that may wait for one session alone; one that lets more wait is closed.
    pub mailbox_bytes: usize,
    /// Longest time that an accepted edit may stay out of the durable journal whatever the strategy says (D5), in milliseconds.
    pub save_floor_ms: u64,
    /// Bytes that may wait for the durable journal before edits have to wait: what a crash of a stuck store may cost.
    pub pending_bytes: u64,
    /// Transactions in the durable journal that the host lets a strategy leave without a checkpoint: opening replays them.
    pub journal_transactions: u64,
    /// How long a room stays open without sessions, in milliseconds: a reload finds it warm.
    pub linger_ms: u64,
    /// Data that a plugin may keep in a project, in bytes.
    pub plugin_quota: u64,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self {
            sessions: 500,
            frame_bytes: collabcanvas_canvas::MAX_TRANSACTION_BYTES,
            frames_per_second: 2_000,
            frame_burst: 10_000,
            tick_ms: 16,
            presence_ms: 33,
            feed_bytes: 32 << 20,
            mailbox: 1_024,
            inbox: 4_096,
            inbox_bytes: 64 << 20,
            mailbox_bytes: 64 << 20,
            save_floor_ms: 30_000,
            pending_bytes: 64 << 20,
            journal_transactions: 200_000,
            linger_ms: 30_000,
            plugin_quota: 1 << 20,
        }
    }
}

impl RoomLimits {
    pub(crate) fn tick(&self) -> Duration {
        Duration::from_millis(self.tick_ms)
    }

    pub(crate) fn presence(&self) -> Duration {
        Duration::from_millis(self.presence_ms)
    }

    pub(crate) fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms)
    }
}
