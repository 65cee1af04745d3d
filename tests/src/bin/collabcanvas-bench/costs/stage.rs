//! What all sessions share: DynamoDB's stand-in, the plugins, and projects in which a session begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, Shape, UserId};
use collabcanvas_plugins::{Limits, Plugin, PluginRuntime, RuntimeConfig};
use collabcanvas_rooms::Catalog;
use collabcanvas_storage::dynamodb::{DynamoStore, client_at};
use collabcanvas_storage::{
    AccountStore, CanvasStore, Checkpoint, Claiming, EnabledPlugin, JournalBatch, Project, ProjectStore, User,
};
use collabcanvas_tests::plugin_file;
use tempfile::TempDir;

#[path = "../../../../../host/storage/tests/store/dynamo/server.rs"]
#[allow(dead_code, reason = "the store's own tests use more of it")]
mod server;

/// Shapes that are on a canvas when a session begins.
pub const SHAPES: u64 = 300;

/// What an item takes in its index, as DynamoDB bills it.
const INDEX_BYTES: u64 = 100;

/// See the module.
#[derive(Clone)]
pub struct Stage {
    parts: Arc<Parts>,
}

struct Parts {
    server: server::DynamoServer,
    store: Arc<DynamoStore>,
    client: Client,
    catalog: Arc<Catalog>,
    owner: UserId,
    _cache: TempDir,
}

/// What is kept of a project.
#[derive(Default)]
pub struct Kept {
    /// Bytes of its items, and of what DynamoDB adds.
    pub bytes: u64,
    /// Those of the journal.
    pub journal_bytes: u64,
    /// Shapes.
    pub shapes: u64,
}

impl Stage {
    /// Starts the stand-in and installs the plugins.
    pub async fn start() -> Result<Self> {
        let server = server::DynamoServer::start();
        let store = Arc::new(server.store().await);
        let cache = tempfile::tempdir()?;
        let config = RuntimeConfig { cache_dir: cache.path().join("cache"), limits: Limits::default() };
        let catalog = Arc::new(Catalog::new(PluginRuntime::new(config)?));
        for name in ["basic", "text", "save-interval", "save-adaptive", "save-through"] {
            catalog.install(plugin_file(name)?).await?;
        }
        let owner = UserId::parse("person0").expect("a well-formed id");
        store.create_user(&User { id: owner.clone(), name: "Owner".into(), operator: true, created_ms: 0 }).await?;
        let client = client_at(&server.endpoint());
        let parts = Parts { server, store, client, catalog, owner, _cache: cache };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Where the stand-in is.
    pub fn endpoint(&self) -> String {
        self.parts.server.endpoint()
    }

    /// The store, whose consumption tells what everything has cost.
    pub fn store(&self) -> &Arc<DynamoStore> {
        &self.parts.store
    }

    /// The plugins.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.parts.catalog
    }

    /// Who owns all projects.
    pub fn owner(&self) -> &UserId {
        &self.parts.owner
    }

    /// A project with shapes on its canvas, saved and closed.
    pub async fn project(&self, id: &str, strategy: &str) -> Result<ProjectId> {
        let store = self.store();
        let id = ProjectId::parse(id).map_err(anyhow::Error::new)?;
        let enable = |plugin: &Arc<Plugin>| EnabledPlugin {
            name: plugin.manifest.name.clone(),
            digest: plugin.digest.clone(),
            granted: plugin.manifest.capabilities.iter().copied().collect(),
            settings: serde_json::Map::new(),
        };
        let plugins = self.catalog().list().iter().map(enable).collect();
        let project =
            Project { id: id.clone(), name: "Plan".into(), created_ms: 0, plugins, save_strategy: strategy.to_owned() };
        store.create_project(&project, self.owner()).await?;
        let claim = store.claim(&id, Claiming::Alone).await?;
        let line = r#"{"seq":1,"client":"filler","number":1,"user":"person0","operations":[]}"#.to_owned() + "\n";
        store.append(&id, claim.fence, JournalBatch { first: 1, last: 1, lines: Bytes::from(line) }).await?;
        let changed = (0..SHAPES).map(|number| Ok((Arc::new(shape(number)?), 1))).collect::<Result<Vec<_>>>()?;
        store.checkpoint(&id, claim.fence, Checkpoint { seq: 1, changed, ..Checkpoint::default() }).await?;
        store.close(&id, claim.fence).await?;
        Ok(id)
    }

    /// Makes somebody a member of a project, unless they own it.
    pub async fn member(&self, project: &ProjectId, user: &UserId, role: Role) -> Result<()> {
        if user == self.owner() {
            return Ok(());
        }
        let store = self.store();
        if store.user(user).await?.is_none() {
            let name = user.to_string();
            // Somebody else may be making the same user for another session.
            let _ = store.create_user(&User { id: user.clone(), name, operator: false, created_ms: 0 }).await;
        }
        Ok(store.set_role(project, user, Some(role)).await?)
    }

    /// What is kept of a project's canvas, read from the tables.
    pub async fn kept(&self, project: &ProjectId) -> Result<Kept> {
        let mut kept = Kept::default();
        for table in ["test-objects", "test-journal"] {
            let mut start = None;
            loop {
                let scan = self.parts.client.scan().table_name(table).set_exclusive_start_key(start);
                let page = scan.send().await?;
                for item in page.items.unwrap_or_default() {
                    let key = item.get("pk").and_then(|key| key.as_s().ok()).context("an item without a key")?;
                    if key.split('/').any(|part| part == project.as_str()) {
                        kept.add(&item.into_iter().collect(), table == "test-journal");
                    }
                }
                start = page.last_evaluated_key.filter(|key| !key.is_empty());
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(kept)
    }
}

impl Kept {
    fn add(&mut self, item: &BTreeMap<String, AttributeValue>, journal: bool) {
        let bytes = item_bytes(item) + INDEX_BYTES;
        self.bytes += bytes;
        if journal {
            self.journal_bytes += bytes;
        }
        let sort_key = item.get("sk").and_then(|key| key.as_s().ok());
        let is_shape = sort_key.is_some_and(|key| key.starts_with("shape/")) && item.contains_key("body");
        self.shapes += u64::from(is_shape);
    }
}

/// The size of an item by AWS's rules: names and values in bytes; a number about half its digits and one.
pub fn item_bytes(item: &BTreeMap<String, AttributeValue>) -> u64 {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.trim_start_matches('-').len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 1,
    };
    item.iter().map(|(name, content)| (name.len() + value(content)) as u64).sum()
}

fn shape(number: u64) -> Result<Shape> {
    let (x, y) = (number * 37 % 4_000, number * 53 % 3_000);
    let json = format!(
        r##"{{"id":"shape-{number}-0123456789abcdef","type":"basic/rectangle","index":"V{number}1","x":{x},"y":{y},"width":160,"height":120,"props":{{"fill":"#ffd43b","stroke":"#1e1e1e","stroke_width":2}}}}"##
    );
    Ok(serde_json::from_str(&json)?)
}
