use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Capabilities;

/// What a person is in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees the canvas.
    Viewer,
    /// Changes the canvas.
    Editor,
    /// Also decides about members, settings and plugins.
    Owner,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Role; 3] = [Role::Viewer, Role::Editor, Role::Owner];

    /// The role as it is written on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Editor => "editor",
            Role::Owner => "owner",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who wants to do something.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The role in the project of the person who acts; none when the host itself does, or somebody who is no member.
    pub role: Option<Role>,
    /// Whether that person is an operator of the server.
    pub operator: bool,
    /// The plugin through which they act, if they do.
    pub plugin: Option<Plugin>,
}

/// A plugin's part in an actor.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// Its name, for messages.
    pub name: String,
    /// What its manifest asks for.
    pub requested: Capabilities,
    /// What it is granted in this project.
    pub granted: Capabilities,
}

impl Actor {
    /// A member of the project.
    pub fn person(role: Role) -> Self {
        Self { role: Some(role), operator: false, plugin: None }
    }

    /// Somebody who is no member of the project.
    pub fn stranger() -> Self {
        Self { role: None, operator: false, plugin: None }
    }

    /// The same actor, as an operator of the server.
    #[must_use]
    pub fn with_operator_rights(mut self) -> Self {
        self.operator = true;
        self
    }

    /// The same actor, acting through a plugin.
    #[must_use]
    pub fn through(mut self, plugin: Plugin) -> Self {
        self.plugin = Some(plugin);
        self
    }
}
