//! What every handler can reach.

use std::sync::Arc;

use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_rooms::{Catalog, Rooms};
use collabcanvas_storage::{AccountStore, Project, ProjectStore, SecretHash};

use crate::bootstrap::Defaults;
use crate::error::ApiError;
use crate::health::Health;
use crate::metrics::Counted;
use crate::origin::Origins;
use crate::plugin_files::PluginFiles;
use crate::project_locks::ProjectLocks;
use crate::site::Site;
use crate::socket::{SocketTiming, Sockets};
use crate::stores::SharedTiers;

/// The server's parts.
pub(crate) struct App {
    pub accounts: Arc<dyn AccountStore>,
    pub projects: Arc<dyn ProjectStore>,
    /// What this host shares with others; none when it is the only one.
    pub shared: Option<SharedTiers>,
    pub rooms: Arc<Rooms>,
    pub catalog: Arc<Catalog>,
    pub plugin_files: PluginFiles,
    /// What new projects begin with.
    pub defaults: Defaults,
    pub site: Site,
    pub origins: Origins,
    pub signin: SigninLink,
    pub sockets: Sockets,
    pub timing: SocketTiming,
    /// Largest frame that a browser may send.
    pub frame_bytes: usize,
    /// Held while a project or its members are read, changed and written back, so that no change is lost.
    pub changing: ProjectLocks,
    pub health: Health,
    pub counted: Counted,
}

/// The link that signs in as the operator, for as long as this process runs.
pub(crate) struct SigninLink {
    pub token: SecretHash,
    pub operator: UserId,
}

impl App {
    /// The project of this id.
    pub async fn project(&self, id: &ProjectId) -> Result<Project, ApiError> {
        self.projects.project(id).await?.ok_or_else(|| ApiError::no_project(id.as_str()))
    }

    /// Gives a member another role, or none, and tells their open sessions (A2).
    ///
    /// A project keeps an owner: whoever is the last one cannot be made less.
    pub async fn set_role(
        self: &Arc<Self>,
        project: &ProjectId,
        user: &UserId,
        role: Option<Role>,
    ) -> Result<(), ApiError> {
        let (app, project, user) = (self.clone(), project.clone(), user.clone());
        to_the_end(async move { app.change_role(&project, &user, role).await }).await
    }

    async fn change_role(&self, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), ApiError> {
        // Held until the room knows: of two changes the later must also be told later.
        let _changing = self.changing.lock(project).await;
        self.projects.set_role(project, user, role).await?;
        self.rooms.member_changed(project, user, role).await;
        Ok(())
    }
}

/// Does something to its end, even when whoever asked for it goes away in the middle: what is stored must also be told.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.unwrap_or_else(|error| Err(ApiError::failed(&error)))
}
