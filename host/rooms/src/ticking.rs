//! When a room does what: ticks, frames that can wait no longer, and what the saver is asked.

use std::time::Duration;

use tokio::time::Instant;

use crate::protocol::Closing;
use crate::room::{PLUGIN_SWEEP, Room};
use crate::saver::{SaverEvent, SaverNews};

/// How long a tick may take in edits before it sends out what it has.
const TICK_BUDGET: Duration = Duration::from_millis(50);

impl Room {
    pub(crate) async fn on_saver(&mut self, event: SaverEvent) {
        match self.saver.on_event(event) {
            SaverNews::Durable(seq) => {
                self.told_durable(seq);
                self.save_when_worth_it().await;
            }
            SaverNews::Ask => self.save_when_worth_it().await,
            SaverNews::Nothing => {}
            // Another host saves now, or an epoch has begun, which the order says.
            SaverNews::Fenced if self.shared.is_some() => self.saver.resign(),
            SaverNews::Fenced => {
                let message = "another server has opened this canvas: reconnect to it";
                self.closing = Some(Closing::new("taken-over", message, true));
            }
        }
    }

    /// Does what is due: the tick, frames that can wait no longer, the saver, the plugin sweep.
    pub(crate) async fn on_time(&mut self) {
        if self.may_change_canvas() && std::mem::take(&mut self.may_be_old) {
            self.bring_up_to_date().await;
            self.append_submitted();
        }
        let now = Instant::now();
        self.tell_of_stalls(now);
        self.ask_for_lease(now);
        self.beat(now);
        self.greet_early(now);
        if self.is_tick_due(now) {
            self.tick(now).await;
        }
        self.wake_owed(now);
        if self.saver.due().is_some_and(|due| due <= now) {
            self.save_when_worth_it().await;
        }
        if self.next_sweep <= now {
            self.next_sweep = now + PLUGIN_SWEEP;
            self.plugins.sweep();
            self.feed.forget_old();
        }
        if self.empty_since.is_some_and(|since| now >= since + self.limits.linger())
            && self.waiting.is_empty()
            && !self.saver.is_stuck()
        {
            self.closing =
                Some(Closing::new("empty", "the canvas was closed because nobody was on it: reconnect", true));
        }
    }

    /// When the next tick is due: at once when the last one is long ago, else after the shortest distance.
    fn tick_due(&self) -> Option<Instant> {
        let edits =
            (!self.waiting.is_empty() && !self.saver.is_full() && self.may_change_canvas()).then(|| self.append_due());
        let transactions = self.outgoing.has_transactions().then(|| self.frame_due());
        if edits.is_some() || transactions.is_some() {
            return edits.into_iter().chain(transactions).min();
        }
        if self.outgoing.has_presence() {
            return Some(self.last_presence + self.limits.presence());
        }
        self.outgoing.durable.map(|_| self.last_tick + self.pace.patience().max(self.limits.tick()))
    }

    pub(crate) fn is_tick_due(&self, now: Instant) -> bool {
        self.tick_due().is_some_and(|due| due <= now)
    }

    /// When something is due at the latest.
    pub(crate) fn next_due(&self) -> Instant {
        // A room whose store or order is stuck stays for as long as it takes.
        let may_end = !self.saver.is_stuck() && self.waiting.is_empty();
        let lingering = self.empty_since.filter(|_| may_end).map(|since| since + self.limits.linger());
        let dues = [self.tick_due(), self.owed_due(), self.saver.due(), lingering];
        let shared = [self.lease_due(), self.heartbeat_due(), self.stall_due(), self.early_due()];
        dues.into_iter().chain(shared).flatten().min().unwrap_or(self.next_sweep).min(self.next_sweep)
    }

    /// One tick: all waiting edits get their places, and when a frame is due every session gets one.
    pub(crate) async fn tick(&mut self, now: Instant) {
        let edited = !self.waiting.is_empty();
        let with_frame = !self.outgoing.has_transactions() || now >= self.frame_due();
        while self.may_change_canvas()
            && let Some(waiting) = self.waiting.pop_front()
        {
            self.accept(waiting).await;
            // A plugin that is slow, yet within its limits, must not keep the room from saving, from changes of role
            // and from closing: the rest is for the next tick.
            if now.elapsed() >= TICK_BUDGET {
                break;
            }
        }
        self.append_submitted();
        if with_frame {
            if self.outgoing.has_transactions() || (edited && self.shared.is_none()) {
                self.last_tick = now;
            }
            let with_presence = now >= self.last_presence + self.limits.presence();
            if with_presence && self.outgoing.has_presence() {
                self.last_presence = now;
            }
            self.emit(with_presence);
        }
        if edited && self.saver.wants_plan() {
            self.save_when_worth_it().await;
        }
    }

    /// Whether edits can be taken in now: not while the last ones are on their way into an order that hosts share.
    pub(crate) fn may_change_canvas(&self) -> bool {
        self.shared.as_ref().is_none_or(|shared| shared.is_ready())
    }

    /// Asks the save strategy now, but on a busy server in its slot, and only as often as what it brings about can be told:
    /// an append for every edit of a thousand rooms costs more than the edits. Where people see an edit only once it is
    /// durable, nothing is put off.
    pub(crate) async fn save_when_worth_it(&mut self) {
        let now = Instant::now();
        if self.saver.writes() && self.pace.is_busy() && !self.acknowledges_once_durable {
            let slot = *self.save_slot.get_or_insert_with(|| self.pace.save_slot(self.last_plan));
            if slot > now {
                self.saver.wake_at = Some(slot);
            }
            // Otherwise the store has failed and is to be tried again, or the floor demands it.
            if slot > now && self.saver.due().is_none_or(|due| due > now) {
                return;
            }
        }
        self.save().await;
    }

    /// Asks the save strategy and does what it says; a strategy that fails is overruled (D5).
    pub(crate) async fn save(&mut self) {
        (self.last_plan, self.save_slot) = (Instant::now(), None);
        if !self.saver.writes() {
            return;
        }
        let state = self.saver.state(self.sessions.len(), self.versions.last(), self.closing.is_some());
        let plan = match self.plugins.plan(state).await {
            Ok(plan) => plan,
            Err(error) => {
                self.versions.warn_once(&error);
                self.saver.fallback()
            }
        };
        if let Some(name) = &plan.take_version {
            self.versions.take(name, &self.document);
        }
        self.saver.carry_out(&plan, &self.document);
    }
}
