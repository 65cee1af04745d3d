//! The plugin runtime: packages, instances, limits, the host side of the contract, the browser build.
//!
//! A plugin's file enters at [`PluginRuntime::install`]. It is read without being run: what it is and says of itself
//! (`package`, `manifest`), whether the contract and the manifest allow it (`admission`). It is compiled, cached by
//! digest (`artefacts`) and translated for browsers (`browser`), and asked once to describe itself (`first_calls`, `description`).
//! What comes out is a [`Plugin`], the same for every project.
//!
//! A room holds [`ProjectPlugins`]: it instantiates a plugin when it is first needed (`instance`), hands shapes to it
//! in lists, checks every answer (`answers`) and lets no guest cost more than its [`Limits`]. A guest that breaks one
//! loses its instance and, after repeated faults, its place in the project (`faults`). What guests may ask for is in
//! `host`: one file an interface, one gate for all.
//!
//! ```no_run
//! use collabcanvas_plugins::*;
//! # async fn example(file: Vec<u8>, shapes: &[ShapeInput]) -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = PluginRuntime::new(RuntimeConfig { cache_dir: "data/plugins".into(), limits: Limits::default() })?;
//! let plugin = runtime.install(file).await?;
//! let enabled = EnabledPlugin { plugin, settings: Default::default(), granted: Default::default() };
//! let plugins = ProjectPlugins::new(runtime, "project", vec![enabled], std::sync::Arc::new(NoServices));
//! for answer in plugins.validate(shapes).await {
//!     println!("{answer:?}");
//! }
//! # Ok(())
//! # }
//! ```

mod admission;
mod answers;
mod artefacts;
mod browser;
mod contract;
mod description;
mod engine;
mod error;
mod faults;
mod first_calls;
mod host;
mod instance;
mod limits;
mod manifest;
mod package;
mod plugin;
mod project;
mod runtime;
mod schema;
mod settings;

pub use browser::{BROWSER_ENTRY, BrowserBuild, BrowserFile};
pub use contract::ai_tools::ToolContext;
pub use contract::display_list::{
    Anchor, Color, Cubic, DisplayList, FontFamily, Image, ImageFit, Item, LabelArea, LineCap, LineJoin, Matrix, Path,
    PathData, Point, Quadratic, Rect, Segment, Size, Stroke, TextAlign, TextBlock, TextFit, TextStyle, VerticalAlign,
};
pub use contract::formats::Asset;
pub use contract::save_strategy::{Acknowledgement, SavePlan, SaveState};
pub use contract::shapes::{CreationGesture, Geometry, MirrorProps, ResizePolicy};
pub use contract::{CONTRACT_VERSIONS, Kind};
pub use description::{FormatDescription, JsonObject, ShapeTypeDescription, StrategyDescription, ToolDescription};
pub use error::InstallError;
pub use faults::{Fault, FaultCause, PluginError};
pub use host::{ActingUser, Caller, HostServices, NewPlace, NoServices};
pub use limits::Limits;
pub use manifest::{MANIFEST_SECTION, Manifest};
pub use plugin::Plugin;
pub use project::{
    DrawnShape, EnabledPlugin, Imported, MigrationInput, NormalForm, PluginState, ProjectPlugins, ReferredShape,
    ShapeInput, ToolCall,
};
pub use runtime::{PluginRuntime, RuntimeConfig, RuntimeError};
