//! Sessions that come from another host and know more of the order than this one.

use std::mem;
use std::time::Duration;

use collabcanvas_storage::Standing;
use tokio::time::Instant;

use super::{OrderEvent, Shared};
use crate::protocol::{Closing, Hello, Place};
use crate::room::Room;
use crate::session::SessionNumber;

/// How long such a session waits to be greeted, before it is found out why.
const PATIENCE: Duration = Duration::from_secs(2);

/// A session that is greeted when this host has come as far as it.
pub(super) struct Early {
    session: SessionNumber,
    hello: Hello,
    until: Instant,
    /// Whether it has waited in vain.
    waited: bool,
}

impl Early {
    fn knows_more_than(&self, place: Place) -> bool {
        self.hello.known.is_some_and(|known| known > place)
    }
}

impl Shared {
    /// A session that waits to be greeted does so no longer.
    pub fn forget_early(&mut self, session: SessionNumber) {
        self.early.retain(|early| early.session != session);
    }
}

impl Room {
    /// Whether a session knows more of the order than this host, and is greeted later: a room that lags some
    /// milliseconds behind another would tell it that its last edits are not known.
    pub(crate) fn is_early(&mut self, session: SessionNumber, hello: &Hello) -> bool {
        let place = self.place();
        let Some(shared) = &mut self.shared else { return false };
        let early = Early { session, hello: hello.clone(), until: Instant::now() + PATIENCE, waited: false };
        let is_early = early.knows_more_than(place);
        if is_early && !shared.early.iter().any(|early| early.session == session) {
            shared.early.push(early);
        }
        is_early
    }

    /// Greets those who were early, as far as this host has come, and finds out about others after a while.
    pub(crate) fn greet_early(&mut self, now: Instant) {
        let (place, sessions) = (self.place(), &self.sessions);
        let Some(shared) = self.shared.as_mut().filter(|shared| !shared.early.is_empty()) else { return };
        let early = mem::take(&mut shared.early).into_iter().filter(|early| sessions.contains_key(&early.session));
        let (still, due): (Vec<_>, Vec<_>) = early.partition(|early| early.knows_more_than(place));
        shared.early = still;
        let mut in_vain = false;
        for early in shared.early.iter_mut().filter(|early| now >= early.until) {
            (early.until, early.waited, in_vain) = (now + PATIENCE, true, true);
        }
        if in_vain {
            let (tier, project, events) = (shared.tier.clone(), shared.project.clone(), shared.events.clone());
            tokio::spawn(async move {
                let standing = tier.standing(&project).await.ok().flatten();
                let _ = events
                    .send(OrderEvent::Stands(standing.map(|Standing { epoch, last, .. }| Place { epoch, seq: last })));
            });
        }
        for Early { session, hello, .. } in due {
            self.welcome(session, &hello);
        }
    }

    /// Somebody who came early has waited in vain, and this is where the order stands, as far as that can be found
    /// out. To greet them with an older canvas would be wrong while the order has what they know: what they do next
    /// would be checked against a canvas that they do not see.
    pub(crate) fn on_stands(&mut self, stands: Option<Place>) {
        let place = self.place();
        let Some(shared) = &mut self.shared else { return };
        let (waited, others): (Vec<_>, Vec<_>) =
            mem::take(&mut shared.early).into_iter().partition(|early| early.waited);
        shared.early = others;
        for early in waited {
            if !early.knows_more_than(place) || stands.is_some_and(|stands| early.knows_more_than(stands)) {
                // Nobody has what it knows: it is told to load the snapshot.
                self.welcome(early.session, &early.hello);
            } else if let Some(session) = self.sessions.get(&early.session) {
                let message = "this host lags behind what you have seen: another one is asked for it";
                session.mailbox.close(Closing::new("moving", message, true));
            }
        }
    }

    pub(crate) fn early_due(&self) -> Option<Instant> {
        self.shared.as_ref()?.early.iter().map(|early| early.until).min()
    }
}
