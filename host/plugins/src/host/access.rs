//! `access`: for whom the plugin acts, and what the gate would say.

use collabcanvas_access::{Permission, Role, decide};

use super::{ActingUser, Answer};
use crate::contract::imports::access;
use crate::instance::GuestState;

impl access::Host for GuestState {
    async fn acting(&mut self) -> Answer<Option<access::Actor>> {
        let visit = self.enter_ungated("access", "acting")?;
        let user = match self.in_time(visit.services.acting_user(&visit.caller)).await {
            Ok(user) => user,
            Err(problem) => return Ok(Err(problem)),
        };
        // Somebody who is no member any more has no role to tell, and no call of theirs would pass.
        let member = |user: ActingUser| {
            user.role.map(|role| access::Actor { user_id: user.id.to_string(), name: user.name, role: role.into() })
        };
        Ok(user.map(|user| user.and_then(member)).map_err(Into::into))
    }

    async fn can(&mut self, permissions: Vec<access::Permission>) -> Answer<Vec<bool>> {
        let visit = self.enter_ungated("access", "can")?;
        Ok(match self.in_time(super::actor(&visit)).await {
            Ok(Ok(actor)) => Ok(permissions.into_iter().map(|asked| decide(&actor, asked.into()).is_ok()).collect()),
            Ok(Err(problem)) => Err(problem.into()),
            Err(problem) => Err(problem),
        })
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
        }
    }
}
