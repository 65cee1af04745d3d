//! `access`: for whom the plugin acts, and what the gate would say.

use collabcanvas_access::{Actor, Permission, Role, decide};

use super::{ActingUser, Answer};
use crate::contract::imports::access;
use crate::instance::GuestState;

impl access::Host for GuestState {
    async fn acting(&mut self) -> Answer<Option<access::Actor>> {
        let visit = match self.enter_counted("access", "acting")? {
            Ok(visit) => visit,
            Err(problem) => return Ok(Err(problem)),
        };
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
        let visit = match self.enter_counted("access", "can")? {
            Ok(visit) => visit,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(match self.in_time(super::actor(&visit)).await {
            Ok(Ok(actor)) => Ok(may_all(&actor, &permissions)),
            Ok(Err(problem)) => Err(problem.into()),
            Err(problem) => Err(problem),
        })
    }
}

/// What the gate says to each, asked once for each permission that there is: the list may have millions.
fn may_all(actor: &Actor, permissions: &[access::Permission]) -> Vec<bool> {
    let may = |permission| decide(actor, permission).is_ok();
    let (may_read, may_edit) = (may(Permission::ReadCanvas), may(Permission::EditCanvas));
    let one = |permission: &access::Permission| match permission {
        access::Permission::ReadCanvas => may_read,
        access::Permission::EditCanvas => may_edit,
    };
    permissions.iter().map(one).collect()
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
