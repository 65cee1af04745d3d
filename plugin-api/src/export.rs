//! [`export_plugin!`]: from types with this crate's traits to a component.

/// Makes the crate a plugin: exports what is listed, and embeds the manifest.
///
/// Name, version, description, authors and licence come from the crate's `Cargo.toml`. All parts are
/// optional, and come in this order:
///
/// ```ignore
/// export_plugin! {
///     name: "hearts",                        // instead of the crate's name
///     shapes: [Heart, Spade],                // types with `Shape`
///     tools: [ArrangeHearts],                // types with `Tool`
///     formats: [HeartFile],                  // types with `Format`
///     strategy: WhenInLove,                  // the name of a type with `SaveStrategy`
///     capabilities: [CanvasRead, Storage],   // of `manifest::Capability`
///     settings: SETTINGS_SCHEMA,             // a constant: JSON Schema as JSON, the strategy's too
/// }
/// ```
///
/// On the host's own target it only checks that the types fit, so that `cargo test` works.
#[macro_export]
macro_rules! export_plugin {
    (
        $(name: $name:literal $(,)?)?
        $(shapes: [$($shape:ty),* $(,)?] $(,)?)?
        $(tools: [$($tool:ty),* $(,)?] $(,)?)?
        $(formats: [$($format:ty),* $(,)?] $(,)?)?
        $(strategy: $strategy:ident $(,)?)?
        $(capabilities: [$($capability:ident),* $(,)?] $(,)?)?
        $(settings: $settings:expr $(,)?)?
    ) => {
        const _: () = {
            const MANIFEST: $crate::manifest::Manifest = $crate::manifest::Manifest {
                name: $crate::__first!($($name,)? env!("CARGO_PKG_NAME")),
                version: env!("CARGO_PKG_VERSION"),
                description: env!("CARGO_PKG_DESCRIPTION"),
                authors: env!("CARGO_PKG_AUTHORS"),
                license: env!("CARGO_PKG_LICENSE"),
                capabilities: &[$($($crate::manifest::Capability::$capability),*)?],
                settings_schema: $crate::__first!($($settings,)? ""),
            };

            #[cfg_attr(target_arch = "wasm32", unsafe(link_section = "collabcanvas:manifest"))]
            #[used]
            static SECTION: [u8; MANIFEST.json_len()] = MANIFEST.json();
        };
        $($crate::__export_shapes!($($shape),*);)?
        $($crate::__export_tools!($($tool),*);)?
        $($crate::__export_formats!($($format),*);)?
        $($crate::__export_strategy!($strategy);)?
    };
}

/// The first of its arguments.
#[doc(hidden)]
#[macro_export]
macro_rules! __first {
    ($first:expr $(, $rest:expr)* $(,)?) => {
        $first
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_shapes {
    ($($shape:ty),*) => {
        const _: () = {
            use $crate::contract::shapes;

            struct __Shapes;

            // Natively nothing else refers to it, and the types in it would count as dead code.
            #[used]
            static TABLE: $crate::plumbing::ShapeTable =
                $crate::plumbing::ShapeTable(&[$($crate::plumbing::shape_entry::<$shape>()),*]);

            impl shapes::Guest for __Shapes {
                fn describe() -> Vec<shapes::ShapeType> {
                    TABLE.describe()
                }
                fn validate(
                    shapes: Vec<shapes::ShapeInput>,
                ) -> Vec<Result<shapes::NormalForm, $crate::contract::types::Problem>> {
                    TABLE.validate(shapes)
                }
                fn render(shapes: Vec<shapes::ShapeInput>) -> Vec<Result<$crate::contract::drawing::DisplayList, $crate::contract::types::Problem>> {
                    TABLE.render(shapes)
                }
                fn migrate(shapes: Vec<shapes::MigrationInput>) -> Vec<Result<String, $crate::contract::types::Problem>> {
                    TABLE.migrate(shapes)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::plumbing::shaping::export_shapes!(__Shapes);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_tools {
    ($($tool:ty),*) => {
        const _: () = {
            use $crate::contract::ai_tools;

            struct __Tools;

            // Natively nothing else refers to it, and the types in it would count as dead code.
            #[used]
            static TABLE: $crate::plumbing::ToolTable =
                $crate::plumbing::ToolTable(&[$($crate::plumbing::tool_entry::<$tool>()),*]);

            impl ai_tools::Guest for __Tools {
                fn list_tools() -> Vec<ai_tools::Tool> {
                    TABLE.list()
                }
                fn call(
                    tool: String,
                    arguments: String,
                    context: ai_tools::CallContext,
                ) -> Result<String, $crate::contract::types::Problem> {
                    TABLE.call(&tool, &arguments, &context)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::plumbing::ai::export_tools!(__Tools);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_formats {
    ($($format:ty),*) => {
        const _: () = {
            use $crate::contract::formats;

            struct __Formats;

            // Natively nothing else refers to it, and the types in it would count as dead code.
            #[used]
            static TABLE: $crate::plumbing::FormatTable =
                $crate::plumbing::FormatTable(&[$($crate::plumbing::format_entry::<$format>()),*]);

            impl formats::Guest for __Formats {
                fn describe() -> Vec<formats::Format> {
                    TABLE.describe()
                }
                fn import_file(
                    format: String,
                    bytes: Vec<u8>,
                ) -> Result<formats::Imported, $crate::contract::types::Problem> {
                    TABLE.import_file(&format, &bytes)
                }
                fn export_file(
                    format: String,
                    shapes: Vec<formats::DrawnShape>,
                    assets: Vec<formats::Asset>,
                ) -> Result<Vec<u8>, $crate::contract::types::Problem> {
                    TABLE.export_file(&format, &shapes, &assets)
                }
            }

            #[cfg(target_arch = "wasm32")]
            $crate::plumbing::files::export_formats!(__Formats);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __export_strategy {
    ($strategy:ty) => {
        const _: () = {
            use $crate::contract::save_strategy;

            struct __Strategy;

            impl save_strategy::Guest for __Strategy {
                fn describe() -> save_strategy::Strategy {
                    $crate::plumbing::describe_strategy::<$strategy>()
                }
                fn plan(state: save_strategy::SaveState) -> save_strategy::SavePlan {
                    $crate::plumbing::plan::<$strategy>(&state)
                }
            }

            #[used]
            static PLAN: fn(save_strategy::SaveState) -> save_strategy::SavePlan =
                <__Strategy as save_strategy::Guest>::plan;

            #[cfg(target_arch = "wasm32")]
            $crate::plumbing::saving::export_strategy!(__Strategy);
        };
    };
}
