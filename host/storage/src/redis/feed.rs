use std::{
    collections::hash_map::DefaultHasher,
    hash::Hasher as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use tokio::sync::mpsc::UnboundedSender;

use super::{held::Held, keys::Keys, notice::line};
use crate::{HotEnd, HotEvent};

/// A project that this host follows: who follows it, and how far each is.
pub(super) struct Feed {
    pub(super) project: ProjectId,
    pub(super) keys: Keys,
    /// Whether its channel is subscribed to. Held while that changes.
    pub(super) subscribed: tokio::sync::Mutex<bool>,
    state: Mutex<State>,
}

/// What is known of a followed order.
pub(super) struct State {
    followers: Vec<Follower>,
    next_id: u64,
    /// The latest epoch heard of.
    epoch: Epoch,
    /// The last place heard of.
    last: Seq,
    durable: Seq,
    held: Held,
    /// A task reads the log for this feed.
    pub(super) reading: bool,
    /// When the keys' expiry was last put off.
    pub(super) renewed: Instant,
}

struct Follower {
    id: u64,
    epoch: Epoch,
    /// It has been told everything up to here.
    position: Seq,
    /// And that this is durable.
    durable: Seq,
    /// Of the last transaction that it was told, to notice an order that came back shorter and grew again.
    digest: Option<u64>,
    /// The log has to be read although nothing is known to be missing: messages may have been lost.
    unsure: bool,
    events: UnboundedSender<HotEvent>,
}

/// What a follower misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) follower: u64,
    pub(super) epoch: Epoch,
    pub(super) after: Seq,
    /// The last place heard of.
    last: Seq,
    /// The digest of the transaction at `after`, when that has to be compared.
    pub(super) digest: Option<u64>,
}

impl Feed {
    pub(super) fn new(project: ProjectId, keys: Keys) -> Self {
        let state = State {
            followers: Vec::new(),
            next_id: 0,
            epoch: 0,
            last: 0,
            durable: 0,
            held: Held::default(),
            reading: false,
            renewed: Instant::now(),
        };
        Self { project, keys, subscribed: tokio::sync::Mutex::new(false), state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // No step leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The last place heard of in this epoch.
    pub(super) fn heard_of(&self, epoch: Epoch) -> Seq {
        if self.epoch == epoch { self.last } else { 0 }
    }

    /// Adds a follower; answers with its id.
    pub(super) fn add(&mut self, epoch: Epoch, after: Seq, events: UnboundedSender<HotEvent>) -> u64 {
        if self.followers.is_empty() {
            (self.epoch, self.last, self.durable) = (epoch, 0, 0);
            self.held.clear();
        }
        self.next_id += 1;
        let (id, position) = (self.next_id, after);
        self.followers.push(Follower { id, epoch, position, durable: 0, digest: None, unsure: false, events });
        id
    }

    pub(super) fn remove(&mut self, follower: u64) {
        self.followers.retain(|one| one.id != follower);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.followers.is_empty()
    }

    /// An order of this epoch was heard of: followers of earlier ones are at their end. False when it is older than
    /// what is known.
    pub(super) fn hear(&mut self, epoch: Epoch) -> bool {
        if epoch > self.epoch {
            self.end(HotEnd::Epoch(epoch), |follower| follower.epoch < epoch);
            (self.epoch, self.last, self.durable) = (epoch, 0, 0);
            self.held.clear();
        }
        epoch == self.epoch
    }

    /// Takes transactions from wherever they come: tells them to those whose turn they are, and holds the rest back.
    pub(super) fn take(&mut self, epoch: Epoch, first: Seq, texts: &[Bytes]) {
        if !self.hear(epoch) || texts.is_empty() {
            return;
        }
        let end = first + texts.len() as Seq;
        self.last = self.last.max(end - 1);
        if self.followers.iter().any(|follower| follower.epoch == epoch && follower.position < end - 1) {
            self.held.add(first, texts.len(), || (first..).zip(texts).map(|(seq, text)| line(seq, text)).collect());
        }
        self.tell();
    }

    /// The order has come to `last`, and is durable up to `durable`.
    pub(super) fn note(&mut self, epoch: Epoch, last: Seq, durable: Seq) {
        if self.hear(epoch) {
            self.last = self.last.max(last);
            self.durable = self.durable.max(durable);
            self.tell();
        }
    }

    /// The place that the order must have reached, if it is of this epoch.
    pub(super) fn furthest(&self, epoch: Epoch) -> Seq {
        self.followers.iter().filter(|one| one.epoch == epoch).map(|one| one.position).max().unwrap_or(0)
    }

    fn tell(&mut self) {
        let Self { followers, held, epoch, durable, .. } = self;
        followers.retain_mut(|follower| follower.epoch != *epoch || follower.tell(held, *durable));
        let told = followers.iter().filter(|follower| follower.epoch == *epoch).map(|follower| follower.position).min();
        held.prune(told.unwrap_or(Seq::MAX));
    }

    /// Tells everybody something that is not of the order.
    pub(super) fn tell_all(&self, event: &HotEvent) {
        for follower in &self.followers {
            let _ = follower.events.send(event.clone());
        }
    }

    /// Messages may have been lost: everybody has to read the log.
    pub(super) fn doubt(&mut self) {
        for follower in &mut self.followers {
            follower.unsure = true;
        }
    }

    /// A follower that misses something, if any does.
    pub(super) fn missing(&self) -> Option<Missing> {
        let behind = |one: &&Follower| one.unsure || one.epoch == self.epoch && one.position < self.last;
        self.followers.iter().find(behind).map(|one| Missing {
            follower: one.id,
            epoch: one.epoch,
            after: one.position,
            last: self.last,
            digest: one.digest.filter(|_| one.unsure),
        })
    }

    /// The log was read for a follower since it was found to miss something, and reaches `last`.
    pub(super) fn reassure(&mut self, missing: Missing, last: Seq) {
        for one in self.followers.iter_mut().filter(|one| one.id == missing.follower) {
            one.unsure = false;
        }
        if missing.epoch == self.epoch && missing.last == self.last {
            // What was heard of before the reading and is not in the log is lost: nobody waits for it.
            self.last = last;
        }
    }

    /// Ends some: they are told why, and nothing after that.
    fn end(&mut self, end: HotEnd, whom: impl Fn(&Follower) -> bool) {
        self.followers.retain(|follower| {
            let ends = whom(follower);
            if ends {
                let _ = follower.events.send(HotEvent::Ended(end));
            }
            !ends
        });
    }

    /// Ends those of one epoch.
    pub(super) fn end_epoch(&mut self, end: HotEnd, epoch: Epoch) {
        self.end(end, |follower| follower.epoch == epoch);
    }

    /// Ends one.
    pub(super) fn end_one(&mut self, end: HotEnd, id: u64) {
        self.end(end, |follower| follower.id == id);
    }
}

impl Follower {
    /// Tells what is next as far as it is there. False when nobody listens any more.
    fn tell(&mut self, held: &Held, durable: Seq) -> bool {
        while let Some(next) = held.from(self.position + 1) {
            let (epoch, first, lines) = (self.epoch, self.position + 1, next.to_vec());
            self.position += next.len() as Seq;
            self.digest = next.last().map(digest);
            if self.events.send(HotEvent::Ordered { epoch, first, lines }).is_err() {
                return false;
            }
        }
        // Nobody hears that something is durable that they have not seen.
        let durable = durable.min(self.position);
        if durable > self.durable {
            self.durable = durable;
            return self.events.send(HotEvent::Durable { epoch: self.epoch, seq: durable }).is_ok();
        }
        true
    }
}

/// A short stand-in for a transaction and its place.
pub(super) fn digest(line: &Bytes) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(line);
    hasher.finish()
}
