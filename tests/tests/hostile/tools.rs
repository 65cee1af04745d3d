//! P1, A1: tools that flood the host or do what they say they do not, in a room where people go on drawing.

use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use collabcanvas_plugins::{FaultCause, Limits, PluginError, ToolCall, ToolContext};
use collabcanvas_tests::{Person, World, shape};
use serde_json::{Value, json};

use crate::misbehaving::to_draw;
use crate::world;

/// A call of a tool for the owner, from a session if there is one.
pub fn call(plugin: &str, tool: &str, arguments: &Value, session: Option<&Person>) -> ToolCall {
    ToolCall {
        plugin: plugin.into(),
        tool: tool.into(),
        arguments: arguments.to_string(),
        context: ToolContext { turn_id: "turn-1".into(), locale: "en".into() },
        user: Some(session.map_or_else(|| UserId::parse("owner").unwrap(), |person| person.welcome.user.clone())),
        session: session.map(|person| person.welcome.session.clone()),
    }
}

async fn scene(guest: &str) -> (World, ProjectId, Person) {
    let world = world(guest, Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    (world, project, person)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_tool_that_floods_the_host_is_told_to_stop_and_then_ended() {
    let (world, project, mut person) = scene("host_call_flood").await;
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let limit = Limits::default().host_calls;
    let flood = |calls: u32| call("host-call-flood", "flood", &json!({"calls": calls}), None);
    let answer: Value = serde_json::from_str(&plugins.call_tool(&flood(limit + 10)).await.unwrap()).unwrap();
    assert_eq!(answer, json!({"answered": limit, "refused": 10}), "beyond the limit it is told so");
    for round in 1..=5 {
        let flood = flood(u32::MAX);
        let edit = json!([shape(&format!("r{round}"), "basic/rectangle", json!({}))]);
        let (flooded, accepted) = tokio::join!(plugins.call_tool(&flood), person.edit(edit));
        assert_eq!(accepted, Ok(round), "the room that it floods goes on");
        let Err(PluginError::Fault(fault)) = flooded else { panic!("{flooded:?}") };
        assert_eq!(fault.cause, FaultCause::HostCalls { limit });
    }
    let error = plugins.call_tool(&flood(1)).await.unwrap_err();
    assert_eq!(error.code(), "plugin-quarantined", "{error}");
    assert!(plugins.tools().is_empty(), "nobody is offered its tools");
    assert!(world.rooms.release_plugin(&project, "host-call-flood").await.unwrap());
    plugins.call_tool(&flood(1)).await.expect("it is back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_plugin_that_is_set_aside_for_its_tools_is_not_asked_about_its_shapes_either() {
    // Its tool breaks this limit with its first call of the host.
    let world = world("mixed", Limits { host_calls: 0, ..Limits::default() }).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    let card = json!([shape("card", "mixed/card", json!({}))]);
    person.edit(card).await.expect("it is asked about its shapes on an instance that stays");
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let deal = call("mixed", "deal", &json!({"text": "dealt"}), Some(&person));
    for _ in 0..5 {
        let dealt = plugins.call_tool(&deal).await;
        assert!(matches!(dealt, Err(PluginError::Fault(_))), "{dealt:?}");
    }
    let asked = to_draw("mixed/card");
    let answer = plugins.validate(&[asked]).await.remove(0);
    assert_eq!(answer.unwrap_err().code, "plugin-quarantined");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a1_a_tool_that_says_it_changes_nothing_cannot() {
    let (world, project, mut person) = scene("sneaky_tool").await;
    person.edit(json!([shape("r", "basic/rectangle", json!({}))])).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let error = plugins.call_tool(&call("sneaky-tool", "peek", &json!({"id": "r"}), Some(&person))).await.unwrap_err();
    assert_eq!(error.code(), "read-only-tool", "{error}");
    let seq = person.edit(json!([{"patch": {"id": "r", "x": 7}}])).await.unwrap();
    assert_eq!(seq, 2, "nothing came between");
    assert_eq!(world.look(&project).await.unwrap().contents().len(), 1);
}
