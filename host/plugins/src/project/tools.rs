//! Save strategies and AI tools: what plans and what acts.

use std::sync::Arc;

use collabcanvas_access::Plugin as PluginPart;
use collabcanvas_canvas::UserId;
use smol_str::SmolStr;

use super::{ProjectPlugins, Slot};
use crate::answers;
use crate::contract::ai_tools::{CallParams, CallResults, ToolContext};
use crate::contract::imports::canvas::AvailableType;
use crate::contract::save_strategy::{PlanParams, PlanResults, SavePlan, SaveState};
use crate::description::ToolDescription;
use crate::faults::PluginError;
use crate::host::{Caller, Visit};
use crate::limits::Call;

/// A tool to be called.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// The plugin's name.
    pub plugin: String,
    /// The tool's name.
    pub tool: String,
    /// Its arguments: a JSON text.
    pub arguments: String,
    /// What the tool is told about the conversation.
    pub context: ToolContext,
    /// The person for whom it works; none for the host itself, which may do little.
    pub user: Option<UserId>,
    /// That person's session.
    pub session: Option<SmolStr>,
}

impl ProjectPlugins {
    /// Asks the project's save strategy what to do. The settings in `state` are replaced by the project's.
    pub async fn plan(&self, mut state: SaveState) -> Result<SavePlan, PluginError> {
        let missing = || PluginError::Missing { plugin: "(save strategy)".into(), project: self.project.clone() };
        let slot = self.strategy_slot().ok_or_else(missing)?;
        let functions = slot.enabled.plugin.exports.save_strategy.as_ref().ok_or_else(missing)?;
        state.settings = slot.settings.to_string();
        let parameters: PlanParams<'_> = (&state,);
        self.call_resident(slot, &functions.plan, Call::Plan, parameters, |(plan,): PlanResults| Ok(plan)).await
    }

    /// The tools of all plugins that are not set aside, each with its plugin's name.
    pub fn tools(&self) -> Vec<(&str, &ToolDescription)> {
        let usable = self.plugins.iter().filter(|(_, slot)| slot.faults().quarantine().is_none());
        usable.flat_map(|(name, slot)| slot.enabled.plugin.tools.iter().map(move |tool| (&**name, tool))).collect()
    }

    /// Lets a tool work. It answers with a JSON text.
    pub async fn call_tool(&self, call: &ToolCall) -> Result<String, PluginError> {
        let slot = self.slot(&call.plugin)?;
        let unsupported =
            || PluginError::Unsupported { plugin: call.plugin.clone(), what: format!("tool {:?}", call.tool) };
        let plugin = &slot.enabled.plugin;
        let functions = plugin.exports.ai_tools.as_ref().ok_or_else(unsupported)?;
        let tool = plugin.tools.iter().find(|tool| tool.name == call.tool).ok_or_else(unsupported)?;
        let visit = self.visit(slot, call, tool.changes_canvas);
        let parameters: CallParams<'_> = (&call.tool, &call.arguments, &call.context);
        let read = |(answer,): CallResults| match answer {
            Ok(json) => answers::json(json).map(Ok),
            Err(problem) => Ok(Err(PluginError::Refused(answers::problem(problem)))),
        };
        self.call_fresh(slot, Some(visit), &functions.call, Call::Tool, parameters, read).await?
    }

    /// The shape types of the plugins that work, as tools are told of them.
    fn shape_types(&self) -> Arc<[AvailableType]> {
        let usable = self.plugins.values().filter(|slot| slot.faults().quarantine().is_none());
        usable.flat_map(|slot| &slot.enabled.plugin.shape_types).map(AvailableType::from).collect()
    }

    fn visit(&self, slot: &Slot, call: &ToolCall, changes_canvas: bool) -> Arc<Visit> {
        let manifest = &slot.enabled.plugin.manifest;
        Arc::new(Visit {
            caller: Caller {
                plugin: slot.name().clone(),
                project: self.project.clone(),
                user: call.user.clone(),
                session: call.session.clone(),
            },
            plugin: PluginPart {
                name: manifest.name.clone(),
                requested: manifest.capabilities.clone(),
                granted: slot.enabled.granted.clone(),
            },
            settings: slot.settings.clone(),
            shape_types: self.shape_types(),
            changes_canvas,
            services: self.services.clone(),
        })
    }
}
