//! Why a plugin could not be installed: what was found, what was expected, what to do.

use crate::contract::CONTRACT_VERSIONS;
use crate::faults::Fault;

/// Why a file was not installed. Its text is for the person who tried.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InstallError {
    /// Something exceeds a limit of the install.
    #[error(
        "{what} has {found} {unit}; the limit is {limit}: make the plugin smaller, or have the operator raise the limit"
    )]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// How much of it there is.
        found: usize,
        /// The unit of both numbers.
        unit: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// The file is no WebAssembly at all.
    #[error(
        "the {bytes} bytes begin with {head:?}, which is no WebAssembly: upload the .wasm file that the build made"
    )]
    NotWasm {
        /// Length of the file.
        bytes: usize,
        /// Its first bytes, in hexadecimal.
        head: String,
    },
    /// The file is WebAssembly that does not hold together.
    #[error("the file is not valid WebAssembly: {reason}; build it again, and check that the download was complete")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// A core module without types of the contract.
    #[error(
        "the file is a core module that does not say which interfaces it implements: build it with the crate \
         collabcanvas-plugin or with wit-bindgen, or turn it into a component"
    )]
    NoContract,
    /// The file holds no manifest.
    #[error(
        "the file has no custom section collabcanvas:manifest: export the plugin with the macro of collabcanvas-plugin, \
         or add the section (JSON: name, version, contract, capabilities) with your build"
    )]
    NoManifest,
    /// The manifest cannot be read, or says something that it may not.
    #[error("the manifest (custom section collabcanvas:manifest) is not usable: {found}")]
    BadManifest {
        /// What was found.
        found: String,
    },
    /// It was built for a version of the contract that this host does not know.
    #[error("the plugin is built for another version of the contract: {found}; this host loads {}: build it against one of these", CONTRACT_VERSIONS.join(", "))]
    ContractVersion {
        /// Where which version was found.
        found: String,
    },
    /// It imports WASI.
    #[error(
        "the plugin imports {}; plugins run without files, network and environment, here and in browsers. Build it without \
         WASI: Rust: --target wasm32-unknown-unknown; Python: componentize-py --stub-wasi; JavaScript: componentize-qjs \
         with stubWasi, or componentize-js with all features disabled (stdio, random, clocks, http, fetch-event)",
        imports.join(", ")
    )]
    Wasi {
        /// The imports in question.
        imports: Vec<String>,
    },
    /// It imports something that this host does not offer.
    #[error("the plugin imports {found}, which the contract does not have: see the interfaces in wit/")]
    UnknownImport {
        /// The import.
        found: String,
    },
    /// It exports nothing that the host could call.
    #[error(
        "the plugin exports {}; it must export one of shapes, ai-tools, formats and save-strategy of collabcanvas:plugin",
        if found.is_empty() { "nothing".to_owned() } else { found.join(", ") }
    )]
    NothingExported {
        /// What it exports instead.
        found: Vec<String>,
    },
    /// It imports a function whose capability its manifest does not ask for.
    #[error(
        "the plugin imports {import}, but {reason}: add it to the manifest's capabilities, or do without the import"
    )]
    CapabilityNotAsked {
        /// Interface and function.
        import: String,
        /// What the gate said.
        reason: String,
    },
    /// Its exports must be pure and its imports are not.
    #[error(
        "the plugin imports {import}, but exports only {exports}, which must give the same answer everywhere: do without the import"
    )]
    ImpureImport {
        /// The import.
        import: String,
        /// The pure interfaces.
        exports: String,
    },
    /// Its functions do not have the parameters and results that the contract gives them.
    #[error("the plugin does not fit the contract it names: {reason}; build it against the released wit/")]
    Signature {
        /// What does not fit.
        reason: String,
    },
    /// Compiling it failed.
    #[error("the plugin cannot be compiled: {reason}")]
    Compile {
        /// What the compiler said.
        reason: String,
    },
    /// Making its browser build failed.
    #[error("the plugin cannot be translated for browsers: {reason}")]
    BrowserBuild {
        /// What the translator said.
        reason: String,
    },
    /// Installing took too long.
    #[error(
        "installing the plugin took longer than {limit_ms} ms: make it smaller, or have the operator raise the limit"
    )]
    TooSlow {
        /// How long it may take.
        limit_ms: u64,
    },
    /// What it says of itself cannot be used.
    #[error("the plugin's description of {what} is not usable: {reason}")]
    BadDescription {
        /// The shape type, tool, format or strategy.
        what: String,
        /// What is wrong with it, and how it should be.
        reason: String,
    },
    /// It broke a limit while it described itself.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The host itself failed, not the plugin.
    #[error("the host could not install the plugin: {reason}")]
    Host {
        /// What failed.
        reason: String,
    },
}
