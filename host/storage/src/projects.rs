use async_trait::async_trait;
use collabcanvas_access::{Capabilities, Role};
use collabcanvas_canvas::{ProjectId, UserId};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Projects, their members and their enabled plugins.
#[async_trait]
pub trait ProjectStore: Send + Sync + 'static {
    /// Makes a project with an empty canvas. Its creator becomes its owner.
    /// Errors: [`StoreError::Failed`] when the id is taken.
    async fn create_project(&self, project: &Project, owner: &UserId) -> Result<(), StoreError>;

    /// The project of this id.
    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError>;

    /// The projects of which this user is a member, by name, each with the user's role.
    async fn projects_of(&self, user: &UserId) -> Result<Vec<(Project, Role)>, StoreError>;

    /// Replaces name, enabled plugins and save strategy, if they are still as in `from`. Errors:
    /// [`StoreError::NoSuchProject`]; [`StoreError::Changed`] when somebody else, on another host perhaps, was quicker.
    async fn update_project(&self, from: &Project, to: &Project) -> Result<(), StoreError>;

    /// The role of a user in a project; none when they are no member.
    async fn role(&self, project: &ProjectId, user: &UserId) -> Result<Option<Role>, StoreError>;

    /// Gives a user a role, or takes membership away. A project that has an owner keeps one, also when two are made less
    /// at the same moment. Errors: [`StoreError::NoSuchProject`], [`StoreError::LastOwner`].
    async fn set_role(&self, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), StoreError>;

    /// The members of a project, by name.
    async fn members(&self, project: &ProjectId) -> Result<Vec<(User, Role)>, StoreError>;
}

/// The unit of ownership, sharing and plugin enablement; it holds one canvas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Unique in the server.
    pub id: ProjectId,
    /// What people call it.
    pub name: String,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// Its plugins, pinned by digest (P2).
    pub plugins: Vec<EnabledPlugin>,
    /// The name of the plugin among them that decides when to save.
    pub save_strategy: String,
}

/// A plugin as a project has enabled it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnabledPlugin {
    /// Its name.
    pub name: String,
    /// The exact build: sha256, in hex (P2).
    pub digest: String,
    /// What the project grants it.
    pub granted: Capabilities,
    /// Its settings in this project: a JSON object.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Unique in the server.
    pub id: UserId,
    /// What people call them.
    pub name: String,
    /// Whether they may manage the server.
    pub operator: bool,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}
