//! What every handler can reach.

use std::sync::Arc;

use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_rooms::{Catalog, Rooms};
use collabcanvas_storage::{AccountStore, Project, ProjectStore, SecretHash};

use crate::error::ApiError;
use crate::origin::Origins;
use crate::plugin_folder::PluginFolder;
use crate::site::Site;
use crate::socket::{SocketTiming, Sockets};

/// The server's parts.
pub(crate) struct App {
    pub accounts: Arc<dyn AccountStore>,
    pub projects: Arc<dyn ProjectStore>,
    pub rooms: Arc<Rooms>,
    pub catalog: Arc<Catalog>,
    pub plugin_folder: PluginFolder,
    pub site: Site,
    pub origins: Origins,
    pub signin: SigninLink,
    pub sockets: Sockets,
    pub timing: SocketTiming,
    /// Largest frame that a browser may send.
    pub frame_bytes: usize,
    /// Held while a project or its members are read, changed and written back, so that no change is lost.
    pub changing_project: tokio::sync::Mutex<()>,
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
    pub async fn set_role(&self, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), ApiError> {
        let changing = self.changing_project.lock().await;
        let members = self.projects.members(project).await?;
        let keeps_owner = role == Some(Role::Owner)
            || members.iter().any(|(member, role)| *role == Role::Owner && member.id != *user)
            || !members.iter().any(|(_, role)| *role == Role::Owner);
        if !keeps_owner {
            let message = "this is the project's only owner: make somebody else an owner first";
            return Err(ApiError::conflict("last-owner", message));
        }
        self.projects.set_role(project, user, role).await?;
        drop(changing);
        self.rooms.member_changed(project, user, role).await;
        Ok(())
    }
}
