//! The browser build: a component translated to an ES module and core modules that every browser runs.
//!
//! The entry, `plugin.js`, exports `instantiate(getCoreModule, imports, instantiateCore?)`. Files are named by the
//! plugin's digest and never change, so they are served as immutable.

use std::collections::BTreeMap;

use bytes::Bytes;
use js_component_bindgen::{InstantiationMode, TranspileOpts, transpile};

use crate::InstallError;
use crate::artefacts::Artefacts;

/// File name of the module that a browser imports.
pub const BROWSER_ENTRY: &str = "plugin.js";

/// Bump it when the options below, or the translator, change what comes out.
const CACHE_NAME: &str = "browser-1";

/// What a browser needs to run a plugin.
#[derive(Clone, Debug, Default)]
pub struct BrowserBuild {
    /// File names with what is in them.
    pub files: BTreeMap<String, BrowserFile>,
}

/// One file of a browser build.
#[derive(Clone, Debug)]
pub struct BrowserFile {
    /// Its media type: `text/javascript` or `application/wasm`.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Bytes,
}

impl BrowserBuild {
    /// Takes the build from the cache or makes it: 3 to 10 ms for a Rust guest, 400 for a Python interpreter.
    pub(crate) fn of(artefacts: &Artefacts, digest: &str, component: &[u8]) -> Result<Self, InstallError> {
        if let Some(build) = artefacts.read(digest, CACHE_NAME).and_then(|packed| Self::unpack(&Bytes::from(packed))) {
            return Ok(build);
        }
        let build = Self::translate(component)?;
        artefacts.write(digest, CACHE_NAME, &build.pack());
        Ok(build)
    }

    fn translate(component: &[u8]) -> Result<Self, InstallError> {
        let options = TranspileOpts {
            name: BROWSER_ENTRY.trim_end_matches(".js").into(),
            no_typescript: true,
            instantiation_mode: Some(InstantiationMode::Async),
            nodejs_compat_disabled: true,
            base64_cutoff: 0,
            ..TranspileOpts::default()
        };
        let translated = transpile(component, options)
            .map_err(|error| InstallError::BrowserBuild { reason: format!("{error:#}") })?;
        let files = translated.files.into_iter().map(|(name, bytes)| {
            let media_type = media_type(&name);
            (name, BrowserFile { media_type, bytes: bytes.into() })
        });
        Ok(Self { files: files.collect() })
    }

    /// One file of all: for each, the lengths of name and content (32 bits each, big-endian), then both.
    fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::new();
        for (name, file) in &self.files {
            for length in [name.len(), file.bytes.len()] {
                packed.extend(u32::try_from(length).expect("a plugin's file is limited to far less").to_be_bytes());
            }
            packed.extend_from_slice(name.as_bytes());
            packed.extend_from_slice(&file.bytes);
        }
        packed
    }

    fn unpack(packed: &Bytes) -> Option<Self> {
        let mut files = BTreeMap::new();
        let mut at = 0;
        let mut take = |length: usize| {
            let part = (at + length <= packed.len()).then(|| packed.slice(at..at + length))?;
            at += length;
            Some(part)
        };
        while let Some(lengths) = take(8) {
            let length = |part: &[u8]| part.try_into().ok().map(u32::from_be_bytes).map(|length| length as usize);
            let name = take(length(&lengths[..4])?)?;
            let bytes = take(length(&lengths[4..])?)?;
            let name = std::str::from_utf8(&name).ok()?.to_owned();
            files.insert(name.clone(), BrowserFile { media_type: media_type(&name), bytes });
        }
        files.contains_key(BROWSER_ENTRY).then_some(Self { files })
    }
}

fn media_type(name: &str) -> &'static str {
    if name.ends_with(".wasm") { "application/wasm" } else { "text/javascript" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_survives_the_cache_and_a_damaged_one_does_not() {
        let file = |name: &str, text: &'static str| {
            (name.to_owned(), BrowserFile { media_type: media_type(name), bytes: Bytes::from(text) })
        };
        let build =
            BrowserBuild { files: BTreeMap::from([file(BROWSER_ENTRY, "export"), file("plugin.core.wasm", "")]) };
        let packed = Bytes::from(build.pack());
        let again = BrowserBuild::unpack(&packed).unwrap();
        assert_eq!(again.files[BROWSER_ENTRY].bytes, "export");
        assert_eq!(again.files["plugin.core.wasm"].media_type, "application/wasm");
        assert!(BrowserBuild::unpack(&packed.slice(..packed.len() - 20)).is_none());
    }
}
