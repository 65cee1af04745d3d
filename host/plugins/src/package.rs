//! Reading a plugin file without running it: what it is, what it says of itself, what it imports and exports (C4).
//!
//! A file is a component, or the core module that `cargo build --target wasm32-unknown-unknown` leaves behind, in
//! which `wit-bindgen` has put the component's types; that is encoded as a component here, so that authors need no
//! other tool.

use sha2::{Digest, Sha256};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{Encoding, Parser, Payload, Validator};

use crate::contract::InterfaceName;
use crate::manifest::{MANIFEST_SECTION, Manifest, shown};
use crate::{InstallError, Limits};

/// A file that has been read and is well formed; whether it may be installed is for [`crate::admission`] to say.
pub(crate) struct Package {
    /// SHA-256 of the file as it came, in hexadecimal.
    pub digest: String,
    pub manifest: Manifest,
    /// The component, encoded if the file was a core module.
    pub component: Vec<u8>,
    pub imports: Vec<Interface>,
    pub exports: Vec<Interface>,
}

/// Something that a component imports or exports.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    /// Its whole name, as the component writes it.
    pub full_name: String,
    /// The name taken apart; none for what is no interface.
    pub name: Option<InterfaceName>,
    /// The functions in it that the component uses or has.
    pub functions: Vec<String>,
}

/// SHA-256 of a file, in hexadecimal: a plugin's identity.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Package {
    /// Reads a file. Takes some milliseconds and does not run the plugin.
    pub(crate) fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Self, InstallError> {
        check_size("the file", bytes.len(), "bytes", limits.file_bytes)?;
        let survey = Survey::of(&bytes, limits)?;
        let manifest = Manifest::parse(survey.manifest.as_deref().ok_or(InstallError::NoManifest)?)?;
        let digest = digest(&bytes);
        let component = if survey.is_component { bytes } else { encode(&bytes, &survey)? };
        let (imports, exports) = interfaces(&component)?;
        Ok(Self { digest, manifest, component, imports, exports })
    }
}

/// One pass over a file, however deep its modules are nested: what limits and manifest need.
#[derive(Default)]
struct Survey {
    is_component: bool,
    manifest: Option<Vec<u8>>,
    has_component_types: bool,
    /// Modules that the file itself imports from, when it is a core module.
    imported_modules: Vec<String>,
}

impl Survey {
    fn of(bytes: &[u8], limits: &Limits) -> Result<Self, InstallError> {
        if !Parser::is_component(bytes) && !Parser::is_core_wasm(bytes) {
            let head = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return Err(InstallError::NotWasm { bytes: bytes.len(), head });
        }
        let mut survey = Self { is_component: Parser::is_component(bytes), ..Self::default() };
        let (mut functions, mut code) = (0_usize, 0_usize);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(|error| InstallError::Malformed { reason: error.to_string() })? {
                Payload::Version { encoding: Encoding::Module, .. } if survey.is_component => {}
                Payload::ImportSection(imports) if !survey.is_component => survey.note_imports(imports),
                Payload::CodeSectionEntry(body) => {
                    let length = body.as_bytes().len();
                    check_size("a function", length, "bytes", limits.function_bytes as usize)?;
                    functions += 1;
                    code += length;
                    check_size("the file", functions, "functions", limits.functions as usize)?;
                    check_size("the file", code, "bytes of code", limits.code_bytes)?;
                }
                Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                    survey.note_manifest(section.data(), limits)?;
                }
                Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                    survey.has_component_types = true;
                }
                _ => {}
            }
        }
        Ok(survey)
    }

    fn note_imports(&mut self, imports: wasmparser::ImportSectionReader<'_>) {
        for import in imports.into_imports().flatten() {
            if !self.imported_modules.iter().any(|known| known == import.module) {
                self.imported_modules.push(import.module.to_owned());
            }
        }
    }

    fn note_manifest(&mut self, data: &[u8], limits: &Limits) -> Result<(), InstallError> {
        check_size("the manifest", data.len(), "bytes", limits.manifest_bytes)?;
        if self.manifest.as_deref().is_some_and(|other| other != data) {
            return Err(InstallError::BadManifest { found: "two of them that differ".into() });
        }
        self.manifest = Some(data.to_vec());
        Ok(())
    }
}

fn check_size(what: &'static str, found: usize, unit: &'static str, limit: usize) -> Result<(), InstallError> {
    if found <= limit { Ok(()) } else { Err(InstallError::TooLarge { what, found, unit, limit }) }
}

fn encode(module: &[u8], survey: &Survey) -> Result<Vec<u8>, InstallError> {
    let wasi: Vec<String> =
        survey.imported_modules.iter().filter(|name| is_wasi(name)).map(|name| shown(name)).collect();
    if !wasi.is_empty() {
        return Err(InstallError::Wasi { imports: wasi });
    }
    if !survey.has_component_types {
        return Err(InstallError::NoContract);
    }
    let encoded = wit_component::ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| InstallError::Malformed { reason: format!("{error:#}") })?;
    Ok(encoded)
}

/// Whether this is an interface or module of WASI, in any of its versions.
pub(crate) fn is_wasi(name: &str) -> bool {
    name.starts_with("wasi:") || name.starts_with("wasi_") || name == "wasi"
}

/// Imports and exports of a component.
fn interfaces(component: &[u8]) -> Result<(Vec<Interface>, Vec<Interface>), InstallError> {
    let malformed = |error: wasmparser::BinaryReaderError| InstallError::Malformed { reason: error.to_string() };
    let types = Validator::new().validate_all(component).map_err(malformed)?;
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(malformed)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import.map_err(malformed)?.name.name;
                    imports.push(interface(&types, name, types.as_ref().component_item_for_import(name)));
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let name = export.map_err(malformed)?.name.name;
                    exports.push(interface(&types, name, types.as_ref().component_item_for_export(name)));
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

fn interface(types: &Types, name: &str, item: Option<&wasmparser::component_types::ComponentItem>) -> Interface {
    let functions = match item.map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => types[id]
            .exports
            .iter()
            .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    };
    Interface { full_name: name.to_owned(), name: InterfaceName::parse(name), functions }
}
