use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use collabcanvas_plugins::{InstallError, Plugin, PluginRuntime};

/// The plugins that are installed on this server, by digest (P2).
pub struct Catalog {
    runtime: Arc<PluginRuntime>,
    plugins: RwLock<BTreeMap<String, Arc<Plugin>>>,
}

impl Catalog {
    /// An empty catalog.
    pub fn new(runtime: Arc<PluginRuntime>) -> Self {
        Self { runtime, plugins: RwLock::default() }
    }

    /// The runtime that the plugins run in.
    pub fn runtime(&self) -> &Arc<PluginRuntime> {
        &self.runtime
    }

    /// Checks and compiles a plugin's file, and adds it.
    pub async fn install(&self, file: Vec<u8>) -> Result<Arc<Plugin>, InstallError> {
        let plugin = self.runtime.install(file).await?;
        self.plugins.write().unwrap_or_else(PoisonError::into_inner).insert(plugin.digest.clone(), plugin.clone());
        Ok(plugin)
    }

    /// The plugin of this digest.
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
