use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use collabcanvas_canvas::{ClientId, Epoch, Outbox, ProjectId, Seq, UserId};
use collabcanvas_storage::{Entry, Following, HotEnd, HotError, HotEvent, HotTier, RedisConfig, RedisHotTier};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::server::Server;

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("an id")
}

/// Connects a host, with settings that suit tests.
pub async fn host(server: &Server) -> Arc<RedisHotTier> {
    host_with(server, |_| ()).await
}

/// Connects a host with other settings.
pub async fn host_with(server: &Server, change: impl FnOnce(&mut RedisConfig)) -> Arc<RedisHotTier> {
    let mut config = RedisConfig::new(server.url());
    config.time_limit = Duration::from_secs(5);
    change(&mut config);
    RedisHotTier::connect(config).await.expect("a connection")
}

/// A transaction of `client` with this number, of about `size` bytes.
pub fn entry_of(client: &str, number: u64, size: usize) -> Entry {
    let outbox = Outbox { user: UserId::parse("u").expect("an id"), client: ClientId::parse(client).expect("an id") };
    let filling = "x".repeat(size);
    let rest = format!(r#""client":"{client}","number":{number},"user":"u","operations":[],"filling":"{filling}"}}"#);
    Entry { outbox, number, rest: rest.into() }
}

/// A small transaction.
pub fn entry(client: &str, number: u64) -> Entry {
    entry_of(client, number, 0)
}

/// A follower, and all that it was told. It checks that transactions come in order and without a gap.
pub struct Heard {
    pub lines: Vec<Bytes>,
    pub after: Seq,
    pub durable: Seq,
    pub notices: Vec<Bytes>,
    pub reconnected: usize,
    pub ended: Option<HotEnd>,
    pub epoch: Epoch,
    events: UnboundedReceiver<HotEvent>,
    following: Option<Following>,
}

impl Heard {
    pub async fn follow(tier: &RedisHotTier, project: &ProjectId, epoch: Epoch, after: Seq) -> Result<Self, HotError> {
        let (sender, events) = unbounded_channel();
        let following = Some(tier.follow(project, epoch, after, sender).await?);
        let (lines, notices) = (Vec::new(), Vec::new());
        Ok(Self { lines, after, durable: 0, notices, reconnected: 0, ended: None, epoch, events, following })
    }

    pub fn last(&self) -> Seq {
        self.after + self.lines.len() as Seq
    }

    /// Waits until it has been told enough.
    pub async fn until(&mut self, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            let event = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("nothing more came after {}", self.last()));
            self.take(event.unwrap_or_else(|| panic!("{:?} after {}", self.ended, self.last())));
        }
    }

    pub async fn until_last(&mut self, last: Seq) {
        self.until(|heard| heard.last() >= last).await;
    }

    pub async fn until_ended(&mut self) -> HotEnd {
        self.until(|heard| heard.ended.is_some()).await;
        assert!(self.events.recv().await.is_none(), "something came after the end");
        self.ended.expect("an end")
    }

    /// Takes what has come.
    pub fn take_all(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            self.take(event);
        }
    }

    pub fn unfollow(&mut self) {
        self.following = None;
    }

    fn take(&mut self, event: HotEvent) {
        assert_eq!(self.ended, None, "{event:?} came after the end");
        match event {
            HotEvent::Ordered { epoch, first, lines } => {
                assert_eq!((epoch, first), (self.epoch, self.last() + 1), "a gap, a repetition or another epoch");
                for (seq, line) in (first..).zip(&lines) {
                    assert!(line.starts_with(format!("{{\"seq\":{seq},\"client\"").as_bytes()), "{line:?} at {seq}");
                }
                self.lines.extend(lines);
            }
            HotEvent::Durable { epoch, seq } => {
                assert_eq!(epoch, self.epoch);
                assert!(seq > self.durable && seq <= self.last(), "{seq} is durable, {} was told", self.last());
                self.durable = seq;
            }
            HotEvent::Notice(notice) => self.notices.push(notice),
            HotEvent::Reconnected => self.reconnected += 1,
            HotEvent::Ended(end) => self.ended = Some(end),
        }
    }
}

/// Asks again until the answer is there.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// Appends as a room does: what may have been appended is tried again as it was.
pub async fn append_surely(tier: &RedisHotTier, project: &ProjectId, epoch: Epoch, entries: Vec<Entry>) {
    eventually("an append", || async {
        match tier.append(project, epoch, entries.clone()).await {
            Ok(()) => Some(()),
            Err(HotError::Unavailable(_)) => None,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}
