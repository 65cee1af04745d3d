use async_trait::async_trait;
use collabcanvas_canvas::ProjectId;

use crate::StoreError;

/// The key-value store that a plugin has in a project.
#[async_trait]
pub trait PluginDataStore: Send + Sync + 'static {
    /// The values of these keys, in the order asked for.
    async fn get(&self, project: &ProjectId, plugin: &str, keys: &[String])
    -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Sets all of these or none. Errors: [`StoreError::QuotaExceeded`] when keys and values of the plugin in this
    /// project would be more than `quota` bytes.
    async fn set(
        &self,
        project: &ProjectId,
        plugin: &str,
        entries: Vec<(String, Vec<u8>)>,
        quota: u64,
    ) -> Result<(), StoreError>;

    /// Removes these keys; one that is not set is none to remove.
    async fn delete(&self, project: &ProjectId, plugin: &str, keys: &[String]) -> Result<(), StoreError>;

    /// At most `limit` keys that start with `prefix` and come after `after`, in byte order.
    async fn list_keys(
        &self,
        project: &ProjectId,
        plugin: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError>;
}
