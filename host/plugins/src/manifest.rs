//! A plugin's manifest: what it says of itself, embedded in its file and read without running it.

use std::collections::BTreeSet;

use collabcanvas_access::Capability;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::InstallError;

/// Name of the custom section that holds the manifest as JSON, at whatever level of nesting.
pub const MANIFEST_SECTION: &str = "collabcanvas:manifest";

/// What a plugin says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name, the first half of its shape types' names: lower-case letters, digits and `-`.
    pub name: String,
    /// Its version, as semantic versioning writes it.
    pub version: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// Who wrote it.
    #[serde(default)]
    pub authors: Vec<String>,
    /// Its licence, as an SPDX expression.
    #[serde(default)]
    pub license: String,
    /// What it asks to be allowed.
    #[serde(default)]
    #[ts(type = "string[]")]
    pub capabilities: BTreeSet<Capability>,
    /// The version of the contract that it was built for.
    pub contract: String,
    /// The JSON Schema of its settings, if it has any: an object schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "Record<string, unknown>", optional)]
    pub settings_schema: Option<serde_json::Map<String, serde_json::Value>>,
}

/// The first half of the names of the host's own shape types.
const RESERVED_NAME: &str = "core";

impl Manifest {
    /// Reads and checks a manifest.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, InstallError> {
        let bad = |found: String| InstallError::BadManifest { found };
        let manifest: Self = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
        if !is_name(&manifest.name) {
            return Err(bad(format!(
                "the name {:?}; a name has 1 to 64 lower-case letters, digits and -",
                shown(&manifest.name)
            )));
        }
        if manifest.name == RESERVED_NAME {
            return Err(bad(format!("the name {RESERVED_NAME:?}, which is the host's own: choose another")));
        }
        if !is_version(&manifest.version) {
            return Err(bad(format!("the version {:?}; a version is written like 1.2.3", shown(&manifest.version))));
        }
        Ok(manifest)
    }
}

/// Whether this is the name of a plugin, shape type or format: 1 to 64 lower-case letters, digits and `-`.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether this is a tool's name: 1 to 64 lower-case letters, digits and `_`.
pub(crate) fn is_tool_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
        && numbers.len() == 3
        && numbers.iter().all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// As much of a foreign text as belongs in a message.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
