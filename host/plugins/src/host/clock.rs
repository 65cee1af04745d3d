//! `clock`: the time.

use std::time::{SystemTime, UNIX_EPOCH};

use collabcanvas_canvas::Problem;

use super::Answer;
use crate::contract::imports::clock::Host;
use crate::instance::GuestState;

impl Host for GuestState {
    async fn now_ms(&mut self) -> Answer<u64> {
        self.serve("clock", "now-ms", async |_| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            let milliseconds = since.ok().and_then(|since| u64::try_from(since.as_millis()).ok());
            milliseconds.ok_or_else(|| Problem::new("unavailable", "the host's clock is not set"))
        })
        .await
    }
}
