//! Followers: what they are told comes from the replies to this host's own appends, from messages, and, where those
//! leave a gap or may have been lost, from the log.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use collabcanvas_canvas::{Epoch, ProjectId, Seq};
use fred::types::{Message, Value};
use futures_util::{StreamExt, stream};
use tokio::sync::{broadcast, mpsc::UnboundedSender};

use super::{
    Shared,
    feed::{Feed, Missing, digest},
    keys::project_of,
    notice::{Notice, line},
    order::{self, Page, Read},
};
use crate::{Following, HotEnd, HotError, HotEvent, Standing};

/// How long a gap is left for the message that closes it, before the log is read. Messages of other hosts and replies
/// to our own appends come on two connections, and overtake each other by a little.
const GRACE: Duration = Duration::from_millis(5);

/// Pauses between attempts to read the log or subscribe while Redis does not answer.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Commands under way at once when many projects are subscribed to or compared.
const AT_ONCE: usize = 128;

impl Shared {
    pub(super) async fn follow(
        self: &Arc<Self>,
        project: &ProjectId,
        epoch: Epoch,
        after: Seq,
        events: UnboundedSender<HotEvent>,
    ) -> Result<Following, HotError> {
        let (feed, id) = self.feeds.add(project, || self.keys(project), (epoch, after), events);
        let (shared, followed) = (Arc::downgrade(self), feed.clone());
        let following = Following::until_dropped(move || unfollow(&shared, followed, id));
        self.subscribe(&feed).await?;
        match order::read(&self.connection, &feed.keys, epoch, after, false).await? {
            Read::Page(page) => self.took(&feed, epoch, after, &page),
            Read::Lost => return Err(HotError::Lost),
            Read::Epoch(found) => return Err(HotError::Epoch { found }),
            Read::Trimmed(floor) => return Err(HotError::Trimmed { floor }),
            Read::Behind => {
                self.abandon(&feed, epoch).await?;
                return Err(HotError::Lost);
            }
        }
        self.catch_up(&feed, Duration::ZERO);
        Ok(following)
    }

    async fn subscribe(&self, feed: &Feed) -> Result<(), HotError> {
        let mut subscribed = feed.subscribed.lock().await;
        if !*subscribed {
            self.connection.subscribe(&feed.keys.channel).await?;
            *subscribed = true;
        }
        Ok(())
    }

    fn took(&self, feed: &Feed, epoch: Epoch, after: Seq, page: &Page) {
        let mut state = feed.state();
        state.note(epoch, page.last, page.durable);
        state.take(epoch, after + 1, &page.texts);
    }

    /// The order came back shorter than what followers have been told: it ends for everybody.
    async fn abandon(&self, feed: &Feed, epoch: Epoch) -> Result<(), HotError> {
        tracing::warn!(project = %feed.project, epoch, "Redis has lost accepted transactions: the order begins anew");
        order::abandon(&self.connection, &feed.keys, epoch).await?;
        feed.state().end_epoch(HotEnd::Lost, epoch);
        Ok(())
    }

    /// Has a task read what is missing, after a pause, unless nothing is then or one is at it.
    pub(super) fn catch_up(self: &Arc<Self>, feed: &Arc<Feed>, pause: Duration) {
        let mut state = feed.state();
        if state.reading || state.missing().is_none() || self.closed.load(Ordering::Relaxed) {
            return;
        }
        state.reading = true;
        drop(state);
        let (shared, feed) = (self.clone(), feed.clone());
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let mut pause = PAUSE.0;
            while let Some(missing) = shared.still_missing(&feed) {
                if shared.read_missing(&feed, missing).await.is_ok() {
                    pause = PAUSE.0;
                    continue;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        });
    }

    fn still_missing(&self, feed: &Feed) -> Option<Missing> {
        let mut state = feed.state();
        let missing = state.missing().filter(|_| !self.closed.load(Ordering::Relaxed));
        state.reading = missing.is_some();
        missing
    }

    async fn read_missing(&self, feed: &Feed, missing: Missing) -> Result<(), HotError> {
        let Missing { follower, epoch, after, digest: expected, .. } = missing;
        match order::read(&self.connection, &feed.keys, epoch, after, expected.is_some()).await? {
            Read::Page(page) => {
                let found = page.at.as_ref().map(|text| digest(&line(after, text)));
                if found.is_some() && expected.is_some() && found != expected {
                    return self.abandon(feed, epoch).await;
                }
                feed.state().reassure(missing, page.last);
                self.took(feed, epoch, after, &page);
            }
            Read::Lost => feed.state().end_epoch(HotEnd::Lost, epoch),
            Read::Epoch(found) => {
                let mut state = feed.state();
                state.hear(found);
                // An earlier epoch: Redis came back with older data.
                state.end_one(if found > epoch { HotEnd::Epoch(found) } else { HotEnd::Lost }, follower);
            }
            Read::Trimmed(_) => feed.state().end_one(HotEnd::Trimmed, follower),
            Read::Behind => return self.abandon(feed, epoch).await,
        }
        Ok(())
    }

    /// This host's own append got these places.
    pub(super) fn appended(self: &Arc<Self>, project: &ProjectId, epoch: Epoch, first: Seq, texts: &[Bytes]) {
        if let Some(feed) = self.feeds.get(project) {
            let mut state = feed.state();
            state.note(epoch, first - 1, 0);
            state.take(epoch, first, texts);
            drop(state);
            self.catch_up(&feed, GRACE);
        }
    }

    /// A call was refused: followers of the order have to learn of it too, if it is not theirs any more.
    pub(super) fn refused(self: &Arc<Self>, project: &ProjectId, error: HotError) -> HotError {
        if let (HotError::Lost | HotError::Epoch { .. }, Some(feed)) = (&error, self.feeds.get(project)) {
            feed.state().doubt();
            self.catch_up(&feed, Duration::ZERO);
        }
        error
    }

    fn heard(self: &Arc<Self>, message: Message) {
        let text = match message.value {
            Value::Bytes(bytes) => bytes,
            Value::String(text) => text.into_inner(),
            _ => return,
        };
        let Some(feed) = project_of(&self.config.prefix, &message.channel).and_then(|project| self.feeds.get(&project))
        else {
            return;
        };
        match Notice::parse(&text) {
            Some(Notice::Ordered { epoch, first, texts }) => feed.state().take(epoch, first, &texts),
            Some(Notice::Reached { epoch, last }) => {
                feed.state().note(epoch, last, 0);
                // Nothing more comes by message.
                return self.catch_up(&feed, Duration::ZERO);
            }
            Some(Notice::Durable { epoch, seq }) => feed.state().note(epoch, seq, seq),
            Some(Notice::Begun { epoch }) => {
                feed.state().hear(epoch);
            }
            Some(Notice::Lost { epoch }) => feed.state().end_epoch(HotEnd::Lost, epoch),
            Some(Notice::Told { host, .. }) if host == self.config.host => {}
            Some(Notice::Told { notice, .. }) => feed.state().tell_all(&HotEvent::Notice(notice)),
            None => tracing::warn!(project = %feed.project, "a message of a newer version of this host was left out"),
        }
        self.catch_up(&feed, GRACE);
    }

    /// Hears messages, and what was missed of them, for as long as this host runs.
    pub(super) async fn listen(self: Arc<Self>) {
        let (mut messages, mut reconnections) = (self.connection.messages(), self.connection.reconnections());
        let mut mending: Option<tokio::task::JoinHandle<()>> = None;
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Ok(message) => self.heard(message),
                    Err(broadcast::error::RecvError::Lagged(count)) => {
                        tracing::warn!(count, "messages of Redis came faster than they could be read");
                        self.feeds.all().iter().for_each(|feed| self.missed(feed));
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                server = reconnections.recv() => {
                    if matches!(server, Err(broadcast::error::RecvError::Closed)) {
                        return;
                    }
                    // The latest connection counts.
                    if let Some(mending) = mending.take() {
                        mending.abort();
                    }
                    mending = Some(tokio::spawn(self.clone().mend()));
                }
            }
        }
    }

    /// The connection was away: subscribes again to everything.
    async fn mend(self: Arc<Self>) {
        let feeds = stream::iter(self.feeds.all());
        feeds.for_each_concurrent(AT_ONCE, |feed| self.mend_one(feed)).await;
    }

    async fn mend_one(self: &Arc<Self>, feed: Arc<Feed>) {
        let mut pause = PAUSE.0;
        while !feed.state().is_empty() {
            let mut subscribed = feed.subscribed.lock().await;
            *subscribed = false;
            if self.connection.subscribe(&feed.keys.channel).await.is_ok() {
                *subscribed = true;
                break;
            }
            drop(subscribed);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
        self.missed(&feed);
    }

    /// Messages may have been lost: followers are told, and read the log.
    fn missed(self: &Arc<Self>, feed: &Arc<Feed>) {
        let mut state = feed.state();
        state.tell_all(&HotEvent::Reconnected);
        state.doubt();
        drop(state);
        self.catch_up(feed, Duration::ZERO);
    }

    /// Compares every followed order with what its followers have, a part at a time: what no message told is noticed
    /// within [`super::RedisConfig::compare`].
    pub(super) async fn compare(self: Arc<Self>) {
        const PARTS: usize = 16;
        let mut ticks = tokio::time::interval(self.config.compare / PARTS as u32);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let feeds = self.feeds.all();
            self.connection.ping().await;
            for part in 0..PARTS {
                ticks.tick().await;
                let part = stream::iter(feeds.iter().skip(part).step_by(PARTS));
                part.for_each_concurrent(AT_ONCE, |feed| self.compare_one(feed)).await;
            }
        }
    }

    async fn compare_one(self: &Arc<Self>, feed: &Arc<Feed>) {
        if feed.state().is_empty() {
            return;
        }
        let Ok(standing) = order::stands(&self.connection, &feed.keys).await else {
            return;
        };
        let (missing, renew) = self.compared(feed, standing);
        if missing {
            // No message came: the channel may have moved to another server.
            let _ = self.connection.subscribe(&feed.keys.channel).await;
            self.catch_up(feed, GRACE);
        }
        if renew {
            for key in [&feed.keys.order, &feed.keys.log, &feed.keys.marks] {
                let arguments = vec![key.as_str().into(), order::text(self.config.idle.as_millis() as u64)];
                let _ = self.connection.command("PEXPIRE", &feed.keys, arguments).await;
            }
        }
    }

    /// Whether followers miss something, and whether the keys' expiry has to be put off.
    fn compared(&self, feed: &Feed, standing: Option<Standing>) -> (bool, bool) {
        let mut state = feed.state();
        match standing {
            Some(Standing { epoch, last, durable, .. }) => {
                state.note(epoch, last, durable);
                if !state.hear(epoch) || state.furthest(epoch) > last {
                    // Appended since, or lost by Redis: reading tells.
                    state.doubt();
                }
            }
            // Lost, or an order has begun since: reading tells.
            None => state.doubt(),
        }
        let renew = state.renewed.elapsed() > self.config.idle / 4;
        if renew {
            state.renewed = Instant::now();
        }
        (state.missing().is_some(), renew)
    }

    /// Unsubscribes, if nobody has begun to follow again.
    async fn leave(&self, feed: &Feed) {
        let mut subscribed = feed.subscribed.lock().await;
        if !feed.state().is_empty() {
            return;
        }
        if *subscribed {
            *subscribed = false;
            let _ = self.connection.unsubscribe(&feed.keys.channel).await;
        }
        self.feeds.forget(&feed.project);
    }
}

/// A follower goes.
fn unfollow(shared: &Weak<Shared>, feed: Arc<Feed>, id: u64) {
    feed.state().remove(id);
    let Some(shared) = shared.upgrade().filter(|_| feed.state().is_empty()) else {
        return;
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn(async move { shared.leave(&feed).await });
        }
        // The runtime is going, and the connection with it.
        Err(_) => shared.feeds.forget(&feed.project),
    }
}
