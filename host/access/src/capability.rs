use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a plugin asks for in its manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// See shapes, selection and viewport of the acting user.
    CanvasRead,
    /// Change shapes as the acting user.
    CanvasWrite,
    /// Keep data of its own in the project.
    Storage,
    /// Tell the time.
    Clock,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Capability; 4] =
        [Capability::CanvasRead, Capability::CanvasWrite, Capability::Storage, Capability::Clock];

    /// The capability as manifests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::CanvasRead => "canvas-read",
            Capability::CanvasWrite => "canvas-write",
            Capability::Storage => "storage",
            Capability::Clock => "clock",
        }
    }

    /// The capability of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == name)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of capabilities.
pub type Capabilities = BTreeSet<Capability>;
