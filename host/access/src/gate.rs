use crate::{Actor, Capability, Permission, Plugin, Role};

/// Why the gate said no. Its text is for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person's role does not allow it.
    #[error("{who} may not {what}: {mend}")]
    NotPermitted {
        /// Who asked: `a viewer`.
        who: &'static str,
        /// What for: `change shapes`.
        what: &'static str,
        /// What can be done about it.
        mend: &'static str,
    },
    /// The plugin's manifest does not ask for the capability, or a grant is missing.
    #[error("the plugin {plugin} may not {what}: {reason}")]
    NotGranted {
        /// The plugin's name.
        plugin: String,
        /// What it tried.
        what: &'static str,
        /// Which of manifest and grants lacks which capability.
        reason: String,
    },
}

impl Refusal {
    /// The problem code of the contract: `not-permitted` or `not-granted`.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotPermitted { .. } => "not-permitted",
            Refusal::NotGranted { .. } => "not-granted",
        }
    }
}

/// Decides whether `actor` may do what `permission` names: the one gate (A1).
///
/// It is a pure function; role and grants are those of the moment it is called (A2).
pub fn decide(actor: &Actor, permission: Permission) -> Result<(), Refusal> {
    if let Some(plugin) = &actor.plugin {
        check_plugin(plugin, permission)?;
    }
    check_person(actor, permission)
}

/// What a person needs for a thing.
enum Need {
    Role(Role),
    Operator,
    /// Nothing of the person: only a plugin does this, for itself.
    Nothing,
}

fn need(permission: Permission) -> (Need, &'static str) {
    match permission {
        Permission::ReadCanvas => (Need::Role(Role::Viewer), "see the canvas"),
        Permission::ShowPresence => (Need::Role(Role::Viewer), "show a cursor"),
        Permission::EditCanvas => (Need::Role(Role::Editor), "change shapes"),
        Permission::ManageProject => (Need::Role(Role::Owner), "manage the project"),
        Permission::CreateProject => (Need::Operator, "make projects"),
        Permission::ManageServer => (Need::Operator, "manage the server"),
        Permission::ReadPluginStorage => (Need::Role(Role::Viewer), "read kept data"),
        Permission::WritePluginStorage => (Need::Role(Role::Editor), "keep data"),
        Permission::AskAccess => (Need::Nothing, "ask who acts"),
        Permission::ReadSettings => (Need::Nothing, "read its settings"),
        Permission::WriteLog => (Need::Nothing, "write to the log"),
        Permission::ReadClock => (Need::Nothing, "tell the time"),
    }
}

/// The capability that a plugin needs for a thing; an error for what no plugin may ever do.
fn capability(permission: Permission) -> Result<Option<Capability>, &'static str> {
    match permission {
        Permission::ReadCanvas => Ok(Some(Capability::CanvasRead)),
        Permission::EditCanvas => Ok(Some(Capability::CanvasWrite)),
        Permission::ReadPluginStorage | Permission::WritePluginStorage => Ok(Some(Capability::Storage)),
        Permission::ReadClock => Ok(Some(Capability::Clock)),
        Permission::AskAccess | Permission::ReadSettings | Permission::WriteLog => Ok(None),
        Permission::ShowPresence | Permission::ManageProject | Permission::CreateProject | Permission::ManageServer => {
            Err("no plugin may do this")
        }
    }
}

fn check_plugin(plugin: &Plugin, permission: Permission) -> Result<(), Refusal> {
    let reason = match capability(permission) {
        Ok(None) => return Ok(()),
        Ok(Some(capability)) if !plugin.requested.contains(&capability) => {
            format!("its manifest does not ask for {capability}")
        }
        Ok(Some(capability)) if !plugin.granted.contains(&capability) => {
            format!("it has not been granted {capability} in this project")
        }
        Ok(Some(_)) => return Ok(()),
        Err(never) => never.to_owned(),
    };
    Err(Refusal::NotGranted { plugin: plugin.name.clone(), what: need(permission).1, reason })
}

fn check_person(actor: &Actor, permission: Permission) -> Result<(), Refusal> {
    let (need, what) = need(permission);
    let (allowed, mend) = match need {
        Need::Nothing => (true, ""),
        Need::Operator => (actor.operator, "ask an operator of the server"),
        Need::Role(least) => (
            actor.role.is_some_and(|role| role >= least),
            match least {
                Role::Viewer => "ask an owner of the project to invite you",
                Role::Editor => "ask an owner to make you an editor",
                Role::Owner => "ask an owner to do it",
            },
        ),
    };
    if allowed {
        return Ok(());
    }
    let who = match actor.role {
        None => "somebody who is not a member",
        Some(Role::Viewer) => "a viewer",
        Some(Role::Editor) => "an editor",
        Some(Role::Owner) => "an owner",
    };
    Err(Refusal::NotPermitted { who, what, mend })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Capabilities;

    fn plugin(requested: &[Capability], granted: &[Capability]) -> Plugin {
        let set = |list: &[Capability]| list.iter().copied().collect::<Capabilities>();
        Plugin { name: "tidy".into(), requested: set(requested), granted: set(granted) }
    }

    /// The whole table, so that a change to any cell is a change to this test (A1).
    #[test]
    fn a1_each_role_may_do_what_the_table_says() {
        let may = |role: Option<Role>, operator: bool| {
            let actor = Actor { role, operator, plugin: None };
            Permission::ALL.map(|permission| decide(&actor, permission).is_ok())
        };
        // read, edit, presence, manage, create, server; then what only plugins do
        let (yes, no) = (true, false);
        assert_eq!(may(None, false), [no, no, no, no, no, no, no, no, yes, yes, yes, yes]);
        assert_eq!(may(Some(Role::Viewer), false), [yes, no, yes, no, no, no, yes, no, yes, yes, yes, yes]);
        assert_eq!(may(Some(Role::Editor), false), [yes, yes, yes, no, no, no, yes, yes, yes, yes, yes, yes]);
        assert_eq!(may(Some(Role::Owner), false), [yes, yes, yes, yes, no, no, yes, yes, yes, yes, yes, yes]);
        assert_eq!(may(None, true), [no, no, no, no, yes, yes, no, no, yes, yes, yes, yes]);
    }

    #[test]
    fn a1_a_plugin_needs_manifest_grant_and_role_together() {
        use Capability::CanvasWrite;
        let editor = || Actor::person(Role::Editor);
        let edit = |actor: Actor| decide(&actor, Permission::EditCanvas).map_err(|refusal| refusal.code());
        assert_eq!(edit(editor().through(plugin(&[CanvasWrite], &[CanvasWrite]))), Ok(()));
        assert_eq!(edit(editor().through(plugin(&[], &[CanvasWrite]))), Err("not-granted"));
        assert_eq!(edit(editor().through(plugin(&[CanvasWrite], &[]))), Err("not-granted"));
        let viewer = Actor::person(Role::Viewer).through(plugin(&[CanvasWrite], &[CanvasWrite]));
        assert_eq!(edit(viewer), Err("not-permitted"));
    }

    #[test]
    fn a1_no_plugin_manages_anything_even_for_an_owner_who_operates_the_server() {
        let all = Capability::ALL;
        let actor = Actor::person(Role::Owner).with_operator_rights().through(plugin(&all, &all));
        for permission in [Permission::ManageProject, Permission::CreateProject, Permission::ManageServer] {
            assert_eq!(decide(&actor, permission).unwrap_err().code(), "not-granted");
        }
    }
}
