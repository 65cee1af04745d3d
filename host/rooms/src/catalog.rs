use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use collabcanvas_plugins::{InstallError, Plugin, PluginRuntime};
use tokio::sync::Mutex;

/// Where the files of plugins are that this host has not installed.
#[async_trait]
pub trait PluginSource: Send + Sync + 'static {
    /// The file of this digest; none when nobody has installed it. Errors: why it cannot be had now, in words.
    async fn file(&self, digest: &str) -> Result<Option<Vec<u8>>, String>;
}

/// A plugin cannot be fetched now; the log says why.
#[derive(Debug)]
pub(crate) struct NotNow;

/// The plugins that are installed on this server, by digest (P2).
pub struct Catalog {
    runtime: Arc<PluginRuntime>,
    plugins: RwLock<BTreeMap<String, Arc<Plugin>>>,
    source: Option<Arc<dyn PluginSource>>,
    /// Held while a plugin is fetched, so that many who need it fetch it once, and nobody can have many fetched at once.
    fetching: Mutex<()>,
}

impl Catalog {
    /// An empty catalog.
    pub fn new(runtime: Arc<PluginRuntime>) -> Self {
        Self { runtime, plugins: RwLock::default(), source: None, fetching: Mutex::default() }
    }

    /// The same, fetching from here what other hosts have installed.
    #[must_use]
    pub fn fetching_from(mut self, source: Arc<dyn PluginSource>) -> Self {
        self.source = Some(source);
        self
    }

    /// The runtime that the plugins run in.
    pub fn runtime(&self) -> &Arc<PluginRuntime> {
        &self.runtime
    }

    /// Checks and compiles a plugin's file, and adds it.
    pub async fn install(&self, file: Vec<u8>) -> Result<Arc<Plugin>, InstallError> {
        let plugin = self.runtime.install(file).await?;
        self.add(&plugin);
        Ok(plugin)
    }

    /// The plugin of this digest, fetched and installed if another host has installed it. What goes wrong with that is
    /// in the log. May take as long as compiling a plugin does.
    pub async fn ensure(&self, digest: &str) -> Option<Arc<Plugin>> {
        self.fetch(digest).await.unwrap_or_default()
    }

    /// The same. An error when it cannot be had now, but perhaps later.
    pub(crate) async fn fetch(&self, digest: &str) -> Result<Option<Arc<Plugin>>, NotNow> {
        let source = self.source.as_ref();
        let Some(source) = source.filter(|_| self.get(digest).is_none() && is_digest(digest)) else {
            return Ok(self.get(digest));
        };
        let _fetching = self.fetching.lock().await;
        if let Some(plugin) = self.get(digest) {
            return Ok(Some(plugin));
        }
        let file = match source.file(digest).await {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::error!(digest, %error, "a plugin cannot be fetched; its shapes are placeholders until it can");
                return Err(NotNow);
            }
        };
        match self.runtime.install(file).await {
            Ok(plugin) if plugin.digest == digest => {
                tracing::info!(plugin = plugin.manifest.name, digest, "a plugin that another host installed is ready");
                self.add(&plugin);
                return Ok(Some(plugin));
            }
            Ok(plugin) => {
                tracing::error!(digest, found = plugin.digest, "what is kept under this digest is another plugin");
            }
            Err(error) => {
                tracing::error!(digest, %error, "a plugin that another host installed cannot be installed here");
            }
        }
        Ok(None)
    }

    fn add(&self, plugin: &Arc<Plugin>) {
        self.plugins.write().unwrap_or_else(PoisonError::into_inner).insert(plugin.digest.clone(), plugin.clone());
    }

    /// The plugin of this digest, if this host has it.
    pub fn get(&self, digest: &str) -> Option<Arc<Plugin>> {
        self.plugins.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    /// All plugins, by name, then digest.
    pub fn list(&self) -> Vec<Arc<Plugin>> {
        let mut plugins: Vec<_> =
            self.plugins.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        plugins.sort_by(|a, b| (&a.manifest.name, &a.digest).cmp(&(&b.manifest.name, &b.digest)));
        plugins
    }
}

/// Whether it has the form of one: sha256, in lower-case hex.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
