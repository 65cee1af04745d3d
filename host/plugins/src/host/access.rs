//! `access`: for whom the plugin acts, and what the gate would say.

use collabcanvas_access::{Permission, Role, decide};

use crate::contract::imports::access;
use crate::instance::GuestState;

impl access::Host for GuestState {
    async fn acting(&mut self) -> wasmtime::Result<Option<access::Actor>> {
        let visit = self.enter_infallible("access", "acting")?;
        let user = self.in_time(visit.services.acting_user(&visit.caller)).await.ok().flatten();
        // Somebody who is no member any more has no role to tell, and no call of theirs would pass.
        Ok(user.and_then(|user| {
            user.role.map(|role| access::Actor { user_id: user.id.to_string(), name: user.name, role: role.into() })
        }))
    }

    async fn can(&mut self, permissions: Vec<access::Permission>) -> wasmtime::Result<Vec<bool>> {
        let visit = self.enter_infallible("access", "can")?;
        let Ok(actor) = self.in_time(super::actor(&visit)).await else { return Ok(vec![false; permissions.len()]) };
        Ok(permissions.into_iter().map(|asked| decide(&actor, asked.into()).is_ok()).collect())
    }
}

impl From<Role> for access::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Editor => Self::Editor,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<access::Permission> for Permission {
    fn from(permission: access::Permission) -> Self {
        match permission {
            access::Permission::ReadCanvas => Self::ReadCanvas,
            access::Permission::EditCanvas => Self::EditCanvas,
            access::Permission::ManageProject => Self::ManageProject,
        }
    }
}
