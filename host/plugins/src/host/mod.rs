//! The host side of the contract: what plugins may ask for, and the way every such call takes.
//!
//! A host function counts itself, asks the one gate (A1) with the acting user's role of this moment (A2), and then
//! asks [`HostServices`], which the room implements, under a limit of wall-clock time. A refusal is a problem for
//! the plugin to deal with; only a plugin that will not take no for an answer loses its instance.

mod access;
mod canvas;
mod canvas_edit;
mod clock;
mod config;
mod log;
mod services;
mod storage;

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_access::{Actor, Permission, Plugin, Refusal, decide};
use collabcanvas_canvas::{Problem, UserId};
use smol_str::SmolStr;
use tokio::time::Instant;
use wasmtime::component::{HasSelf, Linker};

use crate::contract::imports;
use crate::faults::Stop;
use crate::instance::GuestState;

pub(crate) use canvas::read_shape;
pub use services::{ActingUser, HostServices, NewPlace, NoServices};

/// On whose behalf a tool works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// The project's id.
    pub project: Arc<str>,
    /// The person who asked; none when the host itself did.
    pub user: Option<UserId>,
    /// That person's session, whose selection and viewport count.
    pub session: Option<SmolStr>,
}

/// What the host functions need in a call that acts. Pure calls have none.
pub(crate) struct Visit {
    pub caller: Caller,
    /// The plugin's part in the gate's decision.
    pub plugin: Plugin,
    pub settings: Arc<str>,
    /// The shape types of the project's plugins.
    pub shape_types: Arc<[imports::canvas::AvailableType]>,
    /// Whether the tool said that it may change the canvas.
    pub changes_canvas: bool,
    pub services: Arc<dyn HostServices>,
}

/// The permission that a host function needs: the one table of all of them. None for a function that the contract
/// does not have; the test `a1_every_host_function_has_a_permission` reads `wit/` and fails when one is missing here.
pub(crate) fn permission(interface: &str, function: &str) -> Option<Permission> {
    Some(match (interface, function) {
        ("canvas", "shape-types" | "get" | "query" | "selection" | "viewport") => Permission::ReadCanvas,
        ("canvas-edit", "apply" | "new-places") => Permission::EditCanvas,
        ("storage", "get" | "list-keys") => Permission::ReadPluginStorage,
        ("storage", "set" | "delete") => Permission::WritePluginStorage,
        ("access", "acting" | "can") => Permission::AskAccess,
        ("config", "settings") => Permission::ReadSettings,
        ("log", "write") => Permission::WriteLog,
        ("clock", "now-ms") => Permission::ReadClock,
        _ => return None,
    })
}

/// Offers every host function to guests.
pub(crate) fn add_to_linker(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    type Own = HasSelf<GuestState>;
    imports::types::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::drawing::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::canvas::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::canvas_edit::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::storage::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::access::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::config::add_to_linker::<_, Own>(linker, |state| state)?;
    imports::clock::add_to_linker::<_, Own>(linker, |state| state)?;
    log::add_to_linker(linker)
}

/// A host function's answer: a trap, a problem for the plugin, or what it asked for.
type Answer<T> = wasmtime::Result<Result<T, imports::types::Problem>>;

impl GuestState {
    /// Passes the one gate, for a function that the contract lets fail.
    async fn enter(&mut self, interface: &'static str, function: &'static str) -> Answer<Arc<Visit>> {
        if let Err(problem) = self.count_host_call()? {
            return Ok(Err(problem));
        }
        let Some(visit) = self.visit.clone() else {
            let message = format!("{} is pure: it may call no host function but log", self.call_name());
            return Ok(Err(problem("not-permitted", message)));
        };
        let actor = match self.in_time(actor(&visit)).await.and_then(|asked| asked.map_err(Into::into)) {
            Ok(actor) => actor,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(match gate(&actor, interface, function)? {
            Ok(()) => Ok(visit),
            Err(refusal) => Err(problem(refusal.code(), refusal.to_string())),
        })
    }

    /// [`GuestState::enter_ungated`], for a function that the contract lets fail.
    fn enter_counted(&mut self, interface: &'static str, function: &'static str) -> Answer<Arc<Visit>> {
        match self.count_host_call()? {
            Ok(()) => self.pass_ungated(interface, function).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// Passes the one gate, for a function that every plugin may use and that cannot fail. Such a one costs nothing but
    /// the crossing, so only the trap of the limit is left to it.
    fn enter_ungated(&mut self, interface: &'static str, function: &'static str) -> wasmtime::Result<Arc<Visit>> {
        let _ = self.count_host_call()?;
        self.pass_ungated(interface, function)
    }

    /// A refusal is a mistake of the host's, or a call that must be pure, and ends the call.
    fn pass_ungated(&mut self, interface: &'static str, function: &'static str) -> wasmtime::Result<Arc<Visit>> {
        let visit = self.visit.clone().ok_or(Stop::Impure(function))?;
        let actor = Actor { role: None, operator: false, plugin: Some(visit.plugin.clone()) };
        gate(&actor, interface, function)?.map_err(wasmtime::Error::new)?;
        Ok(visit)
    }

    fn count_host_call(&mut self) -> Answer<()> {
        self.meter.host_calls += 1;
        let limit = self.limits.host_calls;
        if self.meter.host_calls > limit.saturating_mul(2) {
            return Err(Stop::HostCalls.into());
        }
        if self.meter.host_calls > limit {
            let message =
                format!("a call may use {limit} host functions, and this one has: fetch and change more at a time");
            return Ok(Err(problem("too-many-calls", message)));
        }
        Ok(Ok(()))
    }

    /// Waits for the host, but not for ever: epochs do not interrupt what the host itself does.
    async fn in_time<T>(&mut self, work: impl Future<Output = T>) -> Result<T, imports::types::Problem> {
        let left = Duration::from_millis(self.limits.host_wait_ms).saturating_sub(self.meter.waited);
        let limit = Duration::from_millis(self.limits.host_call_ms).min(left);
        let began = Instant::now();
        let answer = tokio::time::timeout(limit, work).await;
        self.meter.waited += began.elapsed();
        answer.map_err(|_| problem("unavailable", format!("the host did not answer within {} ms", limit.as_millis())))
    }

    /// [`GuestState::enter`], then the work under its time limit.
    async fn serve<T, W>(
        &mut self,
        interface: &'static str,
        function: &'static str,
        work: impl FnOnce(Arc<Visit>) -> W,
    ) -> Answer<T>
    where
        W: Future<Output = Result<T, Problem>>,
    {
        let visit = match self.enter(interface, function).await? {
            Ok(visit) => visit,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(match self.in_time(work(visit)).await {
            Ok(answer) => answer.map_err(Into::into),
            Err(problem) => Err(problem),
        })
    }
}

/// Asks the one gate (A1). A function that the table does not know is a mistake of the host's and ends the call.
fn gate(actor: &Actor, interface: &str, function: &str) -> wasmtime::Result<Result<(), Refusal>> {
    let needed = permission(interface, function)
        .ok_or_else(|| wasmtime::Error::msg(format!("{interface}#{function} has no permission")))?;
    Ok(decide(actor, needed))
}

/// The actor of this moment: roles change while calls are under way (A2).
async fn actor(visit: &Visit) -> Result<Actor, Problem> {
    let role = visit.services.acting_user(&visit.caller).await?.and_then(|user| user.role);
    Ok(Actor { role, operator: false, plugin: Some(visit.plugin.clone()) })
}

fn problem(code: &str, message: impl Into<String>) -> imports::types::Problem {
    imports::types::Problem { code: code.into(), message: message.into(), path: None }
}

impl imports::types::Host for GuestState {}
impl imports::drawing::Host for GuestState {}

impl From<Problem> for imports::types::Problem {
    fn from(problem: Problem) -> Self {
        Self { code: problem.code, message: problem.message, path: problem.path }
    }
}

impl From<imports::types::Problem> for Problem {
    fn from(problem: imports::types::Problem) -> Self {
        Self { code: problem.code, message: problem.message, path: problem.path }
    }
}

#[cfg(test)]
mod tests {
    use wit_parser::{Resolve, WorldItem};

    use super::permission;

    /// A function that is added to the contract and not to the table fails here, not in front of a user.
    #[test]
    fn a1_every_host_function_has_a_permission() {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/0.1.0")).unwrap();
        let world = resolve.select_world(&[package], Some("host")).unwrap();
        let mut functions = 0;
        for item in resolve.worlds[world].imports.values() {
            let WorldItem::Interface { id, .. } = item else {
                panic!("a host function outside an interface: {item:?}")
            };
            let interface = &resolve.interfaces[*id];
            let name = interface.name.as_deref().unwrap();
            for function in interface.functions.keys() {
                assert!(permission(name, function).is_some(), "{name}#{function} has no permission");
                functions += 1;
            }
        }
        assert!(functions >= 16, "only {functions} functions were found: does the test still read the contract?");
    }
}
