//! Who is in a room: joining, greeting, catching up, presence, roles, leaving.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ClientId, Outbox, Seq, UserId};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::RoomError;
use crate::protocol::{
    Changes, Closing, Edit, Hello, Known, PROTOCOL, Place, Presence, Resync, RoleChange, ServerMessage, SessionInfo,
    Stalled, Welcome,
};
use crate::room::Room;
use crate::session::{Inlet, Mailbox, Outlet, Pace, SessionNumber, session_name};
use crate::snapshot::SnapshotSource;

/// Most selected shapes that are shown to others; the rest is left out.
const MAX_SELECTION: usize = 1_000;
/// Outboxes of one session whose last numbers are remembered.
const MAX_OUTBOXES: usize = 100;
/// Refused edits of one session that are remembered: as many as a browser sends without an answer.
const MAX_REFUSED: usize = 256;
/// Most shapes in one `changes`; beyond it the session loads the snapshot.
const MAX_CHANGES: usize = 10_000;
/// Transactions after which a snapshot is made anew rather than followed by `changes`.
const SNAPSHOT_AGE: Seq = 2_000;

/// A user who enters a room.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A session, as its room knows it.
pub(crate) struct Session {
    pub member: Member,
    /// Its name on the wire.
    pub name: SmolStr,
    pub mailbox: Arc<Mailbox>,
    pub presence: Presence,
    pub greeted: bool,
    /// Whether a `hello` is awaited: at first, and after the session was asked to resynchronise.
    may_greet: bool,
    hue: u16,
    /// The last number of each client that was answered in this session.
    answered: FxHashMap<ClientId, u64>,
    /// Edits that were refused in this session, the oldest first: their author has taken them back.
    refused: VecDeque<(ClientId, u64)>,
    /// Since when there is something in the feed that it was not woken for.
    pub owed: Option<Instant>,
}

impl Session {
    /// Takes in what it shows; tells whether that is new.
    pub fn show(&mut self, mut presence: Presence) -> bool {
        presence.selection.truncate(MAX_SELECTION);
        let changed = self.presence != presence;
        self.presence = presence;
        changed
    }

    /// Whether this session has not had an answer to this edit yet. One that was refused could be accepted when it
    /// comes a second time, after its author has taken it back.
    pub fn is_first(&mut self, edit: &Edit) -> bool {
        if self.refused.iter().any(|(client, number)| (client, *number) == (&edit.client, edit.number)) {
            return false;
        }
        match self.answered.get_mut(&edit.client) {
            Some(last) if *last >= edit.number => false,
            Some(last) => {
                *last = edit.number;
                true
            }
            None => {
                // A browser has a handful of outboxes. One that makes up more loses the protection, not the room's memory.
                if self.answered.len() >= MAX_OUTBOXES {
                    self.answered.clear();
                }
                self.answered.insert(edit.client.clone(), edit.number).is_none()
            }
        }
    }

    /// Remembers that an edit was refused.
    pub fn note_refused(&mut self, client: ClientId, number: u64) {
        if self.refused.len() >= MAX_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back((client, number));
    }

    /// The order has begun anew: what it lacks of what was accepted is sent again, and is to be taken.
    fn forget_accepted(&mut self) {
        self.answered.clear();
    }

    fn info(&self) -> SessionInfo {
        SessionInfo {
            session: self.name.clone(),
            user: self.member.user.clone(),
            name: self.member.name.clone(),
            hue: self.hue,
            presence: self.presence.clone(),
        }
    }
}

impl Drop for Session {
    /// Whatever ends the session, a failing room included, its outlet learns of it. An earlier reason counts.
    fn drop(&mut self) {
        self.mailbox.close(Closing::room_gone());
    }
}

impl Room {
    pub(crate) fn join(&mut self, member: Member, reply: oneshot::Sender<Result<(Inlet, Outlet), RoomError>>) {
        if self.sessions.len() >= self.limits.sessions {
            let _ = reply.send(Err(RoomError::Full { found: self.sessions.len(), limit: self.limits.sessions }));
            return;
        }
        let number = self.next_session;
        self.next_session += 1;
        let mailbox = Arc::new(Mailbox::new(self.feed.clone(), &self.limits));
        let name = session_name(self.shared.as_ref().map_or("", |shared| &shared.host), number);
        let inlet = Inlet {
            number,
            name: name.clone(),
            room: self.handle.clone(),
            pace: Pace::new(self.limits.frames_per_second, self.limits.frame_burst),
            frame_bytes: self.limits.frame_bytes,
            large_frames: self.large_frames.clone(),
        };
        let outlet = Outlet::new(number, mailbox.clone(), self.handle.clone());
        // Steps of the golden angle keep the colours of any few neighbours far apart.
        let hue = u16::try_from(u64::from(number) * 137 % 360).unwrap_or(0);
        let session = Session {
            member,
            name,
            mailbox,
            presence: Presence::default(),
            greeted: false,
            may_greet: true,
            hue,
            answered: FxHashMap::default(),
            refused: VecDeque::new(),
            owed: None,
        };
        self.sessions.insert(number, session);
        self.set_empty_since();
        if reply.send(Ok((inlet, outlet))).is_err() {
            self.leave(number);
        }
    }

    pub(crate) fn leave(&mut self, number: SessionNumber) {
        let Some(session) = self.sessions.remove(&number) else { return };
        self.outgoing.presence.remove(&number);
        if session.greeted {
            if self.shared.is_some() {
                self.left_here.push(session.name.clone());
            }
            self.outgoing.left.push(session.name.clone());
        }
        self.set_empty_since();
    }

    /// Answers `hello`: who is here, then what the browser lacks.
    pub(crate) fn greet(&mut self, number: SessionNumber, hello: &Hello) {
        if !self.is_early(number, hello) {
            self.welcome(number, hello);
        }
    }

    pub(crate) fn welcome(&mut self, number: SessionNumber, hello: &Hello) {
        // What waits for the next frame is in the document already: a session that starts now must not get it twice.
        self.emit(true);
        let sessions = self.infos();
        let (place, stalled) = (self.place(), self.is_stalled());
        let Some(session) = self.sessions.get_mut(&number) else { return };
        if hello.protocol != PROTOCOL {
            let found = hello.protocol;
            let message =
                format!("the browser speaks version {found} of the protocol, this server {PROTOCOL}: reload the page");
            return session.mailbox.close(Closing::new("protocol-version", message, false));
        }
        if !session.may_greet || hello.clients.len() > MAX_OUTBOXES {
            let found = hello.clients.len();
            let message = format!(
                "hello comes first and after a resync, with up to {MAX_OUTBOXES} clients; this one came uncalled for, or with {found}"
            );
            return session.mailbox.close(Closing::new("bad-frame", message, false));
        }
        session.may_greet = false;
        if !session.greeted {
            session.greeted = true;
            self.outgoing.presence.insert(number);
        }
        let user = &session.member.user;
        let outbox = |client: &ClientId| Outbox { user: user.clone(), client: client.clone() };
        let numbers = hello.clients.iter().map(|client| self.document.last_number(&outbox(client))).collect();
        session.mailbox.send(&ServerMessage::Welcome(Welcome {
            session: session.name.clone(),
            user: session.member.user.clone(),
            name: session.member.name.clone(),
            role: session.member.role,
            place,
            durable: self.saver.durable,
            numbers,
            sessions,
        }));
        if stalled {
            session.mailbox.send(&ServerMessage::Stalled(Stalled { stalled: true }));
        }
        match hello.known {
            Some(known) if known == place => session.mailbox.follow(place.seq),
            Some(known) if known.epoch != place.epoch => self.ask_to_resync(number, "epoch"),
            known => self.catch_up(number, known.map_or(0, |known| known.seq)),
        }
    }

    /// A session that has fallen behind the feed gets what has changed instead of what has happened (S3).
    pub(crate) fn resynchronise(&mut self, number: SessionNumber, seq: Seq) {
        self.emit(true);
        self.catch_up(number, seq);
        // The frames that would have told it of its own transactions are among those that it has missed.
        let Some(session) = self.sessions.get(&number) else { return };
        for client in session.answered.keys() {
            let outbox = Outbox { user: session.member.user.clone(), client: client.clone() };
            let number = self.document.last_number(&outbox);
            let known = Known { client: client.clone(), number, seq: self.document.seq() };
            session.mailbox.send(&ServerMessage::Known(known));
        }
    }

    fn catch_up(&mut self, number: SessionNumber, seq: Seq) {
        if !self.can_follow_from(seq) {
            return self.ask_to_resync(number, "behind");
        }
        let (Some(session), Some(changes)) = (self.sessions.get(&number), self.document.changes_since(seq)) else {
            return;
        };
        session.mailbox.send(&ServerMessage::Changes(Changes {
            place: self.place(),
            shapes: changes.shapes,
            deleted: changes.deleted,
            durable: self.saver.durable,
            sessions: self.infos(),
        }));
        session.mailbox.follow(self.document.seq());
    }

    fn ask_to_resync(&mut self, number: SessionNumber, reason: &str) {
        let place = self.place();
        if let Some(shared) = &mut self.shared {
            // It greets again: a hello of before would be answered besides.
            shared.forget_early(number);
        }
        if let Some(session) = self.sessions.get_mut(&number) {
            session.may_greet = true;
            session.mailbox.pause();
            let resync = Resync { place, reason: reason.into() };
            session.mailbox.send(&ServerMessage::Resync(resync));
        }
    }

    /// A2: takes effect with the next message that is looked at.
    pub(crate) fn change_role(&mut self, user: &UserId, role: Option<Role>) {
        for session in self.sessions.values_mut().filter(|session| session.member.user == *user) {
            session.mailbox.send(&ServerMessage::Role(RoleChange { role }));
            match role {
                Some(role) => session.member.role = role,
                None => {
                    // Whatever it has sent and is still waiting counts for nothing.
                    session.member.role = Role::Viewer;
                    let message = "you are no member of this project any more: ask an owner to invite you";
                    session.mailbox.pause();
                    session.mailbox.close(Closing::new("removed", message, false));
                }
            }
        }
    }

    pub(crate) fn rename(&mut self, user: &UserId, name: &str) {
        for (number, session) in &mut self.sessions {
            if session.member.user == *user {
                name.clone_into(&mut session.member.name);
                self.outgoing.presence.insert(*number);
            }
        }
    }

    pub(crate) fn snapshot_source(&self, held: Option<Place>) -> Option<SnapshotSource> {
        let place = self.place();
        let held_will_do = held.is_some_and(|held| {
            held.epoch == place.epoch
                && place.seq - held.seq.min(place.seq) < SNAPSHOT_AGE
                && self.can_follow_from(held.seq)
        });
        (!held_will_do).then(|| SnapshotSource { place, shapes: self.document.shapes().cloned().collect() })
    }

    /// Whether what has changed since is little enough to be sent in one message; a snapshot is made off the room's path.
    fn can_follow_from(&self, seq: Seq) -> bool {
        self.document.remembers_changes_since(seq) && self.document.count_changes_since(seq) <= MAX_CHANGES
    }

    pub(crate) fn place(&self) -> Place {
        Place { epoch: self.document.epoch(), seq: self.document.seq() }
    }

    pub(crate) fn tell_all(&self, message: &ServerMessage) {
        for session in self.sessions.values().filter(|session| session.greeted) {
            session.mailbox.send(message);
        }
    }

    /// Everybody who is here or on another host.
    fn infos(&self) -> Vec<SessionInfo> {
        let mut infos = self.infos_here();
        infos.extend(self.shared.iter().flat_map(|shared| shared.sessions_elsewhere().cloned()));
        infos
    }

    pub(crate) fn infos_here(&self) -> Vec<SessionInfo> {
        self.sessions.values().filter(|session| session.greeted).map(Session::info).collect()
    }

    /// Has everybody load the snapshot again.
    pub(crate) fn resynchronise_all(&mut self, reason: &str) {
        let greeted = self.sessions.iter().filter(|(_, session)| session.greeted);
        for number in greeted.map(|(number, _)| *number).collect::<Vec<_>>() {
            if let Some(session) = self.sessions.get_mut(&number) {
                session.forget_accepted();
            }
            self.ask_to_resync(number, reason);
        }
    }

    /// Sends the next frame, if there is anything to say, and wakes those for whom it is news.
    pub(crate) fn emit(&mut self, with_presence: bool) {
        let mut kept_back = (BTreeSet::new(), BTreeMap::new());
        if !with_presence {
            kept_back = (mem::take(&mut self.outgoing.presence), mem::take(&mut self.outgoing.elsewhere));
        }
        if !self.outgoing.is_empty() {
            let mut outgoing = mem::take(&mut self.outgoing);
            let changed = outgoing.presence.iter().filter_map(|number| self.sessions.get(number));
            let mut shown: Vec<SessionInfo> = changed.map(Session::info).collect();
            if let Some(shared) = &self.shared {
                shared.show_elsewhere(&shown, mem::take(&mut self.left_here));
                shown.extend(mem::take(&mut outgoing.elsewhere).into_values());
                outgoing.others_shown = shown.len() > outgoing.presence.len();
            }
            let frame = outgoing.frame(&shown);
            if outgoing.has_transactions() && self.acknowledges_once_durable {
                self.held.push_back((self.document.seq(), frame));
            } else {
                if outgoing.has_transactions() {
                    self.fed = self.document.seq();
                }
                self.publish(frame, self.fed);
                self.wake_for(&outgoing);
            }
        }
        self.outgoing.presence.extend(kept_back.0);
        self.outgoing.elsewhere.extend(kept_back.1);
    }

    /// Sends the frames whose transactions have become durable.
    pub(crate) fn release_held(&mut self, durable: Seq) {
        while let Some((seq, _)) = self.held.front()
            && *seq <= durable
            && let Some((seq, frame)) = self.held.pop_front()
        {
            self.fed = seq;
            self.publish(frame, seq);
            self.wake_all();
        }
    }

    fn publish(&self, frame: Bytes, seq: Seq) {
        self.feed.push(frame, seq);
    }

    fn wake_for(&mut self, outgoing: &crate::outgoing::Outgoing) {
        let now = Instant::now();
        // Those who wait for an answer first: among many, the last is served long after the first.
        let authors = outgoing.authors.sessions();
        for number in authors {
            if let Some(session) = self.sessions.get_mut(number).filter(|_| outgoing.is_news_to(*number)) {
                session.owed = None;
                session.mailbox.wake();
            }
        }
        for (number, session) in &mut self.sessions {
            if !outgoing.is_news_to(*number) {
                session.owed.get_or_insert(now);
            } else if !authors.contains(number) {
                session.owed = None;
                session.mailbox.wake();
            }
        }
        self.wake_owed(now);
    }

    /// Wakes the sessions that have waited long enough for what is hardly news.
    pub(crate) fn wake_owed(&mut self, now: Instant) {
        let patience = self.pace.patience();
        for session in self.sessions.values_mut() {
            if session.owed.is_some_and(|since| now >= since + patience) {
                session.owed = None;
                session.mailbox.wake();
            }
        }
    }

    pub(crate) fn owed_due(&self) -> Option<Instant> {
        let earliest = self.sessions.values().filter_map(|session| session.owed).min()?;
        Some(earliest + self.pace.patience())
    }

    pub(crate) fn wake_all(&mut self) {
        for session in self.sessions.values_mut() {
            session.owed = None;
            session.mailbox.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Feed;
    use crate::limits::RoomLimits;

    fn edit(number: u64) -> Edit {
        Edit { client: ClientId::parse("tab").unwrap(), number, operations: Vec::new() }
    }

    #[test]
    fn after_a_new_epoch_an_accepted_edit_is_taken_again_and_a_refused_one_is_not() {
        let mut session = Session {
            member: Member { user: UserId::parse("ada").unwrap(), name: "Ada".into(), role: Role::Editor },
            name: "s1".into(),
            mailbox: Arc::new(Mailbox::new(Arc::new(Feed::new(1_000)), &RoomLimits::default())),
            presence: Presence::default(),
            greeted: true,
            may_greet: false,
            hue: 0,
            answered: FxHashMap::default(),
            refused: VecDeque::new(),
            owed: None,
        };
        assert!(session.is_first(&edit(1)) && session.is_first(&edit(2)));
        session.note_refused(edit(2).client, 2);
        assert!(!session.is_first(&edit(1)) && !session.is_first(&edit(2)));
        session.forget_accepted();
        assert!(session.is_first(&edit(1)), "the new order may lack it");
        assert!(!session.is_first(&edit(2)), "its author has taken it back");
        assert!(session.is_first(&edit(3)));
    }
}
