//! What is read, checked and refused when a plugin is installed (C3, C4, C5).

mod fixture;

use collabcanvas_plugins::{InstallError, Kind, Limits};
use fixture::{Bench, manifest, module, shapes, shapes_with, start, strategy, typed};
use serde_json::json;

async fn refused(file: Vec<u8>) -> InstallError {
    Bench::new().runtime.install(file).await.unwrap_err()
}

#[tokio::test]
async fn a_core_module_as_the_compiler_left_it_is_installed() {
    let bench = Bench::new();
    let plugin = bench.install(shapes("plain", "")).await;
    assert_eq!(plugin.manifest.name, "plain");
    assert_eq!(plugin.digest.len(), 64);
    assert_eq!(plugin.kinds.iter().copied().collect::<Vec<_>>(), [Kind::Shapes]);
    assert_eq!(plugin.shape_types[0].shape_type.as_str(), "plain/box");
    assert_eq!(plugin.shape_types[0].default_size.width, 100.0);
    let json = serde_json::to_value(&plugin.shape_types[0]).unwrap();
    assert_eq!(json["default_props"], json!({}));
    assert_eq!(json["creation"], "box");
}

#[tokio::test]
async fn a_component_is_installed_as_it_is() {
    let file = shapes("component", "");
    let component = wit_component::ComponentEncoder::default().module(&file).unwrap().encode().unwrap();
    let plugin = Bench::new().install(component).await;
    assert_eq!(plugin.manifest.name, "component");
}

#[tokio::test]
async fn the_same_file_is_one_plugin() {
    let bench = Bench::new();
    let first = bench.install(shapes("a", "")).await;
    let again = bench.install(shapes("a", "")).await;
    assert!(std::sync::Arc::ptr_eq(&first, &again));
}

#[tokio::test]
async fn a_warm_cache_gives_the_same_plugin() {
    let bench = Bench::new();
    let file = shapes("a", "");
    let cold = bench.install(file.clone()).await;
    let files = || std::fs::read_dir(bench.cache()).unwrap().count();
    let cached = files();
    assert_eq!(cached, 2, "compiled code and browser build");
    let warm = start(&bench.cache(), Limits::default()).install(file).await.unwrap();
    assert_eq!((warm.digest.as_str(), files()), (cold.digest.as_str(), cached));
    assert_eq!(warm.browser_build().files.len(), cold.browser_build().files.len());
}

#[tokio::test]
async fn the_browser_build_has_an_entry_and_core_modules() {
    let plugin = Bench::new().install(shapes("a", "")).await;
    let files = &plugin.browser_build().files;
    let entry = std::str::from_utf8(&files["plugin.js"].bytes).unwrap();
    assert!(entry.contains("export function instantiate(getCoreModule, imports"), "{entry}");
    assert_eq!(files["plugin.js"].media_type, "text/javascript");
    assert_eq!(files["plugin.core.wasm"].media_type, "application/wasm");
    assert!(entry.contains("collabcanvas:plugin/log"), "the one import that a shape plugin has");
}

#[tokio::test]
async fn fifty_megabytes_of_garbage_are_refused_by_their_size() {
    let error = refused(vec![0xAB; 50 << 20]).await;
    assert!(matches!(error, InstallError::TooLarge { what: "the file", .. }), "{error}");
}

#[tokio::test]
async fn garbage_is_refused_with_its_first_bytes() {
    let error = refused(b"<!DOCTYPE html>".to_vec()).await.to_string();
    assert!(error.contains("3c 21 44 4f") && error.contains("upload the .wasm file"), "{error}");
}

#[tokio::test]
async fn a_file_that_was_cut_off_or_damaged_is_malformed() {
    let file = shapes("a", "");
    let error = refused(file[..file.len() / 2].to_vec()).await;
    assert!(matches!(error, InstallError::Malformed { .. } | InstallError::NoManifest), "{error}");
    let mut damaged = file.clone();
    damaged[40..60].fill(0xFF);
    assert!(matches!(refused(damaged).await, InstallError::Malformed { .. }));
}

#[tokio::test]
async fn a_file_without_a_manifest_is_refused() {
    let error = refused(typed("save-plugin", "(module)")).await;
    assert_eq!(error, InstallError::NoManifest);
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_is_refused_with_what_is_wrong() {
    for (bad, words) in [
        (json!({ "version": "1.0.0", "contract": "0.1.0" }), "missing field `name`"),
        (json!({ "name": "Bad Name", "version": "1.0.0", "contract": "0.1.0" }), "lower-case letters"),
        (json!({ "name": "a", "version": "one", "contract": "0.1.0" }), "written like 1.2.3"),
        (json!({ "name": "a", "version": "1.0.0", "contract": "0.1.0", "capabilities": ["root"] }), "root"),
    ] {
        let error = refused(module("save-plugin", &bad, "")).await.to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn c4_another_version_of_the_contract_is_refused_with_those_that_load() {
    let mut newer = manifest("a");
    newer["contract"] = json!("9.9.9");
    let error = refused(shapes_with(&newer, json!({}), "", "(local.get $count)")).await.to_string();
    assert!(error.contains("9.9.9") && error.contains("this host loads 0.1.0"), "{error}");
}

#[tokio::test]
async fn c4_a_component_of_another_version_is_refused() {
    let error =
        refused(component("", r#"(instance $e) (export "collabcanvas:plugin/shapes@9.9.9" (instance $e))"#)).await;
    let InstallError::ContractVersion { found } = &error else { panic!("{error}") };
    assert!(found.contains("it exports collabcanvas:plugin/shapes@9.9.9"), "{found}");
}

#[tokio::test]
async fn c5_a_component_that_imports_wasi_is_refused_with_the_mend() {
    let import = r#"(import "wasi:cli/environment@0.2.3" (instance))"#;
    let error = refused(component(import, "")).await;
    assert_eq!(error, InstallError::Wasi { imports: vec!["wasi:cli/environment@0.2.3".into()] });
    for mend in ["wasm32-unknown-unknown", "--stub-wasi", "stubWasi", "componentize-js"] {
        assert!(error.to_string().contains(mend), "{error}");
    }
}

#[tokio::test]
async fn c5_a_core_module_that_imports_wasi_is_refused_with_the_mend() {
    let import = r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#;
    let error = refused(module("save-plugin", &manifest("a"), import)).await;
    assert_eq!(error, InstallError::Wasi { imports: vec!["wasi_snapshot_preview1".into()] });
}

#[tokio::test]
async fn an_unknown_import_is_refused() {
    let error = refused(component(r#"(import "acme:tools/hammer" (instance))"#, "")).await;
    assert!(matches!(error, InstallError::UnknownImport { .. }), "{error}");
}

#[tokio::test]
async fn a_component_that_exports_nothing_known_is_refused() {
    let error = refused(component("", "")).await;
    assert_eq!(error, InstallError::NothingExported { found: vec![] });
    let error = refused(component("", r#"(instance $e) (export "acme:tools/hammer" (instance $e))"#)).await.to_string();
    assert!(
        error.contains("acme:tools/hammer") && error.contains("shapes, ai-tools, formats and save-strategy"),
        "{error}"
    );
}

#[tokio::test]
async fn a1_a_capability_that_an_import_needs_must_be_in_the_manifest() {
    let error = refused(fixture::tools("a", &["storage"])).await;
    let InstallError::CapabilityNotAsked { import, reason } = &error else { panic!("{error}") };
    assert_eq!(import, "collabcanvas:plugin/canvas-edit@0.1.0#apply");
    assert!(reason.contains("does not ask for canvas-write"), "{reason}");
}

#[tokio::test]
async fn a_pure_plugin_may_not_import_the_clock() {
    let mut manifest = manifest("a");
    manifest["capabilities"] = json!(["clock"]);
    let types = r#"(import "collabcanvas:plugin/clock@0.1.0" (instance (export "now-ms" (func (result u64)))))"#;
    let exports = r#"(instance $e) (export "collabcanvas:plugin/shapes@0.1.0" (instance $e))"#;
    let error = refused(component_of(&manifest, types, exports)).await;
    assert!(matches!(error, InstallError::ImpureImport { .. }), "{error}");
}

#[tokio::test]
async fn c4_an_interface_without_its_functions_is_refused() {
    let exports = r#"(instance $e) (export "collabcanvas:plugin/shapes@0.1.0" (instance $e))"#;
    let error = refused(component("", exports)).await;
    assert!(matches!(&error, InstallError::Signature { reason } if reason.contains("no function describe")), "{error}");
}

#[tokio::test]
async fn default_props_that_validate_changes_are_refused() {
    // `validate` cuts the answer to two bytes, and the default props have more.
    let cut = "(i32.store (i32.add (local.get $out) (i32.const 8)) (i32.const 2100))
        (i32.store16 (i32.const 2100) (i32.const 0x7d7b))
        (i32.store (i32.add (local.get $out) (i32.const 12)) (i32.const 2))";
    let error = refused(shapes_with(&manifest("a"), json!({ "n": 1 }), cut, "(local.get $count)")).await;
    let InstallError::BadDescription { what, reason } = &error else { panic!("{error}") };
    assert!(what.contains("box") && reason.contains("must be in normal form"), "{error}");
}

#[tokio::test]
async fn default_props_that_are_json_and_cannot_be_read_are_refused() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let error = refused(shapes_with(&manifest("a"), json!({ "n": deep }), "", "(local.get $count)")).await;
    let InstallError::BadDescription { reason, .. } = &error else { panic!("{error}") };
    assert!(reason.contains("the default props cannot be read"), "{error}");
}

#[tokio::test]
async fn default_props_that_are_no_object_are_refused() {
    let error = refused(shapes_with(&manifest("a"), json!([1]), "", "(local.get $count)")).await;
    assert!(
        matches!(&error, InstallError::BadDescription { reason, .. } if reason.contains("no JSON object")),
        "{error}"
    );
}

#[tokio::test]
async fn p1_a_plugin_that_breaks_a_limit_while_it_starts_is_refused() {
    let start = "(func $forever (loop $again (br $again))) (start $forever)";
    let body = format!(
        "{start} (memory (export \"memory\") 1)
        (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export \"collabcanvas:plugin/save-strategy@0.1.0#describe\") (result i32) unreachable)
        (func (export \"collabcanvas:plugin/save-strategy@0.1.0#plan\") (param i32) (result i32) unreachable)"
    );
    let bench = Bench::with(Limits { describe_ms: 20, ..Limits::default() });
    let error = bench.runtime.install(module("save-plugin", &manifest("a"), &body)).await.unwrap_err();
    assert!(error.to_string().contains("it ran longer than 20 ms"), "{error}");
}

#[tokio::test]
async fn an_install_that_takes_too_long_is_given_up() {
    let bench = Bench::with(Limits { install_ms: 0, ..Limits::default() });
    let error = bench.runtime.install(shapes("a", "")).await.unwrap_err();
    assert_eq!(error, InstallError::TooSlow { limit_ms: 0 });
}

#[tokio::test]
async fn limits_of_the_install_say_what_was_found() {
    let file = || strategy("a", "(i32.const 4096)");
    for (limits, what) in [
        (Limits { file_bytes: 100, ..Limits::default() }, "the file"),
        (Limits { functions: 2, ..Limits::default() }, "functions"),
        (Limits { function_bytes: 4, ..Limits::default() }, "a function"),
        (Limits { code_bytes: 20, ..Limits::default() }, "bytes of code"),
        (Limits { manifest_bytes: 10, ..Limits::default() }, "the manifest"),
    ] {
        let error = Bench::with(limits).runtime.install(file()).await.unwrap_err();
        assert!(matches!(error, InstallError::TooLarge { .. }) && error.to_string().contains(what), "{error}");
    }
}

/// A component with a manifest, these imports and these exports.
fn component(imports: &str, exports: &str) -> Vec<u8> {
    component_of(&manifest("a"), imports, exports)
}

fn component_of(manifest: &serde_json::Value, imports: &str, exports: &str) -> Vec<u8> {
    let section = fixture::escaped(manifest.to_string().as_bytes());
    wat::parse_str(format!(r#"(component (@custom "collabcanvas:manifest" "{section}") {imports} {exports})"#)).unwrap()
}
