//! All that a simulation keeps beside the canvas: its one project, and how often a version was taken.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_storage::{
    NewVersion, PluginDataStore, Project, ProjectStore, StoreError, User, Version, VersionStore,
};

/// The project. It cannot be changed, and nobody acts in it who could try: rooms only look it up.
pub(super) struct OneProject {
    project: Project,
    versions: AtomicU64,
}

impl OneProject {
    pub fn new(project: Project) -> Self {
        Self { project, versions: AtomicU64::new(0) }
    }

    /// How many versions were taken.
    pub fn versions(&self) -> u64 {
        self.versions.load(Ordering::Relaxed)
    }

    fn is(&self, id: &ProjectId) -> bool {
        self.project.id == *id
    }
}

fn fixed<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("the project of a simulation is fixed".into()))
}

#[async_trait]
impl ProjectStore for OneProject {
    async fn create_project(&self, _: &Project, _: &UserId) -> Result<(), StoreError> {
        fixed()
    }

    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError> {
        Ok(self.is(id).then(|| self.project.clone()))
    }

    async fn projects_of(&self, _: &UserId) -> Result<Vec<(Project, Role)>, StoreError> {
        Ok(vec![(self.project.clone(), Role::Editor)])
    }

    async fn update_project(&self, _: &Project, _: &Project) -> Result<(), StoreError> {
        fixed()
    }

    async fn role(&self, project: &ProjectId, _: &UserId) -> Result<Option<Role>, StoreError> {
        Ok(self.is(project).then_some(Role::Editor))
    }

    async fn set_role(&self, _: &ProjectId, _: &UserId, _: Option<Role>) -> Result<(), StoreError> {
        fixed()
    }

    async fn members(&self, _: &ProjectId) -> Result<Vec<(User, Role)>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl PluginDataStore for OneProject {
    async fn get(&self, _: &ProjectId, _: &str, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        Ok(vec![None; keys.len()])
    }

    async fn set(&self, _: &ProjectId, _: &str, _: Vec<(String, Vec<u8>)>, _: u64) -> Result<(), StoreError> {
        fixed()
    }

    async fn delete(&self, _: &ProjectId, _: &str, _: &[String]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn list_keys(
        &self,
        _: &ProjectId,
        _: &str,
        _: &str,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl VersionStore for OneProject {
    async fn create_version(&self, _: &ProjectId, version: NewVersion, _: Bytes) -> Result<Version, StoreError> {
        let NewVersion { name, seq, shapes, created_ms } = version;
        Ok(Version { id: self.versions.fetch_add(1, Ordering::Relaxed) + 1, name, seq, shapes, created_ms })
    }

    async fn versions(&self, _: &ProjectId) -> Result<Vec<Version>, StoreError> {
        Ok(Vec::new())
    }

    async fn version_snapshot(&self, _: &ProjectId, _: u64) -> Result<Option<Bytes>, StoreError> {
        Ok(None)
    }
}
