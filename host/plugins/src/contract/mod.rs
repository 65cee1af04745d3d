//! The contract as the host sees it: the bindings of `wit/`, and the one place that knows its versions (C3).
//!
//! Imports come from `bindgen!` over the contract's `host` world; exports are the types in this folder, which are
//! at once what crosses the boundary and what the rest of the host works with: nothing is converted twice.
//! When a version follows 0.1.0, its types take over these names, those of 0.1.0 move to `v0_1_0`, and the
//! conversion from old to latest happens here and nowhere else.

pub(crate) mod ai_tools;
pub(crate) mod display_list;
pub(crate) mod formats;
pub(crate) mod imports;
pub(crate) mod save_strategy;
pub(crate) mod shapes;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The contract's package.
pub(crate) const PACKAGE: &str = "collabcanvas:plugin";

/// Versions of the contract that this host loads, newest last.
pub const CONTRACT_VERSIONS: &[&str] = &["0.1.0"];

/// What a plugin can be: one kind for each interface that it may export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It defines shape types.
    Shapes,
    /// It offers tools to an AI.
    AiTools,
    /// It reads and writes file formats.
    Formats,
    /// It decides when edits are made durable.
    SaveStrategy,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [Kind::Shapes, Kind::AiTools, Kind::Formats, Kind::SaveStrategy];

    /// The interface that makes a plugin of this kind.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Shapes => "shapes",
            Self::AiTools => "ai-tools",
            Self::Formats => "formats",
            Self::SaveStrategy => "save-strategy",
        }
    }

    /// The kind that exporting this interface makes.
    pub(crate) fn of_interface(interface: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.interface() == interface)
    }

    /// Whether the contract demands that its functions be pure: no import but `log`.
    pub(crate) fn is_pure(self) -> bool {
        match self {
            Self::Shapes | Self::Formats | Self::SaveStrategy => true,
            Self::AiTools => false,
        }
    }
}

/// The name under which a component exports an interface of the contract.
pub(crate) fn export_name(interface: &str, version: &str) -> String {
    format!("{PACKAGE}/{interface}@{version}")
}

/// An interface's name, taken apart: `collabcanvas:plugin/shapes@0.1.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceName {
    pub package: String,
    pub interface: String,
    pub version: String,
}

impl InterfaceName {
    /// Takes a name apart; none when it is not an interface's (a function or type at the top level).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (package, rest) = name.split_once('/')?;
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        Some(Self { package: package.into(), interface: interface.into(), version: version.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_name_comes_apart_with_and_without_a_version() {
        let name = InterfaceName::parse("collabcanvas:plugin/ai-tools@0.1.0").unwrap();
        assert_eq!((&*name.package, &*name.interface, &*name.version), (PACKAGE, "ai-tools", "0.1.0"));
        assert_eq!(InterfaceName::parse("a:b/c").unwrap().version, "");
        assert_eq!(InterfaceName::parse("run"), None);
    }
}
