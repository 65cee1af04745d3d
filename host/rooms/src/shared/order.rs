//! Edits on their way into the shared order, and what comes back.

use std::mem;
use std::time::Duration;

use bytes::Bytes;
use collabcanvas_canvas::{Seq, Sequenced};
use collabcanvas_storage::{Entry, HotError, HotEvent, HotPlace};
use tokio::time::Instant;

use super::{MAX_AUTHORS, OrderEvent, Shared, SharedCanvas, State};
use crate::applied_keys::AppliedKey;
use crate::edits::{Author, Reply};
use crate::protocol::{Closing, ServerMessage, Stalled};
use crate::room::Room;

/// Bytes of transactions in one append: what the hot tier may be held up with.
const APPEND_BYTES: usize = 1 << 20;
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);
/// How long a frame waits at most for what an append under way will bring.
const LONGEST_COMPANY: Duration = Duration::from_millis(2);
/// About what it takes to write a frame to one socket.
const WRITE: Duration = Duration::from_micros(10);
/// What a timer can measure.
const SHORTEST_PAUSE: Duration = Duration::from_millis(2);
/// Events that are taken in at once.
const MAX_HEARD: usize = 1_000;
/// What a transaction's JSON starts with before it has a place.
const NO_PLACE: &[u8] = b"{\"seq\":0,";

impl Shared {
    /// Takes note of a transaction that was checked; it is in the next append, and applied when it comes back.
    pub fn submit(&mut self, author: Author, transaction: &Sequenced, document: &collabcanvas_canvas::Document) {
        let outbox = transaction.outbox();
        self.ahead.add(document, outbox.clone(), transaction.number, &transaction.operations);
        self.batch.push(entry(transaction));
        self.authors.insert((outbox, transaction.number), author);
    }

    /// A plugin's transaction under this key that has no place yet: a hash of what is in it, and who waits for it.
    pub fn submitted_under(&mut self, key: &AppliedKey) -> Option<(u64, &mut Vec<Reply>)> {
        self.authors.values_mut().find_map(|author| match author {
            Author::Plugin { replies, key: Some(of), operations } if of == key => Some((*operations, replies)),
            _ => None,
        })
    }

    /// Starts the next append, if there is something to append.
    fn start_append(&mut self, epoch: collabcanvas_canvas::Epoch) {
        self.ahead.clear();
        self.in_flight.append(&mut self.batch);
        if self.in_flight.is_empty() {
            return;
        }
        self.last_append = Instant::now();
        self.state = State::Appending(self.last_append);
        let (tier, project, events) = (self.tier.clone(), self.project.clone(), self.events.clone());
        let (entries, metrics) = (self.in_flight.clone(), self.metrics.clone());
        tokio::spawn(async move {
            let mut result = Ok(());
            for part in parts(entries) {
                let mut backoff = FIRST_BACKOFF;
                loop {
                    let began = Instant::now();
                    result = tier.append(&project, epoch, part.clone()).await;
                    match &result {
                        Ok(()) => metrics.appends.note(began.elapsed()),
                        Err(_) => metrics.failed_appends.add(),
                    }
                    match &result {
                        Err(error @ (HotError::Unavailable(_) | HotError::Full(_))) if !events.is_closed() => {
                            tracing::warn!(%project, %error, "edits wait for their places in the order");
                            tokio::time::sleep(backoff).await;
                            backoff = (backoff * 2).min(LONGEST_BACKOFF);
                        }
                        _ => break,
                    }
                }
                if result.is_err() {
                    break;
                }
            }
            // The room may have ended meanwhile; browsers still hold these edits.
            let _ = events.send(OrderEvent::Appended(result));
        });
    }
}

/// How long after a frame for so many sessions the next may follow: twice as long as it takes to write it to all.
fn fan_out_pause(sessions: usize) -> Duration {
    let pause = WRITE * 2 * u32::try_from(sessions).unwrap_or(u32::MAX);
    if pause < SHORTEST_PAUSE { Duration::ZERO } else { pause }
}

/// Cuts entries into appends of a bounded size.
fn parts(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut parts: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = APPEND_BYTES;
    for entry in entries {
        bytes += entry.rest.len();
        match parts.last_mut().filter(|_| bytes <= APPEND_BYTES) {
            Some(part) => part.push(entry),
            None => {
                bytes = entry.rest.len();
                parts.push(vec![entry]);
            }
        }
    }
    parts
}

/// A transaction as the hot tier takes it.
fn entry(transaction: &Sequenced) -> Entry {
    let unplaced = serde_json::to_vec(transaction).expect("transactions have string keys and finite numbers only");
    let rest = Bytes::from(unplaced).slice(NO_PLACE.len()..);
    Entry { outbox: transaction.outbox(), number: transaction.number, rest }
}

/// The same, of one that had a place in an order that is lost.
fn entry_again(line: &[u8]) -> Option<Entry> {
    // What cannot be read here was not read when it was applied, and cannot be handed in by its outbox either.
    let transaction: Sequenced = serde_json::from_slice(line).ok()?;
    Some(entry(&Sequenced { seq: 0, ..transaction }))
}

impl Room {
    /// Starts an append of what was submitted since the last.
    pub(crate) fn append_submitted(&mut self) {
        let epoch = self.document.epoch();
        if let Some(shared) = self.shared.as_mut().filter(|shared| shared.is_ready()) {
            shared.start_append(epoch);
        }
    }

    /// When the next append may begin, besides not before the last has been heard: at once, so that those who draw wait
    /// for nothing but the hot tier, or on a busy server a tick after the last.
    pub(crate) fn append_due(&self) -> Instant {
        let Some(shared) = &self.shared else { return self.last_tick + self.limits.tick() };
        if self.pace.is_busy() { shared.last_append + self.limits.tick() } else { shared.last_append }
    }

    /// When the next frame with transactions may go out.
    ///
    /// While an append is under way it waits for what that brings: one frame for what two hosts have appended costs
    /// half of two, and a timer, which counts in milliseconds, would have people wait longer than the hot tier does.
    pub(crate) fn frame_due(&self) -> Instant {
        let tick = self.limits.tick();
        let Some(shared) = self.shared.as_ref().filter(|_| !self.pace.is_busy()) else {
            return self.last_tick + tick;
        };
        let due = self.last_tick + fan_out_pause(self.sessions.len()).min(tick);
        if shared.is_ready() { due } else { due.max(shared.last_append + LONGEST_COMPANY) }
    }

    /// Takes in what the hot tier tells, and what else has come by then.
    pub(crate) async fn on_heard(&mut self, first: HotEvent) {
        let before = self.document.seq();
        let mut next = Some(first);
        for _ in 0..MAX_HEARD {
            let Some(event) = next else { break };
            self.on_hot(event);
            next = self.shared.as_mut().and_then(|shared| shared.heard.try_recv().ok());
        }
        if let Some(event) = next {
            self.on_hot(event);
        }
        if self.document.seq() > before {
            self.go_on_once_heard();
            self.greet_early(Instant::now());
        }
        if self.document.seq() > before && self.saver.writes() && self.saver.wants_plan() {
            self.save_when_worth_it().await;
        }
    }

    fn on_hot(&mut self, event: HotEvent) {
        match event {
            HotEvent::Ordered { epoch, first, lines } if epoch == self.document.epoch() => {
                for (seq, line) in (first..).zip(lines) {
                    self.apply_ordered(seq, line);
                }
            }
            HotEvent::Durable { epoch, seq } if epoch == self.document.epoch() && !self.saver.writes() => {
                self.saver.saved_elsewhere(seq);
                self.release_held(seq);
                self.outgoing.durable = Some(seq);
            }
            HotEvent::Ordered { .. } | HotEvent::Durable { .. } => {}
            HotEvent::Notice(notice) => self.on_notice(&notice),
            HotEvent::Reconnected => self.look_around(),
            HotEvent::Ended(end) => {
                tracing::warn!(project = %self.project, ?end, "the order has to be followed anew");
                self.reopen();
            }
        }
    }

    /// The next transaction of the order.
    fn apply_ordered(&mut self, seq: Seq, line: Bytes) {
        if seq <= self.document.seq() {
            // Between the durable point and the snapshot that the canvas was opened from.
            return self.saver.hold(seq, line, true);
        }
        let transaction = match serde_json::from_slice::<Sequenced>(&line) {
            Ok(transaction) => transaction,
            Err(error) => {
                tracing::error!(project = %self.project, seq, %error, "a transaction cannot be read; it is set aside");
                self.document.skip_to(seq);
                return self.saver.hold(seq, line, false);
            }
        };
        let shared = self.shared.as_mut();
        let author = shared.and_then(|shared| shared.authors.remove(&(transaction.outbox(), transaction.number)));
        let session = match &author {
            Some(Author::Session(number)) => Some(*number),
            _ => None,
        };
        self.outgoing.add_transaction(&line, session);
        self.document.apply(&transaction);
        self.saver.accepted(&transaction, line);
        if let Some(author) = author {
            self.placed(author, seq);
        }
    }

    /// The append that was under way is done.
    pub(crate) fn on_appended(&mut self, result: Result<(), HotError>) {
        let Some(shared) = self.shared.as_mut().filter(|shared| matches!(shared.state, State::Appending(_))) else {
            return;
        };
        match result {
            Ok(()) => {
                shared.state = State::Hearing(shared.last_append);
                self.go_on_once_heard();
            }
            Err(error) => {
                tracing::warn!(project = %self.project, %error, "the order has to begin anew");
                self.reopen();
            }
        }
    }

    /// Starts the next append once everything in the last one has been heard. Another host's transactions may come
    /// later than the answer to an append, and with them this room's own: until then the document does not show what
    /// the next edits are made on, and what was appended may have to be handed in again (D2).
    fn go_on_once_heard(&mut self) {
        let document = &self.document;
        let heard = |entry: &Entry| entry.number <= document.last_number(&entry.outbox);
        let Some(shared) = self.shared.as_mut().filter(|shared| matches!(shared.state, State::Hearing(_))) else {
            return;
        };
        if !shared.in_flight.iter().all(heard) {
            return;
        }
        shared.state = State::Ready;
        shared.in_flight.clear();
        shared.handing_in = false;
        if shared.authors.len() > MAX_AUTHORS {
            shared.authors.retain(|(outbox, number), _| *number > document.last_number(outbox));
        }
        self.append_submitted();
    }

    /// Opens the canvas anew, because its order is lost or another has begun. What this room holds beyond the durable
    /// point is handed in again (D2).
    pub(crate) fn reopen(&mut self) {
        let Some(shared) = self.shared.as_mut().filter(|shared| !matches!(shared.state, State::Opening(_))) else {
            return;
        };
        self.saver.resign();
        let held = self.saver.take_pending();
        let mut entries: Vec<Entry> = held.lines.iter().filter_map(|line| entry_again(line)).collect();
        shared.handing_in |= !entries.is_empty();
        entries.append(&mut mem::take(&mut shared.in_flight));
        entries.append(&mut mem::take(&mut shared.batch));
        shared.in_flight = entries;
        shared.ahead.clear();
        shared.lease.lost(Instant::now());
        shared.state = State::Opening(Instant::now());
        let epoch = self.document.epoch();
        // An order of an epoch that the store has left can be saved nowhere: whoever wanted to begin the next is gone.
        let seen = match shared.passed {
            passed if passed > epoch => HotPlace { epoch: passed, seq: 0 },
            _ => HotPlace { epoch, seq: self.document.seq().max(shared.seen) },
        };
        let (tier, store, project, events) =
            (shared.tier.clone(), shared.stores.canvas.clone(), shared.project.clone(), shared.events.clone());
        let metrics = shared.metrics.clone();
        tokio::spawn(async move {
            let tiers = super::Tiers { tier: &tier, store: &*store, metrics: &metrics };
            let opened = super::opening::open_until(tiers, &project, seen, epoch, &events).await;
            let _ = events.send(OrderEvent::Opened(opened.map(Box::new)));
        });
    }

    /// Goes on with the canvas as it was opened anew.
    pub(crate) fn on_opened(&mut self, canvas: Option<Box<SharedCanvas>>) {
        let Some(canvas) = canvas else {
            self.closing = Some(Closing::new("room-gone", "the project is gone: it may have been deleted", false));
            return;
        };
        let SharedCanvas { opened, snapshot: _, following, heard } = *canvas;
        let Some(shared) = &mut self.shared else { return };
        (shared.following, shared.heard, shared.state, shared.seen) = (following, heard, State::Ready, 0);
        self.saver.renew(&opened);
        self.document = opened.document;
        self.fed = self.document.seq();
        self.outgoing.forget_transactions();
        self.held.clear();
        let document = &self.document;
        let known = |entry: &Entry| entry.number > document.last_number(&entry.outbox);
        shared.in_flight.retain(known);
        shared.handing_in &= !shared.in_flight.is_empty();
        let (project, epoch, again) = (&self.project, self.document.epoch(), shared.in_flight.len());
        tracing::info!(%project, epoch, seq = self.document.seq(), again, "the canvas was opened anew");
        self.resynchronise_all("epoch");
        self.greet_early(Instant::now());
        self.append_submitted();
    }

    /// Tells people when edits wait, and when they no longer do.
    pub(crate) fn tell_of_stalls(&mut self, now: Instant) {
        let Some(shared) = &mut self.shared else { return };
        let stalled = shared.is_stalled(now);
        if stalled != shared.stall_told {
            shared.stall_told = stalled;
            self.tell_all(&ServerMessage::Stalled(Stalled { stalled }));
        }
    }

    /// When [`Room::tell_of_stalls`] is to be called even if nothing happens.
    pub(crate) fn stall_due(&self) -> Option<Instant> {
        match self.shared.as_ref().filter(|shared| !shared.stall_told)?.state {
            State::Ready => None,
            State::Appending(since) | State::Hearing(since) | State::Opening(since) => Some(since + super::STALL),
        }
    }

    /// Whether edits wait for the hot tier, as people were told.
    pub(crate) fn is_stalled(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.stall_told)
    }

    /// Waits until what was submitted has its places, or until `deadline`.
    pub(crate) async fn settle(
        &mut self,
        orders: &mut tokio::sync::mpsc::UnboundedReceiver<OrderEvent>,
        deadline: Instant,
    ) {
        self.append_submitted();
        let on_its_way = |room: &Self| room.shared.as_ref().is_some_and(|shared| !shared.is_ready());
        self.listen_while(on_its_way, orders, deadline).await;
    }

    /// Takes in what the hot tier and this room's own tasks tell, while this holds and until `deadline`.
    pub(super) async fn listen_while(
        &mut self,
        holds: impl Fn(&Self) -> bool,
        orders: &mut tokio::sync::mpsc::UnboundedReceiver<OrderEvent>,
        deadline: Instant,
    ) {
        while holds(self) {
            tokio::select! {
                biased;
                event = super::hear(&mut self.shared) => self.on_heard(event).await,
                event = orders.recv() => match event {
                    Some(event) => self.on_order(event).await,
                    None => return,
                },
                () = tokio::time::sleep_until(deadline) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use collabcanvas_canvas::{ClientId, UserId};

    use super::*;

    fn transaction(number: u64) -> Sequenced {
        Sequenced {
            seq: 0,
            client: ClientId::parse("tab").unwrap(),
            number,
            user: UserId::parse("ada").unwrap(),
            operations: Vec::new(),
        }
    }

    #[test]
    fn an_entry_is_a_transaction_without_its_place() {
        let Entry { outbox, number, rest } = entry(&transaction(7));
        assert_eq!((outbox, number), (transaction(7).outbox(), 7));
        let mut line = b"{\"seq\":12,".to_vec();
        line.extend_from_slice(&rest);
        assert_eq!(serde_json::from_slice::<Sequenced>(&line).unwrap(), Sequenced { seq: 12, ..transaction(7) });
        assert_eq!(entry_again(&line), Some(entry(&transaction(7))));
    }

    #[test]
    fn appends_are_cut_where_they_would_be_too_large() {
        let large = |bytes: usize| Entry { rest: Bytes::from(vec![b'x'; bytes]), ..entry(&transaction(1)) };
        let sizes = [10, APPEND_BYTES, 5, 5, APPEND_BYTES + 7, 1];
        let cut: Vec<usize> = parts(sizes.map(large).into()).iter().map(Vec::len).collect();
        assert_eq!(cut, [1, 1, 2, 1, 1]);
        assert!(parts(Vec::new()).is_empty());
    }

    #[test]
    fn only_frames_for_many_sessions_are_kept_apart() {
        assert_eq!([0, 2, 99].map(fan_out_pause), [Duration::ZERO; 3]);
        assert_eq!(fan_out_pause(500), Duration::from_millis(10));
    }
}
