//! The manifest: what a host knows of a plugin without running it.
//!
//! [`export_plugin!`](crate::export_plugin) takes it from the plugin's `Cargo.toml` and puts it, as JSON,
//! into the custom section `collabcanvas:manifest` of the wasm file. All of that happens while the plugin
//! is compiled, in `const fn`: no build script, no macro crate, no code in the component.

/// The contract's version that this crate speaks.
pub const CONTRACT: &str = "0.1.0";

/// What a plugin asks the operator for. What it gets also depends on the project and on who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// See the canvas: `canvas`.
    CanvasRead,
    /// Change the canvas: `canvas-edit`.
    CanvasWrite,
    /// Keep data of its own in the project: `storage`.
    Storage,
    /// Know the time: `clock`.
    Clock,
}

impl Capability {
    /// Its name in manifests and grants.
    pub const fn name(self) -> &'static str {
        match self {
            Capability::CanvasRead => "canvas-read",
            Capability::CanvasWrite => "canvas-write",
            Capability::Storage => "storage",
            Capability::Clock => "clock",
        }
    }
}

/// A plugin's manifest, before it is written as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Manifest {
    /// The plugin's name: the first part of its shape types' full names.
    pub name: &'static str,
    /// Its own version.
    pub version: &'static str,
    /// One line on what it is for.
    pub description: &'static str,
    /// Who made it, separated by `:` as Cargo hands them over.
    pub authors: &'static str,
    /// Its licence, as an SPDX expression.
    pub license: &'static str,
    /// What it asks for.
    pub capabilities: &'static [Capability],
    /// The JSON Schema of its settings, as JSON; empty: it has none.
    pub settings_schema: &'static str,
}

impl Manifest {
    /// How long its JSON is.
    pub const fn json_len(&self) -> usize {
        self.write(JsonBytes::<0>::new()).len
    }

    /// Its JSON; `N` is what [`json_len`](Self::json_len) says.
    pub const fn json<const N: usize>(&self) -> [u8; N] {
        self.write(JsonBytes::<N>::new()).bytes
    }

    const fn write<const N: usize>(&self, out: JsonBytes<N>) -> JsonBytes<N> {
        let out = out.raw("{\"name\":").string(self.name);
        let out = out.raw(",\"version\":").string(self.version);
        let out = out.raw(",\"description\":").string(self.description);
        let out = out.raw(",\"authors\":[").authors(self.authors);
        let out = out.raw("],\"license\":").string(self.license);
        let out = out.raw(",\"capabilities\":[").names(self.capabilities);
        let out = out.raw("],\"contract\":").string(CONTRACT);
        let out = if self.settings_schema.is_empty() {
            out
        } else {
            out.raw(",\"settings_schema\":").raw(self.settings_schema)
        };
        out.raw("}")
    }
}

/// JSON under construction at compile time. Beyond `N` bytes it only counts, so that `N = 0` measures.
struct JsonBytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> JsonBytes<N> {
    const fn new() -> Self {
        JsonBytes { bytes: [0; N], len: 0 }
    }

    const fn byte(mut self, byte: u8) -> Self {
        if self.len < N {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
        self
    }

    const fn raw(mut self, text: &str) -> Self {
        let mut i = 0;
        while i < text.len() {
            self = self.byte(text.as_bytes()[i]);
            i += 1;
        }
        self
    }

    /// One byte of a JSON string, escaped where RFC 8259 wants it.
    const fn escaped(self, byte: u8) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'"' | b'\\' => self.byte(b'\\').byte(byte),
            0..0x20 => self.raw("\\u00").byte(HEX[(byte >> 4) as usize]).byte(HEX[(byte & 15) as usize]),
            _ => self.byte(byte),
        }
    }

    const fn string(mut self, text: &str) -> Self {
        self = self.byte(b'"');
        let mut i = 0;
        while i < text.len() {
            self = self.escaped(text.as_bytes()[i]);
            i += 1;
        }
        self.byte(b'"')
    }

    /// The authors as strings with commas between: a `:` of the list becomes `","`.
    const fn authors(mut self, list: &str) -> Self {
        if list.is_empty() {
            return self;
        }
        self = self.byte(b'"');
        let mut i = 0;
        while i < list.len() {
            self = match list.as_bytes()[i] {
                b':' => self.raw("\",\""),
                byte => self.escaped(byte),
            };
            i += 1;
        }
        self.byte(b'"')
    }

    const fn names(mut self, capabilities: &[Capability]) -> Self {
        let mut i = 0;
        while i < capabilities.len() {
            if i > 0 {
                self = self.byte(b',');
            }
            self = self.string(capabilities[i].name());
            i += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: Manifest = Manifest {
        name: "hearts",
        version: "1.2.0",
        description: "Hearts \"and\" \\ more\nÄhnliches",
        authors: "Ada <ada@example.com>:Grace",
        license: "MIT OR Apache-2.0",
        capabilities: &[Capability::CanvasRead, Capability::Clock],
        settings_schema: r#"{"type":"object"}"#,
    };

    #[test]
    fn a_manifest_is_json_made_while_compiling() {
        const JSON: [u8; MANIFEST.json_len()] = MANIFEST.json();
        let json: serde_json::Value = serde_json::from_slice(&JSON).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "name": "hearts",
                "version": "1.2.0",
                "description": "Hearts \"and\" \\ more\nÄhnliches",
                "authors": ["Ada <ada@example.com>", "Grace"],
                "license": "MIT OR Apache-2.0",
                "capabilities": ["canvas-read", "clock"],
                "contract": "0.1.0",
                "settings_schema": {"type": "object"},
            })
        );
    }

    #[test]
    fn a_manifest_without_authors_capabilities_and_settings_is_json_too() {
        const BARE: Manifest = Manifest { authors: "", capabilities: &[], settings_schema: "", ..MANIFEST };
        const JSON: [u8; BARE.json_len()] = BARE.json();
        let json: serde_json::Value = serde_json::from_slice(&JSON).unwrap();
        assert_eq!(json["authors"], serde_json::json!([]));
        assert_eq!(json["capabilities"], serde_json::json!([]));
        assert_eq!(json.get("settings_schema"), None);
    }
}
