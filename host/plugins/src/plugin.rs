//! An installed plugin: what it is, what it defines, and where its functions are.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use collabcanvas_canvas::Problem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use crate::InstallError;
use crate::browser::BrowserBuild;
use crate::contract::{Kind, export_name};
use crate::description::JsonObject;
use crate::description::{FormatDescription, ShapeTypeDescription, StrategyDescription, ToolDescription};
use crate::instance::GuestState;
use crate::manifest::Manifest;
use crate::settings::Settings;

/// An installed plugin. It is the same for every project: instances belong to projects.
pub struct Plugin {
    /// SHA-256 of its file, in hexadecimal: its identity.
    pub digest: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Which kinds of plugin it is.
    pub kinds: BTreeSet<Kind>,
    /// The shape types that it defines.
    pub shape_types: Vec<ShapeTypeDescription>,
    /// The save strategy that it is, if it is one.
    pub strategy: Option<StrategyDescription>,
    /// The AI tools that it offers.
    pub tools: Vec<ToolDescription>,
    /// The file formats that it handles.
    pub formats: Vec<FormatDescription>,
    pub(crate) name: Arc<str>,
    pub(crate) settings: Settings,
    pub(crate) browser: BrowserBuild,
    pub(crate) code: InstancePre<GuestState>,
    pub(crate) exports: Exports,
}

impl Plugin {
    /// The files that a browser needs to run it.
    pub fn browser_build(&self) -> &BrowserBuild {
        &self.browser
    }

    /// Whether a project may give it these settings; the problem names the place in them that does not fit.
    pub fn check_settings(&self, settings: &JsonObject) -> Result<(), Problem> {
        self.settings.complete(settings).map(drop)
    }

    /// Its shape type of this name within the plugin.
    pub fn shape_type(&self, name: &str) -> Option<&ShapeTypeDescription> {
        self.shape_types.iter().find(|found| found.name == name)
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, manifest, kinds, .. } = self;
        f.debug_struct("Plugin")
            .field("name", &manifest.name)
            .field("digest", digest)
            .field("kinds", kinds)
            .finish_non_exhaustive()
    }
}

/// Where a plugin's functions are, looked up once.
pub(crate) struct Exports {
    pub shapes: Option<Shapes>,
    pub ai_tools: Option<AiTools>,
    pub formats: Option<Formats>,
    pub save_strategy: Option<SaveStrategy>,
}

/// The functions of `shapes`.
pub(crate) struct Shapes {
    pub describe: ComponentExportIndex,
    pub validate: ComponentExportIndex,
    pub render: ComponentExportIndex,
    pub migrate: ComponentExportIndex,
}

/// The functions of `ai-tools`.
pub(crate) struct AiTools {
    pub list: ComponentExportIndex,
    pub call: ComponentExportIndex,
}

/// The functions of `formats`.
pub(crate) struct Formats {
    pub describe: ComponentExportIndex,
    pub import: ComponentExportIndex,
    pub export: ComponentExportIndex,
}

/// The functions of `save-strategy`.
pub(crate) struct SaveStrategy {
    pub describe: ComponentExportIndex,
    pub plan: ComponentExportIndex,
}

impl Exports {
    /// Looks up the functions of the interfaces that the plugin exports.
    pub(crate) fn of(component: &Component, kinds: &BTreeSet<Kind>, version: &str) -> Result<Self, InstallError> {
        let interface = |kind: Kind| kinds.contains(&kind).then(|| Interface::of(component, kind, version));
        Ok(Self {
            shapes: interface(Kind::Shapes).as_ref().map(Shapes::of).transpose()?,
            ai_tools: interface(Kind::AiTools).as_ref().map(AiTools::of).transpose()?,
            formats: interface(Kind::Formats).as_ref().map(Formats::of).transpose()?,
            save_strategy: interface(Kind::SaveStrategy).as_ref().map(SaveStrategy::of).transpose()?,
        })
    }
}

impl Shapes {
    fn of(found: &Interface<'_>) -> Result<Self, InstallError> {
        Ok(Self {
            describe: found.function("describe")?,
            validate: found.function("validate")?,
            render: found.function("render")?,
            migrate: found.function("migrate")?,
        })
    }
}

impl AiTools {
    fn of(found: &Interface<'_>) -> Result<Self, InstallError> {
        Ok(Self { list: found.function("list-tools")?, call: found.function("call")? })
    }
}

impl Formats {
    fn of(found: &Interface<'_>) -> Result<Self, InstallError> {
        Ok(Self {
            describe: found.function("describe")?,
            import: found.function("import-file")?,
            export: found.function("export-file")?,
        })
    }
}

impl SaveStrategy {
    fn of(found: &Interface<'_>) -> Result<Self, InstallError> {
        Ok(Self { describe: found.function("describe")?, plan: found.function("plan")? })
    }
}

/// An interface that a component exports.
struct Interface<'a> {
    component: &'a Component,
    name: String,
    place: Option<ComponentExportIndex>,
}

impl<'a> Interface<'a> {
    fn of(component: &'a Component, kind: Kind, version: &str) -> Self {
        let name = export_name(kind.interface(), version);
        let place = component.get_export_index(None, &name);
        Self { component, name, place }
    }

    fn function(&self, name: &str) -> Result<ComponentExportIndex, InstallError> {
        let found = self.place.as_ref().and_then(|place| self.component.get_export_index(Some(place), name));
        found.ok_or_else(|| InstallError::Signature { reason: format!("its {} has no function {name}", self.name) })
    }
}
