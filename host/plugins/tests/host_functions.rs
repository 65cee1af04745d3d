//! A1, A2: what a plugin may do is what manifest, grants and the acting user's role allow together, at that moment.

mod fixture;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use collabcanvas_access::{Capability, Role};
use collabcanvas_canvas::{Operation, OrderKey, Problem, Query, Rect, Seq, Shape, ShapeId, UserId};
use collabcanvas_plugins::{
    ActingUser, Caller, FaultCause, HostServices, Limits, NewPlace, PluginError, ProjectPlugins, ToolCall, ToolContext,
};
use fixture::Bench;

const ALL: [&str; 2] = ["canvas-write", "storage"];

/// A room of one user, whose role can be changed, and that can be made to hang.
#[derive(Default)]
struct FakeRoom {
    role: Mutex<Option<Role>>,
    hangs: AtomicBool,
    applied: AtomicU32,
}

impl FakeRoom {
    fn of(role: Role) -> Arc<Self> {
        Arc::new(Self { role: Mutex::new(Some(role)), ..Self::default() })
    }

    async fn work<T>(&self, answer: T) -> Result<T, Problem> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Ok(answer)
    }
}

#[async_trait]
impl HostServices for FakeRoom {
    async fn acting_user(&self, caller: &Caller) -> Result<Option<ActingUser>, Problem> {
        let role = *self.role.lock().unwrap();
        Ok(caller.user.clone().map(|id| ActingUser { id, name: "Ada".into(), role }))
    }

    async fn shapes(&self, _: &Caller, ids: Vec<ShapeId>) -> Result<Vec<Option<Arc<Shape>>>, Problem> {
        self.work(vec![None; ids.len()]).await
    }

    async fn query(
        &self,
        _: &Caller,
        _: Query,
        _: Option<(OrderKey, ShapeId)>,
        _: usize,
    ) -> Result<Vec<Arc<Shape>>, Problem> {
        self.work(Vec::new()).await
    }

    async fn new_places(
        &self,
        _: &Caller,
        _: Option<ShapeId>,
        _: Option<ShapeId>,
        _: usize,
    ) -> Result<Vec<NewPlace>, Problem> {
        Ok(Vec::new())
    }

    async fn apply(&self, _: &Caller, _: Vec<Operation>, _: Option<String>) -> Result<Seq, Problem> {
        self.applied.fetch_add(1, Ordering::Relaxed);
        self.work(7).await
    }

    async fn selection(&self, _: &Caller) -> Result<Vec<ShapeId>, Problem> {
        self.work(Vec::new()).await
    }

    async fn viewport(&self, _: &Caller) -> Result<Option<Rect>, Problem> {
        self.work(None).await
    }

    async fn stored(&self, _: &Caller, keys: Vec<String>) -> Result<Vec<Option<Bytes>>, Problem> {
        self.work(vec![None; keys.len()]).await
    }

    async fn store(&self, _: &Caller, _: Vec<(String, Bytes)>) -> Result<(), Problem> {
        self.work(()).await
    }

    async fn forget(&self, _: &Caller, _: Vec<String>) -> Result<(), Problem> {
        self.work(()).await
    }

    async fn stored_keys(&self, _: &Caller, _: String, _: Option<String>, _: usize) -> Result<Vec<String>, Problem> {
        self.work(Vec::new()).await
    }
}

/// The tool's behaviour is chosen by the length of its arguments: see [`fixture::tools`].
const APPLY: &str = "1";
const DELETE: &str = "22";
const FLOOD: &str = "333";
const CAN: &str = "true";
const SETTINGS: &str = "false";
const LOOP: &str = "666666";
const HUGE: &str = "7777777";

async fn call(project: &ProjectPlugins, tool: &str, arguments: &str) -> Result<String, PluginError> {
    let context = ToolContext { turn_id: "t".into(), locale: "en".into() };
    let user = Some(UserId::parse("ada").unwrap());
    let call = ToolCall {
        plugin: "tidy".into(),
        tool: tool.into(),
        arguments: arguments.into(),
        context,
        user,
        session: None,
    };
    project.call_tool(&call).await
}

fn refusal(answer: Result<String, PluginError>) -> String {
    match answer {
        Err(PluginError::Refused(problem)) => problem.code,
        other => format!("{other:?}"),
    }
}

async fn project(bench: &Bench, granted: &[Capability], room: Arc<FakeRoom>) -> ProjectPlugins {
    let granted: BTreeSet<Capability> = granted.iter().copied().collect();
    bench.project_of(vec![fixture::tools("tidy", &ALL)], granted, room).await
}

#[tokio::test]
async fn a1_a_tool_with_grants_acts_for_an_editor() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Editor));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    assert_eq!(call(&project, "act", APPLY).await.unwrap(), "null");
    assert_eq!(room.applied.load(Ordering::Relaxed), 1);
    assert_eq!(call(&project, "act", DELETE).await.unwrap(), "null");
    assert_eq!(call(&project, "act", CAN).await.unwrap(), "true");
    assert_eq!(call(&project, "act", SETTINGS).await.unwrap(), "{}");
}

#[tokio::test]
async fn a1_a_tool_acting_for_a_viewer_cannot_change_the_canvas() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Viewer));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    assert_eq!(refusal(call(&project, "act", APPLY).await), "not-permitted");
    assert_eq!(call(&project, "act", CAN).await.unwrap(), "false");
    assert_eq!(room.applied.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a1_a_tool_without_a_grant_is_refused_what_its_manifest_asks_for() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &[Capability::Storage], room.clone()).await;
    assert_eq!(refusal(call(&project, "act", APPLY).await), "not-granted");
    assert_eq!(call(&project, "act", DELETE).await.unwrap(), "null");
    assert_eq!(room.applied.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a2_a_change_of_role_counts_from_the_next_host_call() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Editor));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    assert!(call(&project, "act", APPLY).await.is_ok());
    *room.role.lock().unwrap() = Some(Role::Viewer);
    assert_eq!(refusal(call(&project, "act", APPLY).await), "not-permitted");
    *room.role.lock().unwrap() = None;
    assert_eq!(refusal(call(&project, "act", APPLY).await), "not-permitted");
}

#[tokio::test]
async fn a_tool_that_says_it_only_looks_is_refused_apply() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    assert_eq!(refusal(call(&project, "look", APPLY).await), "read-only-tool");
    assert_eq!(room.applied.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn p1_a_flood_of_host_calls_is_refused_and_then_ended() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room).await;
    let error = call(&project, "act", FLOOD).await.unwrap_err();
    let PluginError::Fault(fault) = &error else { panic!("{error}") };
    assert_eq!(fault.cause, FaultCause::HostCalls { limit: Limits::default().host_calls });
}

#[tokio::test(start_paused = true)]
async fn p1_a_host_that_does_not_answer_costs_the_tool_its_wait_and_no_more() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    room.hangs.store(true, Ordering::Relaxed);
    assert_eq!(refusal(call(&project, "act", APPLY).await), "unavailable");
    assert_eq!(project.states()[0].faults, 0);
}

#[tokio::test(start_paused = true)]
async fn p1_waits_for_the_host_are_bounded_over_a_whole_call() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room.clone()).await;
    room.hangs.store(true, Ordering::Relaxed);
    let began = tokio::time::Instant::now();
    assert!(matches!(call(&project, "act", FLOOD).await, Err(PluginError::Fault(_))));
    // The clock stands still but for timers: 512 waits of 2 s each would be a quarter of an hour.
    let waited = u64::try_from(began.elapsed().as_millis()).unwrap();
    assert!(waited < Limits::default().host_wait_ms * 2, "{waited} ms");
}

#[tokio::test]
async fn p1_a_tool_that_loops_ends_at_its_deadline() {
    let (bench, room) = (Bench::with(Limits { tool_ms: 20, ..Limits::default() }), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room).await;
    let error = call(&project, "act", LOOP).await.unwrap_err();
    assert!(error.to_string().contains("in its function call: it ran longer than 20 ms"), "{error}");
}

#[tokio::test]
async fn p1_a_tool_may_not_hand_megabytes_to_a_host_function() {
    let limits = Limits { host_argument_bytes: 1 << 20, ..Limits::default() };
    let (bench, room) = (Bench::with(limits), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room).await;
    let PluginError::Fault(fault) = call(&project, "act", HUGE).await.unwrap_err() else { panic!("no fault") };
    assert_eq!(fault.cause, FaultCause::Output { limit_bytes: 1 << 20 });
}

#[tokio::test]
async fn a_tool_that_does_not_exist_is_refused_by_name() {
    let (bench, room) = (Bench::new(), FakeRoom::of(Role::Owner));
    let project = project(&bench, &Capability::ALL, room).await;
    let error = call(&project, "dance", APPLY).await.unwrap_err();
    assert_eq!(error.to_string(), "the plugin tidy has no tool \"dance\"");
    let tools: Vec<_> = project.tools().into_iter().map(|(plugin, tool)| (plugin, tool.name.as_str())).collect();
    assert_eq!(tools, [("tidy", "act"), ("tidy", "look")]);
}
