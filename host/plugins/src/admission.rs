//! Whether a package may be installed: the rules of the contract that can be checked without running it (C4, C5).

use std::collections::BTreeSet;

use collabcanvas_access::{Actor, Capability, Plugin, Role, decide};

use crate::InstallError;
use crate::contract::{CONTRACT_VERSIONS, Kind, PACKAGE};
use crate::host::permission;
use crate::manifest::Manifest;
use crate::package::{Interface, Package, is_wasi};

/// Interfaces that hold types only: a component that imports one imports no code.
const TYPES_ONLY: [&str; 2] = ["types", "drawing"];

/// The one import with code that pure functions may use.
const PURE_IMPORT: &str = "log";

/// Checks a package, and tells which kinds of plugin it is.
pub(crate) fn admit(package: &Package) -> Result<BTreeSet<Kind>, InstallError> {
    check_manifest_version(&package.manifest)?;
    refuse_wasi(&package.imports)?;
    for import in &package.imports {
        check_import(import, &package.manifest)?;
    }
    let kinds = kinds(&package.exports)?;
    check_purity(&kinds, &package.imports)?;
    Ok(kinds)
}

fn check_manifest_version(manifest: &Manifest) -> Result<(), InstallError> {
    if CONTRACT_VERSIONS.contains(&manifest.contract.as_str()) {
        return Ok(());
    }
    Err(InstallError::ContractVersion { found: format!("its manifest names version {:?}", manifest.contract) })
}

fn refuse_wasi(imports: &[Interface]) -> Result<(), InstallError> {
    let wasi: Vec<String> =
        imports.iter().filter(|import| is_wasi(&import.full_name)).map(|import| import.full_name.clone()).collect();
    if wasi.is_empty() { Ok(()) } else { Err(InstallError::Wasi { imports: wasi }) }
}

fn check_import(import: &Interface, manifest: &Manifest) -> Result<(), InstallError> {
    let unknown = || InstallError::UnknownImport { found: import.full_name.clone() };
    let name = import.name.as_ref().filter(|name| name.package == PACKAGE).ok_or_else(unknown)?;
    if !CONTRACT_VERSIONS.contains(&name.version.as_str()) {
        return Err(InstallError::ContractVersion { found: format!("it imports {}", import.full_name) });
    }
    for function in &import.functions {
        let needed = permission(&name.interface, function).ok_or_else(|| InstallError::UnknownImport {
            found: format!("{} with the function {function}", import.full_name),
        })?;
        // The gate is asked as if everything were granted and an owner acted: what is left is the manifest.
        let plugin = Plugin {
            name: manifest.name.clone(),
            requested: manifest.capabilities.clone(),
            granted: Capability::ALL.into_iter().collect(),
        };
        decide(&Actor::person(Role::Owner).through(plugin), needed).map_err(|refusal| {
            InstallError::CapabilityNotAsked {
                import: format!("{}#{function}", import.full_name),
                reason: refusal.to_string(),
            }
        })?;
    }
    Ok(())
}

fn kinds(exports: &[Interface]) -> Result<BTreeSet<Kind>, InstallError> {
    let mut kinds = BTreeSet::new();
    for export in exports {
        let Some(name) = export.name.as_ref().filter(|name| name.package == PACKAGE) else { continue };
        if !CONTRACT_VERSIONS.contains(&name.version.as_str()) {
            return Err(InstallError::ContractVersion { found: format!("it exports {}", export.full_name) });
        }
        kinds.extend(Kind::of_interface(&name.interface));
    }
    if kinds.is_empty() {
        let found = exports.iter().map(|export| export.full_name.clone()).collect();
        return Err(InstallError::NothingExported { found });
    }
    Ok(kinds)
}

/// A plugin whose every export is pure may import only what cannot change its answers.
fn check_purity(kinds: &BTreeSet<Kind>, imports: &[Interface]) -> Result<(), InstallError> {
    if kinds.iter().any(|kind| !kind.is_pure()) {
        return Ok(());
    }
    let is_pure = |interface: &str| interface == PURE_IMPORT || TYPES_ONLY.contains(&interface);
    let impure =
        imports.iter().find(|import| import.name.as_ref().is_some_and(|name| !is_pure(name.interface.as_str())));
    match impure {
        None => Ok(()),
        Some(import) => Err(InstallError::ImpureImport {
            import: import.full_name.clone(),
            exports: kinds.iter().map(|kind| kind.interface()).collect::<Vec<_>>().join(", "),
        }),
    }
}
