//! Rooms with a real store and real plugins, in this process.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_plugins::{Limits, Plugin, PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::protocol::Closing;
use collabcanvas_rooms::{Catalog, Member, RoomLimits, Rooms, Stores};
use collabcanvas_storage::{AccountStore, EnabledPlugin, Project, ProjectStore, SqliteStore, User};
use tempfile::TempDir;

use crate::replica::{Need, Replica};

/// The file of a plugin that `cargo xtask plugins` has built.
pub fn plugin_file(name: &str) -> anyhow::Result<Vec<u8>> {
    built("plugins", name)
}

/// The file of a guest that `cargo xtask guests` has built.
pub fn guest_file(name: &str) -> anyhow::Result<Vec<u8>> {
    built("guests", name)
}

/// Where `cargo xtask plugins` or `guests` has put what it built.
pub fn built_folder(what: &str) -> PathBuf {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")).join(what);
    std::env::var_os(format!("COLLABCANVAS_{}", what.to_uppercase())).map_or_else(default, PathBuf::from)
}

fn built(what: &str, name: &str) -> anyhow::Result<Vec<u8>> {
    let path = built_folder(what).join(format!("{name}.wasm"));
    std::fs::read(&path).with_context(|| format!("{} is missing: run `cargo xtask {what}` first", path.display()))
}

/// A server without its sockets.
pub struct World {
    /// The rooms.
    pub rooms: Arc<Rooms>,
    /// The store.
    pub store: SqliteStore,
    /// The plugins that are installed.
    pub catalog: Arc<Catalog>,
    /// The user who owns all projects.
    pub owner: UserId,
    /// Where everything is kept; removed with the world.
    pub folder: Arc<TempDir>,
    limits: RoomLimits,
}

impl World {
    /// A world with the plugins that ship.
    pub async fn new(limits: RoomLimits) -> anyhow::Result<Self> {
        let files = ["basic", "text", "save-interval"].map(plugin_file);
        Self::with_plugins(limits, Limits::default(), files.into_iter().collect::<anyhow::Result<_>>()?).await
    }

    /// A world with these plugins.
    pub async fn with_plugins(limits: RoomLimits, plugin_limits: Limits, files: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        let folder = Arc::new(tempfile::tempdir()?);
        let runtime =
            PluginRuntime::new(RuntimeConfig { cache_dir: folder.path().join("cache"), limits: plugin_limits })?;
        let catalog = Arc::new(Catalog::new(runtime));
        for file in files {
            catalog.install(file).await?;
        }
        let store = SqliteStore::open(&folder.path().join("collabcanvas.sqlite"))?;
        let owner = UserId::parse("owner").expect("a well-formed id");
        let user = User { id: owner.clone(), name: "Owner".into(), operator: true, created_ms: 0 };
        store.create_user(&user).await?;
        let rooms = Rooms::new(limits.clone(), stores(&store), catalog.clone());
        Ok(Self { rooms, store, catalog, owner, folder, limits })
    }

    /// The same world after its rooms were lost without a word, as in a crash: only the store is left.
    pub fn crashed(&self) -> Self {
        Self {
            rooms: Rooms::new(self.limits.clone(), stores(&self.store), self.catalog.clone()),
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            owner: self.owner.clone(),
            folder: self.folder.clone(),
            limits: self.limits.clone(),
        }
    }

    /// A project with all installed plugins enabled.
    pub async fn project(&self, id: &str) -> anyhow::Result<ProjectId> {
        self.project_with(id, |_| {}).await
    }

    /// A project with all installed plugins enabled, changed before anybody enters.
    pub async fn project_with(&self, id: &str, change: impl FnOnce(&mut Project)) -> anyhow::Result<ProjectId> {
        let id = ProjectId::parse(id).map_err(anyhow::Error::new)?;
        let enable = |plugin: &Arc<Plugin>| EnabledPlugin {
            name: plugin.manifest.name.clone(),
            digest: plugin.digest.clone(),
            granted: plugin.manifest.capabilities.iter().copied().collect(),
            settings: serde_json::Map::new(),
        };
        let mut project = Project {
            id: id.clone(),
            name: "A canvas".into(),
            created_ms: 0,
            plugins: self.catalog.list().iter().map(enable).collect(),
            save_strategy: "save-interval".into(),
        };
        change(&mut project);
        self.store.create_project(&project, &self.owner).await?;
        Ok(id)
    }

    /// The canvas as it is now, to somebody who opens it: the snapshot and what has happened since.
    pub async fn look(&self, project: &ProjectId) -> anyhow::Result<Replica> {
        let mut replica = Replica::new("onlooker");
        replica.load(&self.rooms.snapshot(project).await?.gzip)?;
        let (mut inlet, mut outlet) = self.rooms.join(project, self.member("owner", Role::Viewer)).await?;
        let closed = |closing: Closing| anyhow::anyhow!("{}: {}", closing.code, closing.message);
        inlet.receive(&serde_json::to_string(&replica.hello())?).await.map_err(closed)?;
        loop {
            let mut frames = Vec::new();
            outlet.next(&mut frames).await.map_err(closed)?;
            for frame in &frames {
                match replica.receive(serde_json::from_slice(frame)?) {
                    Need::Nothing => {}
                    Need::SendPending => return Ok(replica),
                    Need::Snapshot => anyhow::bail!("the snapshot of this moment is too old already"),
                }
            }
        }
    }

    /// A member to enter rooms with.
    pub fn member(&self, name: &str, role: Role) -> Member {
        Member { user: UserId::parse(name).expect("a well-formed id"), name: name.to_owned(), role }
    }
}

fn stores(store: &SqliteStore) -> Stores {
    let store = Arc::new(store.clone());
    Stores { canvas: store.clone(), projects: store.clone(), plugin_data: store.clone(), versions: store, hot: None }
}
