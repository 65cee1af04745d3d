//! What the next frame of the feed will say.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use collabcanvas_canvas::Seq;
use serde_json::json;
use smol_str::SmolStr;

use crate::protocol::SessionInfo;
use crate::session::SessionNumber;

/// The parts of the next `tick`, collected until it is sent.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// Transactions as JSON, joined by commas: each is serialised once, for the journal and for everybody.
    transactions: Vec<u8>,
    pub authors: Authors,
    /// Sessions whose presence has changed.
    pub presence: BTreeSet<SessionNumber>,
    /// Sessions of other hosts whose presence has changed.
    pub elsewhere: BTreeMap<SmolStr, SessionInfo>,
    /// Whether the frame shows sessions of other hosts.
    pub others_shown: bool,
    pub left: Vec<SmolStr>,
    pub durable: Option<Seq>,
}

/// Who wrote the transactions of a tick: their own are no news to them, only an acknowledgement.
#[derive(Debug, Default)]
pub(crate) struct Authors {
    /// Those who are sessions of this room, each once.
    sessions: Vec<SessionNumber>,
    /// Whether there are others: people on other hosts, plugins.
    others: bool,
}

impl Authors {
    /// Counts one more author; none for somebody who is no session.
    pub fn add(&mut self, author: Option<SessionNumber>) {
        match author {
            Some(author) if self.sessions.contains(&author) => {}
            Some(author) => self.sessions.push(author),
            None => self.others = true,
        }
    }

    /// Those who are sessions of this room.
    pub fn sessions(&self) -> &[SessionNumber] {
        &self.sessions
    }

    /// Whether there is something that this session does not know yet.
    pub fn are_news_to(&self, session: SessionNumber) -> bool {
        self.others || self.sessions.iter().any(|author| *author != session)
    }
}

impl Outgoing {
    pub fn add_transaction(&mut self, json: &[u8], author: Option<SessionNumber>) {
        if !self.transactions.is_empty() {
            self.transactions.push(b',');
        }
        self.transactions.extend_from_slice(json);
        self.authors.add(author);
    }

    pub fn has_transactions(&self) -> bool {
        !self.transactions.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty() && !self.has_presence() && self.durable.is_none()
    }

    /// Whether somebody shows something new, or has left.
    pub fn has_presence(&self) -> bool {
        !self.presence.is_empty() || !self.elsewhere.is_empty() || !self.left.is_empty()
    }

    /// Forgets transactions whose order is no more.
    pub fn forget_transactions(&mut self) {
        self.transactions.clear();
        (self.authors, self.durable) = (Authors::default(), None);
    }

    /// Whether there is news for this session, other than what it can wait for.
    pub fn is_news_to(&self, session: SessionNumber) -> bool {
        let of_others = self.presence.len() > 1 || self.presence.iter().any(|changed| *changed != session);
        self.authors.are_news_to(session) || of_others || self.others_shown || !self.left.is_empty()
    }

    /// The frame (a `ServerMessage::Tick` in JSON), written by hand around the transactions' own texts.
    pub fn frame(&self, presence: &[SessionInfo]) -> Bytes {
        let mut frame = Vec::with_capacity(self.transactions.len() + 64);
        frame.extend_from_slice(b"{\"tick\":{\"transactions\":[");
        frame.extend_from_slice(&self.transactions);
        frame.push(b']');
        let mut member = |name: &str, value: serde_json::Value| {
            frame.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        };
        if let Some(durable) = self.durable {
            member("durable", json!(durable));
        }
        if !presence.is_empty() {
            member("presence", json!(presence));
        }
        if !self.left.is_empty() {
            member("left", json!(self.left));
        }
        frame.extend_from_slice(b"}}");
        frame.into()
    }
}

#[cfg(test)]
mod tests {
    use collabcanvas_canvas::{ClientId, Sequenced, UserId};

    use super::*;
    use crate::protocol::{Presence, ServerMessage};

    #[test]
    fn the_frame_written_by_hand_reads_as_the_tick_of_the_protocol() {
        let transaction = |seq| Sequenced {
            seq,
            client: ClientId::parse("tab").unwrap(),
            number: seq,
            user: UserId::parse("ada").unwrap(),
            operations: Vec::new(),
        };
        let mut outgoing = Outgoing { durable: Some(7), left: vec!["s9".into()], ..Outgoing::default() };
        for seq in [8, 9] {
            outgoing.add_transaction(&serde_json::to_vec(&transaction(seq)).unwrap(), Some(1));
        }
        let info = SessionInfo {
            session: "s1".into(),
            user: UserId::parse("ada").unwrap(),
            name: "Ada \"L\"".into(),
            hue: 30,
            presence: Presence { cursor: Some([1.5, -2.0]), ..Presence::default() },
        };
        let ServerMessage::Tick(tick) = serde_json::from_slice(&outgoing.frame(std::slice::from_ref(&info))).unwrap()
        else {
            panic!("not a tick")
        };
        assert_eq!(tick.transactions, [transaction(8), transaction(9)]);
        assert_eq!((tick.durable, tick.presence, tick.left), (Some(7), vec![info], vec![SmolStr::new("s9")]));
    }

    #[test]
    fn an_authors_own_transactions_are_no_news_to_them() {
        let mut outgoing = Outgoing::default();
        outgoing.add_transaction(b"{}", Some(1));
        assert!(!outgoing.is_news_to(1) && outgoing.is_news_to(2));
        outgoing.add_transaction(b"{}", Some(2));
        assert!(outgoing.is_news_to(1) && outgoing.is_news_to(2));
    }
}
