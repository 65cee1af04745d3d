//! The outbox of plugins' edits in one room.

use collabcanvas_canvas::ClientId;
use rand::distr::{Alphanumeric, SampleString};

/// What the names of these outboxes start with; no browser's may.
const PREFIX: &str = "plugins-";

/// One room's own outbox: two hosts that have the same canvas open must not give the same number twice.
pub(crate) struct PluginOutbox {
    client: ClientId,
    last: u64,
}

impl PluginOutbox {
    /// An outbox that nobody else has.
    pub fn new() -> Self {
        let name = format!("{PREFIX}{}", Alphanumeric.sample_string(&mut rand::rng(), 22));
        Self { client: ClientId::parse(&name).expect("letters, digits and a dash"), last: 0 }
    }

    /// The next transaction's client and number.
    pub fn next(&mut self) -> (ClientId, u64) {
        self.last += 1;
        (self.client.clone(), self.last)
    }

    /// Whether a client's id is kept for plugins.
    pub fn is_reserved(client: &ClientId) -> bool {
        client.as_str().starts_with(PREFIX)
    }
}
