use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_plugins::{EnabledPlugin, PluginState, ProjectPlugins};
use collabcanvas_storage::{CanvasStore, HotTier, PluginDataStore, Project, ProjectStore, VersionStore};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OnceCell, mpsc, oneshot, watch};

use crate::catalog::{Catalog, NotNow};
use crate::error::RoomError;
use crate::limits::RoomLimits;
use crate::load::{self, Opened};
use crate::metrics::Metrics;
use crate::pace::ServerPace;
use crate::protocol::Closing;
use crate::room::{Ears, Message, Room, RoomPlugins};
use crate::saver::Saver;
use crate::services::RoomServices;
use crate::session::{Inlet, Outlet};
use crate::sessions::Member;
use crate::shared::{self, Notice, Shared, SharedCanvas, SharedParts, Tiers};
use crate::snapshot::Snapshot;
use crate::versions::VersionTaker;

/// The stores that rooms need.
#[derive(Clone)]
pub struct Stores {
    /// Canvases.
    pub canvas: Arc<dyn CanvasStore>,
    /// Projects and members.
    pub projects: Arc<dyn ProjectStore>,
    /// What plugins keep.
    pub plugin_data: Arc<dyn PluginDataStore>,
    /// Versions.
    pub versions: Arc<dyn VersionStore>,
    /// The order that many hosts share; none for the only server there is.
    pub hot: Option<Arc<dyn HotTier>>,
}

/// How often a room that ends while it is asked is opened anew.
const ATTEMPTS: usize = 3;
/// After which time a plugin that could not be fetched is tried again at first, and at last.
const FIRST_FETCH: Duration = Duration::from_secs(1);
const LONGEST_FETCH: Duration = Duration::from_secs(60);

/// All rooms of this server. A room opens when somebody enters or asks, and closes itself when nobody is there.
pub struct Rooms {
    limits: Arc<RoomLimits>,
    stores: Stores,
    catalog: Arc<Catalog>,
    pace: Arc<ServerPace>,
    open: Mutex<HashMap<ProjectId, Arc<OnceCell<RoomHandle>>>>,
    shutting_down: AtomicBool,
    metrics: Arc<Metrics>,
}

/// How others reach a room.
#[derive(Clone)]
struct RoomHandle {
    inbox: mpsc::Sender<Message>,
    /// The last snapshot. Whoever holds the lock makes the next one; others wait for it instead of making it too.
    snapshot: Arc<tokio::sync::Mutex<Option<Snapshot>>>,
    close: Arc<watch::Sender<Option<Closing>>>,
    /// Becomes true when the room has ended and everything is saved.
    ended: watch::Receiver<bool>,
}

impl Rooms {
    /// No room is open yet. Must be called inside a tokio runtime.
    pub fn new(limits: RoomLimits, stores: Stores, catalog: Arc<Catalog>) -> Arc<Self> {
        Arc::new(Self {
            limits: Arc::new(limits),
            stores,
            catalog,
            pace: ServerPace::start(),
            open: Mutex::default(),
            shutting_down: AtomicBool::new(false),
            metrics: Arc::default(),
        })
    }

    /// Lets a member enter a project's room.
    pub async fn join(self: &Arc<Self>, project: &ProjectId, member: Member) -> Result<(Inlet, Outlet), RoomError> {
        self.ask(project, |reply| Message::Join { member: member.clone(), reply }).await?
    }

    /// The project's canvas, to be loaded over HTTP. Usually the one that was made for somebody before: what has
    /// happened since comes over the socket.
    pub async fn snapshot(self: &Arc<Self>, project: &ProjectId) -> Result<Snapshot, RoomError> {
        // One that has ended stays in the list until somebody asks for it, and is opened anew then.
        let is_open = |cell: &Arc<OnceCell<RoomHandle>>| cell.get().is_some_and(|room| !room.inbox.is_closed());
        if self.lock().get(project).is_some_and(is_open) {
            self.metrics.opened_from_memory.add();
        }
        for _ in 0..ATTEMPTS {
            match self.room(project).await?.snapshot().await {
                Err(RoomError::Gone) => {}
                answer => return answer,
            }
        }
        Err(RoomError::Gone)
    }

    /// Tells a project's sessions that a member's role has changed, or that they are none any more (A2).
    pub async fn member_changed(self: &Arc<Self>, project: &ProjectId, user: &UserId, role: Option<Role>) {
        self.tell_elsewhere(project, &Notice::Role { user: user.clone(), role }).await;
        // A room that cannot be opened has no sessions.
        if let Ok(Some(room)) = self.room_in_use(project).await {
            let _ = room.inbox.send(Message::Role { user: user.clone(), role }).await;
        }
    }

    /// Tells all sessions that a user is called something else.
    pub async fn renamed(&self, user: &UserId, name: &str) {
        if self.stores.hot.is_some() {
            let notice = Notice::Rename { user: user.clone(), name: name.to_owned() };
            for (project, _) in self.stores.projects.projects_of(user).await.unwrap_or_default() {
                self.tell_elsewhere(&project.id, &notice).await;
            }
        }
        for room in self.open_rooms() {
            let told = room.inbox.try_send(Message::Rename { user: user.clone(), name: name.to_owned() });
            if let Err(TrySendError::Full(message)) = told {
                // Nobody waits for a room whose store is stuck. One that has ended has nobody to be told.
                tokio::spawn(async move { room.inbox.send(message).await });
            }
        }
    }

    /// Makes a project's room use the plugins that the project has enabled now.
    pub async fn plugins_changed(self: &Arc<Self>, project: &ProjectId, reason: &str) -> Result<(), RoomError> {
        self.tell_elsewhere(project, &Notice::Plugins { reason: reason.to_owned() }).await;
        self.use_plugins_of_now(project, reason).await
    }

    async fn use_plugins_of_now(self: &Arc<Self>, project: &ProjectId, reason: &str) -> Result<(), RoomError> {
        let Some(room) = self.room_in_use(project).await? else { return Ok(()) };
        let settings = self.settings(project).await?;
        self.ensure_plugins(&settings).await;
        self.hand_plugins(&room, &settings, reason).await;
        Ok(())
    }

    async fn hand_plugins(&self, room: &RoomHandle, project: &Project, reason: &str) {
        let plugins = self.plugins(project, &room.inbox);
        let _ = room.inbox.send(Message::Plugins { plugins, reason: reason.to_owned() }).await;
    }

    /// A project's plugins as its room uses them, for tools, formats and drawing. They are called in the caller's task,
    /// so that the room never waits for them; they are replaced when [`Rooms::plugins_changed`] is called.
    pub async fn project_plugins(self: &Arc<Self>, project: &ProjectId) -> Result<Arc<ProjectPlugins>, RoomError> {
        self.ask(project, |reply| Message::ProjectPlugins { reply }).await
    }

    /// How a project's plugins fare. Those that are enabled but not installed are not in it.
    pub async fn plugin_states(self: &Arc<Self>, project: &ProjectId) -> Result<Vec<PluginState>, RoomError> {
        self.ask(project, |reply| Message::PluginStates { reply }).await
    }

    /// Lets a plugin that was set aside try again; false when the project has none of this name.
    pub async fn release_plugin(self: &Arc<Self>, project: &ProjectId, plugin: &str) -> Result<bool, RoomError> {
        self.ask(project, |reply| Message::ReleasePlugin { plugin: plugin.to_owned(), reply }).await
    }

    /// What the rooms count.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Whether so much comes from all browsers that rooms save in turns, and acknowledgements wait for frames that go out
    /// anyway.
    pub fn is_busy(&self) -> bool {
        self.pace.is_busy()
    }

    /// How many rooms are open.
    pub fn open_count(&self) -> usize {
        self.open_rooms().len()
    }

    /// Saves everything and closes all rooms (D5). Nobody enters any more.
    pub async fn shutdown(&self) {
        self.end(&shutdown_reason(), Duration::ZERO).await;
    }

    /// The same on a host among many, whose sessions go on elsewhere: one room after the other, spread over this time,
    /// so that they do not all come to another host at once.
    pub async fn move_away(&self, over: Duration) {
        let message = "this host is taken out of service: the canvas goes on at another one by itself";
        self.end(&Closing::new("moving", message, true), over).await;
    }

    async fn end(&self, reason: &Closing, over: Duration) {
        self.shutting_down.store(true, Ordering::SeqCst);
        let mut rooms = self.open_rooms();
        let pause = over / u32::try_from(rooms.len().max(1)).unwrap_or(u32::MAX);
        for (number, room) in rooms.iter().enumerate() {
            if number > 0 && !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            room.close.send_replace(Some(reason.clone()));
        }
        for room in &mut rooms {
            let _ = room.ended.wait_for(|ended| *ended).await;
        }
    }

    /// Sends a message to the project's room and waits for the answer. A room that ends meanwhile is opened anew.
    async fn ask<T>(
        self: &Arc<Self>,
        project: &ProjectId,
        message: impl Fn(oneshot::Sender<T>) -> Message,
    ) -> Result<T, RoomError> {
        for _ in 0..ATTEMPTS {
            let room = self.room(project).await?;
            if let Ok(answer) = room.ask(&message).await {
                return Ok(answer);
            }
        }
        Err(RoomError::Gone)
    }

    /// The project's room, opened if it is not. Waits for one that is closing to have saved everything.
    async fn room(self: &Arc<Self>, project: &ProjectId) -> Result<RoomHandle, RoomError> {
        loop {
            if self.shutting_down.load(Ordering::SeqCst) {
                return Err(RoomError::ShuttingDown);
            }
            let cell = self.lock().entry(project.clone()).or_default().clone();
            let opened = cell.get_or_try_init(|| self.open(project)).await;
            let mut handle = match opened {
                Ok(handle) => handle.clone(),
                Err(error) => {
                    self.forget_unopened(project, &cell);
                    return Err(error);
                }
            };
            if self.shutting_down.load(Ordering::SeqCst) {
                // It was being opened when all others were told to close.
                handle.close.send_replace(Some(shutdown_reason()));
            } else if !handle.inbox.is_closed() {
                return Ok(handle);
            }
            // An error means that the room's task is gone altogether.
            let _ = handle.ended.wait_for(|ended| *ended).await;
            self.forget(project, &cell);
        }
    }

    async fn open(self: &Arc<Self>, project: &ProjectId) -> Result<RoomHandle, RoomError> {
        let settings = self.settings(project).await?;
        self.ensure_plugins(&settings).await;
        let (inbox, inbox_end) = mpsc::channel(self.limits.inbox);
        let (events, events_end) = mpsc::unbounded_channel();
        let (orders, orders_end) = mpsc::unbounded_channel();
        let (ended, ended_end) = watch::channel(false);
        let (close, close_end) = watch::channel(None);
        let (opened, snapshot, shared) = match &self.stores.hot {
            None => (self.open_alone(project).await?, None, None),
            Some(tier) => {
                let canvas = shared::open(self.tiers(tier), project).await?;
                let SharedCanvas { opened, snapshot, following, heard } = canvas;
                let parts = SharedParts {
                    tier: tier.clone(),
                    stores: self.stores.clone(),
                    metrics: self.metrics.clone(),
                    events: orders,
                    reload_plugins: self.plugin_reloader(project),
                };
                (opened, snapshot, Some(Shared::new(parts, project.clone(), following, heard)))
            }
        };
        let plugins = self.plugins(&settings, &inbox);
        let saver = Saver::new(project.clone(), self.stores.canvas.clone(), events, self.limits.clone(), &opened);
        let versions = VersionTaker::new(project.clone(), self.stores.versions.clone());
        let (limits, pace) = (self.limits.clone(), self.pace.clone());
        let handle = inbox.clone();
        let room = Room::new(project.clone(), limits, opened.document, plugins, saver, pace, versions, handle, shared);
        let metrics = self.metrics.clone();
        tokio::spawn(async move {
            if !room.run(Ears { inbox: inbox_end, events: events_end, orders: orders_end, close: close_end }).await {
                metrics.closed_unsaved.add();
            }
            let _ = ended.send(true);
        });
        let snapshot = Arc::new(tokio::sync::Mutex::new(snapshot));
        Ok(RoomHandle { inbox, snapshot, close: Arc::new(close), ended: ended_end })
    }

    fn tiers<'a>(&'a self, tier: &'a Arc<dyn HotTier>) -> Tiers<'a> {
        Tiers { tier, store: &*self.stores.canvas, metrics: &self.metrics }
    }

    async fn open_alone(&self, project: &ProjectId) -> Result<Opened, RoomError> {
        let stored = self.stores.canvas.open(project).await?;
        self.metrics.opened_from_store.add();
        let name = project.clone();
        tokio::task::spawn_blocking(move || load::document(&name, stored)).await.map_err(|_| RoomError::Gone)
    }

    /// What a room calls when another host says that the project's plugins have changed.
    fn plugin_reloader(self: &Arc<Self>, project: &ProjectId) -> Arc<dyn Fn(String) + Send + Sync> {
        let (rooms, project) = (Arc::downgrade(self), project.clone());
        Arc::new(move |reason| {
            let Some(rooms) = rooms.upgrade() else { return };
            let project = project.clone();
            tokio::spawn(async move {
                if let Err(error) = rooms.use_plugins_of_now(&project, &reason).await {
                    tracing::error!(%project, %error, "the plugins that another host has changed cannot be loaded");
                }
            });
        })
    }

    /// Tells the project's rooms on other hosts something.
    async fn tell_elsewhere(&self, project: &ProjectId, notice: &Notice) {
        let Some(tier) = &self.stores.hot else { return };
        let notice = serde_json::to_vec(notice).expect("notices have string keys and finite numbers only");
        if let Err(error) = tier.tell(project, notice.into()).await {
            tracing::warn!(%project, %error, "other hosts could not be told of a change; they look for themselves soon");
        }
    }

    async fn settings(&self, project: &ProjectId) -> Result<Project, RoomError> {
        let found = self.stores.projects.project(project).await?;
        found.ok_or_else(|| RoomError::NoSuchProject(project.clone()))
    }

    /// Has the plugins of a project here, as far as they can be had. What cannot now is tried again for as long as the
    /// room is open.
    async fn ensure_plugins(self: &Arc<Self>, project: &Project) {
        if self.fetch_plugins(project).await.is_err() {
            tokio::spawn(fetch_later(Arc::downgrade(self), project.id.clone()));
        }
    }

    async fn fetch_plugins(&self, project: &Project) -> Result<(), NotNow> {
        let mut fetched = Ok(());
        for enabled in &project.plugins {
            // One that cannot be had keeps no other from being fetched.
            fetched = fetched.and(self.catalog.fetch(&enabled.digest).await.map(drop));
        }
        fetched
    }

    fn plugins(&self, project: &Project, room: &mpsc::Sender<Message>) -> RoomPlugins {
        let services = RoomServices {
            project: project.id.clone(),
            room: room.clone(),
            projects: self.stores.projects.clone(),
            data: self.stores.plugin_data.clone(),
            quota: self.limits.plugin_quota,
        };
        let installed = project.plugins.iter().filter_map(|enabled| {
            let plugin = self.catalog.get(&enabled.digest)?;
            Some(EnabledPlugin { plugin, settings: enabled.settings.clone(), granted: enabled.granted.clone() })
        });
        let runtime = self.catalog.runtime().clone();
        let plugins = ProjectPlugins::new(runtime, project.id.as_str(), installed.collect(), Arc::new(services))
            .saved_by(&project.save_strategy);
        RoomPlugins {
            plugins: Arc::new(plugins),
            enabled: project.plugins.iter().map(|enabled| enabled.name.clone()).collect(),
        }
    }

    /// The project's room if it is open or being opened: what somebody is to be told must not be lost because the room
    /// has read its settings a moment before.
    async fn room_in_use(self: &Arc<Self>, project: &ProjectId) -> Result<Option<RoomHandle>, RoomError> {
        let cell = self.lock().get(project).cloned();
        match cell.as_deref().map(OnceCell::get) {
            None => Ok(None),
            Some(Some(room)) => Ok(Some(room.clone())),
            Some(None) => self.room(project).await.map(Some),
        }
    }

    fn open_rooms(&self) -> Vec<RoomHandle> {
        self.lock().values().filter_map(|cell| cell.get().cloned()).filter(|room| !*room.ended.borrow()).collect()
    }

    fn forget(&self, project: &ProjectId, cell: &Arc<OnceCell<RoomHandle>>) {
        let mut open = self.lock();
        if open.get(project).is_some_and(|current| Arc::ptr_eq(current, cell)) {
            open.remove(project);
        }
    }

    /// Lets go of a cell in which opening has failed, unless others wait to try again: theirs must stay the one that
    /// everybody finds.
    fn forget_unopened(&self, project: &ProjectId, cell: &Arc<OnceCell<RoomHandle>>) {
        /// This map and this caller.
        const OURS: usize = 2;
        let mut open = self.lock();
        let is_current = open.get(project).is_some_and(|current| Arc::ptr_eq(current, cell));
        if is_current && cell.get().is_none() && Arc::strong_count(cell) <= OURS {
            open.remove(project);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProjectId, Arc<OnceCell<RoomHandle>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches the plugins of a project as soon as that works, and hands them to its room, unless that has ended by then.
async fn fetch_later(rooms: Weak<Rooms>, project: ProjectId) {
    let mut pause = FIRST_FETCH;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_FETCH);
        let Some(rooms) = rooms.upgrade() else { return };
        let Some(cell) = rooms.lock().get(&project).cloned() else { return };
        let Some(room) = cell.get() else { continue };
        if room.inbox.is_closed() {
            return;
        }
        let Ok(settings) = rooms.settings(&project).await else { continue };
        if rooms.fetch_plugins(&settings).await.is_ok() {
            return rooms.hand_plugins(room, &settings, "a plugin that could not be fetched is there now").await;
        }
    }
}

fn shutdown_reason() -> Closing {
    let message = "the server is shutting down; what you drew is saved, and the canvas comes back by itself";
    Closing::new("shutdown", message, true)
}

impl RoomHandle {
    async fn snapshot(&self) -> Result<Snapshot, RoomError> {
        let mut last = self.snapshot.lock().await;
        let held = last.as_ref().map(|snapshot| snapshot.place);
        let source = self.ask(|reply| Message::Snapshot { held, reply }).await?;
        if let Some(source) = source {
            let built = tokio::task::spawn_blocking(|| source.build()).await;
            *last = Some(built.map_err(|_| RoomError::Gone)?);
        }
        last.clone().ok_or(RoomError::Gone)
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, RoomError> {
        let (reply, answer) = oneshot::channel();
        self.inbox.send(message(reply)).await.map_err(|_| RoomError::Gone)?;
        answer.await.map_err(|_| RoomError::Gone)
    }
}
