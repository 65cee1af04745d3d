//! A plugin's first calls, at install: what it says of itself, and whether its functions are those of the contract.

use std::sync::Arc;

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};

use crate::contract::display_list::Size;
use crate::contract::{ai_tools, formats, save_strategy, shapes};
use crate::description::{FormatDescription, ShapeTypeDescription, StrategyDescription, ToolDescription};
use crate::engine::Ticker;
use crate::faults::{Fault, FaultCause};
use crate::instance::{Failure, Guest, GuestState};
use crate::limits::Call;
use crate::plugin::{self, Exports};
use crate::{InstallError, Limits, answers, description};

/// What stands in the place of a project's id while a plugin is installed.
const INSTALLING: &str = "(install)";

/// The first instance of a plugin, whose descriptions are kept. It also shows whether every function has the
/// parameters and results of the contract.
pub(crate) struct FirstCalls<'a> {
    guest: Guest,
    name: Arc<str>,
    limits: Arc<Limits>,
    ticker: &'a Ticker,
}

/// What a plugin says of what it defines, checked.
#[derive(Default)]
pub(crate) struct Descriptions {
    pub shape_types: Vec<ShapeTypeDescription>,
    pub strategy: Option<StrategyDescription>,
    pub tools: Vec<ToolDescription>,
    pub formats: Vec<FormatDescription>,
}

impl<'a> FirstCalls<'a> {
    /// Instantiates the plugin.
    pub(crate) async fn start(
        code: &InstancePre<GuestState>,
        name: Arc<str>,
        limits: Arc<Limits>,
        ticker: &'a Ticker,
    ) -> Result<Self, InstallError> {
        let state = GuestState::new(name.clone(), INSTALLING.into(), limits.clone(), None);
        match Guest::start(code, state, ticker).await {
            Ok(guest) => Ok(Self { guest, name, limits, ticker }),
            Err(failure) => Err(install_error(failure, &name, Call::Describe)),
        }
    }

    /// Asks for every description.
    pub(crate) async fn describe(mut self, exports: &Exports) -> Result<Descriptions, InstallError> {
        let mut found = Descriptions::default();
        if let Some(functions) = &exports.shapes {
            found.shape_types = self.shape_types(functions).await?;
        }
        if let Some(functions) = &exports.save_strategy {
            found.strategy = Some(self.strategy(functions).await?);
        }
        if let Some(functions) = &exports.ai_tools {
            found.tools = self.tools(functions).await?;
        }
        if let Some(functions) = &exports.formats {
            found.formats = self.formats(functions).await?;
        }
        Ok(found)
    }

    async fn shape_types(&mut self, functions: &plugin::Shapes) -> Result<Vec<ShapeTypeDescription>, InstallError> {
        let guest = &mut self.guest;
        fits(guest.check::<shapes::ShapesParams<'_>, shapes::ValidateResults>(&functions.validate))?;
        fits(guest.check::<shapes::ShapesParams<'_>, shapes::RenderResults>(&functions.render))?;
        fits(guest.check::<shapes::MigrateParams<'_>, shapes::MigrateResults>(&functions.migrate))?;
        fits(guest.check::<(), shapes::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, shapes::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        let found = description::shape_types(&self.name, answer, self.limits.list_items)?;
        self.check_defaults(functions, &found).await?;
        self.draw_defaults(functions, &found).await?;
        Ok(found)
    }

    /// A new shape is in normal form: `validate` gives its default props and size back as they are.
    async fn check_defaults(
        &mut self,
        functions: &plugin::Shapes,
        types: &[ShapeTypeDescription],
    ) -> Result<(), InstallError> {
        let arguments: Vec<shapes::ShapeArgument<'_>> =
            types.iter().map(|described| default_of(described, described.default_size)).collect();
        let call = Call::Validate(arguments.len());
        let (answers,) = self.call::<_, shapes::ValidateResults>(&functions.validate, call, (&arguments[..],)).await?;
        answers::check_length(answers.len(), types.len()).map_err(|cause| self.fault(cause, call))?;
        for (described, answer) in types.iter().zip(answers) {
            let what = format!("the shape type {:?}", described.name);
            let given = described.default_props.as_str();
            let reason = match answer {
                Ok(answer) if !same_json(&answer.props, given) => {
                    format!("validate makes {} of the default props {given}; they must be in normal form", answer.props)
                }
                Ok(answer) => match answer.size.filter(|size| *size != described.default_size) {
                    None => continue,
                    Some(size) => format!(
                        "validate makes a shape of {} by {} of the default size; it must be in normal form",
                        size.width, size.height
                    ),
                },
                Err(problem) => format!("validate refuses the default props {given}: {}", problem.message),
            };
            return Err(InstallError::BadDescription { what, reason });
        }
        Ok(())
    }

    /// A new shape can be drawn, at its usual size and at none at all, which people drag it from.
    async fn draw_defaults(
        &mut self,
        functions: &plugin::Shapes,
        types: &[ShapeTypeDescription],
    ) -> Result<(), InstallError> {
        let none = Size { width: 0.0, height: 0.0 };
        let drawn = types.iter().flat_map(|described| [(described, described.default_size), (described, none)]);
        let arguments: Vec<shapes::ShapeArgument<'_>> =
            drawn.clone().map(|(described, size)| default_of(described, size)).collect();
        let call = Call::Render(arguments.len());
        let (answers,) = self.call::<_, shapes::RenderResults>(&functions.render, call, (&arguments[..],)).await?;
        answers::check_length(answers.len(), arguments.len()).map_err(|cause| self.fault(cause, call))?;
        for ((described, size), answer) in drawn.zip(answers) {
            let what = format!("the shape type {:?}", described.name);
            let list = answer.map_err(|problem| {
                let reason = format!(
                    "render cannot draw its default props at {} by {}: {}",
                    size.width, size.height, problem.message
                );
                InstallError::BadDescription { what, reason }
            })?;
            answers::display_list(list, &self.limits).map_err(|cause| self.fault(cause, call))?;
        }
        Ok(())
    }

    async fn strategy(&mut self, functions: &plugin::SaveStrategy) -> Result<StrategyDescription, InstallError> {
        fits(self.guest.check::<save_strategy::PlanParams<'_>, save_strategy::PlanResults>(&functions.plan))?;
        fits(self.guest.check::<(), save_strategy::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, save_strategy::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        description::strategy(answer)
    }

    async fn tools(&mut self, functions: &plugin::AiTools) -> Result<Vec<ToolDescription>, InstallError> {
        fits(self.guest.check::<ai_tools::CallParams<'_>, ai_tools::CallResults>(&functions.call))?;
        fits(self.guest.check::<(), ai_tools::ListResults>(&functions.list))?;
        let (answer,) = self.call::<_, ai_tools::ListResults>(&functions.list, Call::Describe, ()).await?;
        description::tools(answer, self.limits.list_items)
    }

    async fn formats(&mut self, functions: &plugin::Formats) -> Result<Vec<FormatDescription>, InstallError> {
        fits(self.guest.check::<formats::ImportParams<'_>, formats::ImportResults>(&functions.import))?;
        fits(self.guest.check::<formats::ExportParams<'_>, formats::ExportResults>(&functions.export))?;
        fits(self.guest.check::<(), formats::DescribeResults>(&functions.describe))?;
        let (answer,) = self.call::<_, formats::DescribeResults>(&functions.describe, Call::Describe, ()).await?;
        description::formats(answer, self.limits.list_items)
    }

    async fn call<P, R>(
        &mut self,
        function: &ComponentExportIndex,
        call: Call,
        parameters: P,
    ) -> Result<R, InstallError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let answer = self.guest.call(function, call, parameters, self.ticker).await;
        answer.map_err(|failure| install_error(failure, &self.name, call))
    }

    fn fault(&self, cause: FaultCause, call: Call) -> InstallError {
        install_error(Failure::Fault(cause), &self.name, call)
    }
}

fn fits(check: wasmtime::Result<()>) -> Result<(), InstallError> {
    check.map_err(|error| InstallError::Signature { reason: format!("{error:#}") })
}

fn install_error(failure: Failure, plugin: &Arc<str>, call: Call) -> InstallError {
    match failure {
        Failure::Fault(cause) => {
            Fault { plugin: plugin.clone(), project: INSTALLING.into(), call: call.name(), cause }.into()
        }
        Failure::Full => {
            InstallError::Host { reason: "it has no room for another instance just now: try again".into() }
        }
    }
}

/// Whether two texts hold the same JSON, in whatever order and spelling.
fn same_json(one: &str, other: &str) -> bool {
    let parse = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || parse(one).is_some_and(|value| parse(other) == Some(value))
}

/// A new shape of this type and size.
fn default_of(described: &ShapeTypeDescription, size: Size) -> shapes::ShapeArgument<'_> {
    shapes::ShapeArgument {
        type_name: &described.name,
        width: size.width,
        height: size.height,
        props: described.default_props.as_str(),
        references: &[],
    }
}
