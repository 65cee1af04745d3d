//! WebSockets: one task each, between a browser and its session in a room.
//!
//! `upgrade` takes a connection out of HTTP, `connection` reads and writes it, `frame` knows how frames are written.
//! Reading is tungstenite's. Writing is our own, because a room has serialised each frame once for everybody: the
//! bytes go to the kernel from where they are, many frames in one call, and no connection keeps a copy.

mod connection;
mod frame;
mod upgrade;

use std::time::Duration;

use tokio::sync::watch;

pub(crate) use connection::{Socket, converse};
pub(crate) use upgrade::Upgrade;

/// How long sockets may be silent or stuck.
#[derive(Clone, Debug)]
pub struct SocketTiming {
    /// How often a browser is asked whether it is still there: more often than proxies and routers forget a silent
    /// connection, which some do after 30 s.
    pub ping: Duration,
    /// A browser of which nothing has come for this long is gone: two pings went unanswered.
    pub dead: Duration,
    /// How long a write may take, besides what its size takes at [`SocketTiming::slowest`].
    pub write: Duration,
    /// The slowest connection that is served, in bytes a second.
    pub slowest: u32,
    /// How long a browser that is told to go is waited for.
    pub goodbye: Duration,
}

impl Default for SocketTiming {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(25),
            dead: Duration::from_secs(60),
            write: Duration::from_secs(30),
            slowest: 32 * 1024,
            goodbye: Duration::from_secs(2),
        }
    }
}

impl SocketTiming {
    /// How long writing so much may take.
    fn write_time(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.write + Duration::from_secs(u64::from(bytes / self.slowest.max(1)))
    }
}

/// Counts the open sockets.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    count: watch::Sender<usize>,
}

/// An open socket, as long as it lives.
pub(crate) struct OpenSocket<'a>(&'a Sockets);

impl Sockets {
    pub fn enter(&self) -> OpenSocket<'_> {
        self.count.send_modify(|count| *count += 1);
        OpenSocket(self)
    }

    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until none is open.
    pub async fn all_gone(&self) {
        // The sender lives as long as this borrow of it.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for OpenSocket<'_> {
    fn drop(&mut self) {
        self.0.count.send_modify(|count| *count -= 1);
    }
}
