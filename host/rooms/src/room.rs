//! A room: one task that holds a project's live canvas and does one thing after the other, so that nothing in it is
//! ever locked. Everything slow (disk, compression, sockets) happens elsewhere and comes back as a message.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use collabcanvas_access::{Actor, Permission, Role, decide};
use collabcanvas_canvas::{ClientId, Document, Problem, ProjectId, Seq, UserId};
use collabcanvas_plugins::{Acknowledgement, PluginState, ProjectPlugins};
use smol_str::SmolStr;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::applied_keys::AppliedKeys;
use crate::edits::{PluginEdit, Waiting};
use crate::error::RoomError;
use crate::feed::Feed;
use crate::limits::RoomLimits;
use crate::outgoing::Outgoing;
use crate::pace::ServerPace;
use crate::plugin_outbox::PluginOutbox;
use crate::protocol::{ClientMessage, Closing, Place, PluginsChange, ServerMessage};
use crate::saver::{Saver, SaverEvent};
use crate::session::{Inlet, Outlet, SessionNumber};
use crate::sessions::{Member, Session};
use crate::shape_types::ShapeTypes;
use crate::shared::{OrderEvent, Shared, hear};
use crate::snapshot::SnapshotSource;

/// Longest that closing a room waits for the store.
const CLOSE_PATIENCE: Duration = Duration::from_secs(20);
/// Longest that a closing room waits for places in an order that hosts share.
const SETTLE_PATIENCE: Duration = Duration::from_secs(5);
/// How often idle plugin instances are looked for.
pub(crate) const PLUGIN_SWEEP: Duration = Duration::from_secs(10);

/// Looks at the canvas and its sessions while the room waits.
type Reading = Box<dyn FnOnce(&Document, &BTreeMap<SessionNumber, Session>) + Send>;

/// What a room can be told and asked.
pub(crate) enum Message {
    Join {
        member: Member,
        reply: oneshot::Sender<Result<(Inlet, Outlet), RoomError>>,
    },
    Frame {
        session: SessionNumber,
        message: ClientMessage,
        /// The memory that a large frame takes up.
        room: Option<OwnedSemaphorePermit>,
    },
    /// An edit of which no more can be read than whose it is.
    Unreadable {
        session: SessionNumber,
        client: ClientId,
        number: u64,
        problem: Problem,
    },
    /// The session has fallen behind the feed; it has everything up to `seq`.
    Behind {
        session: SessionNumber,
        seq: Seq,
    },
    Leave {
        session: SessionNumber,
    },
    /// Answered with nothing when the snapshot at `held` will do.
    Snapshot {
        held: Option<Place>,
        reply: oneshot::Sender<Option<SnapshotSource>>,
    },
    Role {
        user: UserId,
        role: Option<Role>,
    },
    Rename {
        user: UserId,
        name: String,
    },
    Plugins {
        plugins: RoomPlugins,
        reason: String,
    },
    ProjectPlugins {
        reply: oneshot::Sender<Arc<ProjectPlugins>>,
    },
    PluginStates {
        reply: oneshot::Sender<Vec<PluginState>>,
    },
    ReleasePlugin {
        plugin: String,
        reply: oneshot::Sender<bool>,
    },
    /// Reads the canvas and its sessions in one piece.
    Read(Reading),
    Apply(PluginEdit),
}

/// A project's plugins, as its room uses them.
pub(crate) struct RoomPlugins {
    pub plugins: Arc<ProjectPlugins>,
    /// Names of all plugins that the project has enabled, also of those that are not installed (P3).
    pub enabled: BTreeSet<String>,
}

/// The room's state.
pub(crate) struct Room {
    pub project: ProjectId,
    pub limits: Arc<RoomLimits>,
    pub document: Document,
    pub plugins: Arc<ProjectPlugins>,
    pub known_plugins: BTreeSet<String>,
    pub types: ShapeTypes,
    pub applied_keys: AppliedKeys,
    pub plugin_outbox: PluginOutbox,
    /// Whether plugins have changed since shapes were last brought up to date.
    pub may_be_old: bool,
    /// Whether the save strategy keeps edits from everybody until they are durable.
    pub acknowledges_once_durable: bool,
    pub feed: Arc<Feed>,
    pub sessions: BTreeMap<SessionNumber, Session>,
    pub next_session: SessionNumber,
    pub outgoing: Outgoing,
    pub saver: Saver,
    pub pace: Arc<ServerPace>,
    /// Memory for large frames that wait, in KiB.
    pub large_frames: Arc<Semaphore>,
    /// The last transaction in the feed: behind the document while frames are held.
    pub fed: Seq,
    pub versions: crate::versions::VersionTaker,
    pub handle: mpsc::Sender<Message>,
    pub waiting: VecDeque<Waiting>,
    /// Frames that a strategy which acknowledges once durable keeps back until then.
    pub held: VecDeque<(Seq, bytes::Bytes)>,
    pub last_tick: Instant,
    pub last_presence: Instant,
    pub last_plan: Instant,
    /// When this room may ask the save strategy next, if it has wanted to on a busy server.
    pub save_slot: Option<Instant>,
    pub empty_since: Option<Instant>,
    pub next_sweep: Instant,
    /// The room's part in an order that many hosts share; none for the only server there is.
    pub shared: Option<Box<Shared>>,
    /// Sessions that have left, for other hosts to know.
    pub left_here: Vec<SmolStr>,
    pub closing: Option<Closing>,
}

/// The room's ears.
pub(crate) struct Ears {
    pub inbox: mpsc::Receiver<Message>,
    pub events: mpsc::UnboundedReceiver<SaverEvent>,
    pub orders: mpsc::UnboundedReceiver<OrderEvent>,
    /// Why the room is to save everything and end. Apart from the inbox, which a room whose store is stuck lets fill up.
    pub close: watch::Receiver<Option<Closing>>,
}

impl Room {
    #[expect(clippy::too_many_arguments, reason = "each is a part that only the caller can make")]
    pub fn new(
        project: ProjectId,
        limits: Arc<RoomLimits>,
        document: Document,
        plugins: RoomPlugins,
        saver: Saver,
        pace: Arc<ServerPace>,
        versions: crate::versions::VersionTaker,
        handle: mpsc::Sender<Message>,
        shared: Option<Shared>,
    ) -> Self {
        let now = Instant::now();
        let mut room = Self {
            feed: Arc::new(Feed::new(limits.feed_bytes)),
            large_frames: Arc::new(Semaphore::new(limits.inbox_bytes >> 10)),
            fed: document.seq(),
            project,
            limits,
            document,
            types: ShapeTypes::default(),
            applied_keys: AppliedKeys::default(),
            plugin_outbox: PluginOutbox::new(),
            may_be_old: true,
            acknowledges_once_durable: false,
            known_plugins: BTreeSet::new(),
            plugins: plugins.plugins.clone(),
            sessions: BTreeMap::new(),
            next_session: 1,
            outgoing: Outgoing::default(),
            saver,
            pace,
            versions,
            handle,
            waiting: VecDeque::new(),
            held: VecDeque::new(),
            last_tick: now,
            last_presence: now,
            last_plan: now,
            save_slot: None,
            empty_since: Some(now),
            next_sweep: now + PLUGIN_SWEEP,
            shared: shared.map(Box::new),
            left_here: Vec::new(),
            closing: None,
        };
        room.use_plugins(plugins);
        room
    }

    /// Lives until it is told to close or nobody has been here for a while. False when not everything could be saved.
    pub async fn run(mut self, ears: Ears) -> bool {
        let Ears { mut inbox, mut events, mut orders, close } = ears;
        self.look_around();
        self.on_time().await;
        self.save().await;
        // One timer for the room's life: to put it off costs next to nothing, a new one each time more than an edit.
        let mut alarm = std::pin::pin!(tokio::time::sleep_until(self.next_due()));
        let mut told_to_close = std::pin::pin!(told_to_close(close));
        while self.closing.is_none() {
            alarm.as_mut().reset(self.next_due());
            // Between two ticks nothing is taken in but by the tick itself: to be woken for every edit would cost a
            // busy room more than the edits.
            let may_take = self.waiting.is_empty() && !self.saver.is_full();
            tokio::select! {
                biased;
                reason = told_to_close.as_mut() => self.closing = Some(reason),
                Some(event) = events.recv() => self.on_saver(event).await,
                event = hear(&mut self.shared) => self.on_heard(event).await,
                Some(event) = orders.recv() => self.on_order(event).await,
                first = inbox.recv(), if may_take => {
                    let Some(first) = first else { break };
                    self.on_message(first);
                }
                () = alarm.as_mut() => {}
            }
            // What has come by now need not wait for the next tick.
            if may_take || self.is_tick_due(Instant::now()) {
                self.take_in(&mut inbox);
            }
            self.on_time().await;
        }
        self.close(inbox, events, orders).await
    }

    /// Takes in what has come, unless edits have to wait for the store.
    fn take_in(&mut self, inbox: &mut mpsc::Receiver<Message>) {
        // What a tick could not get done waits for the next: beyond that, senders wait.
        for _ in 0..self.limits.inbox {
            if self.waiting.len() >= self.limits.inbox || self.saver.is_full() {
                return;
            }
            match inbox.try_recv() {
                Ok(message) => self.on_message(message),
                Err(_) => return,
            }
        }
    }

    fn on_message(&mut self, message: Message) {
        match message {
            Message::Join { member, reply } => self.join(member, reply),
            Message::Frame { session, message, room } => self.on_frame(session, message, room),
            Message::Unreadable { session, client, number, problem } => {
                self.waiting.push_back(Waiting::Unreadable { session, client, number, problem });
            }
            Message::Behind { session, seq } => self.resynchronise(session, seq),
            Message::Leave { session } => self.waiting.push_back(Waiting::Leave { session }),
            Message::Snapshot { held, reply } => {
                let _ = reply.send(self.snapshot_source(held));
            }
            Message::Role { user, role } => {
                self.change_role(&user, role);
                self.check_members();
            }
            Message::Rename { user, name } => self.rename(&user, &name),
            Message::Plugins { plugins, reason } => {
                self.use_plugins(plugins);
                self.tell_all(&ServerMessage::Plugins(PluginsChange { reason }));
            }
            Message::ProjectPlugins { reply } => {
                let _ = reply.send(self.plugins.clone());
            }
            Message::PluginStates { reply } => {
                let _ = reply.send(self.plugins.states());
            }
            Message::ReleasePlugin { plugin, reply } => {
                let released = self.plugins.unquarantine(&plugin);
                let _ = reply.send(released);
                if released {
                    let reason = format!("{plugin} is in use again");
                    self.tell_all(&ServerMessage::Plugins(PluginsChange { reason }));
                }
            }
            Message::Read(read) => read(&self.document, &self.sessions),
            Message::Apply(edit) => self.waiting.push_back(Waiting::Plugin(edit)),
        }
    }

    fn on_frame(&mut self, number: SessionNumber, message: ClientMessage, room: Option<OwnedSemaphorePermit>) {
        self.pace.count();
        let Some(session) = self.sessions.get_mut(&number) else { return };
        match message {
            ClientMessage::Hello(hello) => self.greet(number, &hello),
            _ if !session.greeted => {
                session.mailbox.close(Closing::new("hello-first", "the first message of a socket is hello", false));
            }
            ClientMessage::Edit(edit) => self.waiting.push_back(Waiting::Session { session: number, edit, room }),
            ClientMessage::Presence(presence) => {
                // A1: each frame passes the gate.
                let may = decide(&Actor::person(session.member.role), Permission::ShowPresence).is_ok();
                if may && session.show(presence) {
                    self.outgoing.presence.insert(number);
                }
            }
        }
    }

    fn use_plugins(&mut self, plugins: RoomPlugins) {
        self.types = ShapeTypes::of(&plugins.plugins);
        self.may_be_old = true;
        let strategy = plugins.plugins.strategy();
        self.acknowledges_once_durable =
            strategy.is_some_and(|strategy| strategy.acknowledge == Acknowledgement::OnceDurable);
        self.known_plugins = plugins.enabled;
        self.plugins = plugins.plugins;
    }

    pub(crate) fn set_empty_since(&mut self) {
        self.empty_since = self.sessions.is_empty().then(Instant::now);
    }

    /// What a task of the shared order has done.
    pub(crate) async fn on_order(&mut self, event: OrderEvent) {
        match event {
            OrderEvent::Appended(result) => self.on_appended(result),
            OrderEvent::Opened(canvas) => self.on_opened(canvas),
            OrderEvent::Lease(news) => self.on_lease(news).await,
            OrderEvent::Noted(seq) => self.on_noted(seq),
            OrderEvent::Kept(seq) => self.on_kept(seq),
            OrderEvent::Stands(place) => self.on_stands(place),
            OrderEvent::Members(members) => self.on_members(&members),
        }
    }

    /// Accepts what is on its way, saves everything, tells the sessions, and ends. False when not everything was saved.
    async fn close(
        mut self,
        mut inbox: mpsc::Receiver<Message>,
        mut events: mpsc::UnboundedReceiver<SaverEvent>,
        mut orders: mpsc::UnboundedReceiver<OrderEvent>,
    ) -> bool {
        let reason = self.closing.get_or_insert_with(Closing::room_gone).clone();
        inbox.close();
        while let Some(message) = inbox.recv().await {
            match message {
                Message::Join { reply, .. } => {
                    let _ = reply.send(Err(RoomError::Gone));
                }
                message => self.on_message(message),
            }
        }
        let deadline = Instant::now() + CLOSE_PATIENCE;
        let mut saved_all = true;
        if reason.code != "taken-over" {
            // Where the hot tier cannot be reached, what waits is still in browsers, which take it to another host.
            while !self.waiting.is_empty() && self.shared.as_ref().is_none_or(|shared| shared.is_ready()) {
                self.tick(Instant::now()).await;
                self.settle(&mut orders, Instant::now() + SETTLE_PATIENCE).await;
            }
            // What this room holds of an order that was lost is handed in to the one that takes its place (D2).
            self.settle(&mut orders, Instant::now() + SETTLE_PATIENCE).await;
            // Once more, for a version if the strategy wants one now.
            self.save().await;
            self.versions.taken().await;
            let saved = if self.shared.is_some() {
                self.hand_over(&mut events, &mut orders, deadline).await
            } else {
                self.saver.finish(&self.document, &mut events, deadline).await
            };
            self.emit(true);
            self.release_held(self.saver.durable);
            self.outgoing.durable = Some(self.saver.durable);
            if let Err(error) = saved {
                tracing::error!(project = %self.project, %error, "the canvas was closed without saving everything");
                saved_all = false;
            }
        }
        self.say_goodbye();
        self.emit(true);
        self.wake_all();
        for session in self.sessions.values() {
            session.mailbox.close(reason.clone());
        }
        saved_all
    }
}

/// Waits until the room is to end; for ever when nobody is left who could say so.
async fn told_to_close(mut close: watch::Receiver<Option<Closing>>) -> Closing {
    let told = close.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
    match told {
        Some(reason) => reason,
        None => std::future::pending().await,
    }
}
