//! A1, C1, P2: guests that do all that the contract offers, through a real room and a real store.

use std::sync::Arc;

use collabcanvas_access::{Capabilities, Role};
use collabcanvas_canvas::{ProjectId, Props, Shape, ShapeType, UserId};
use collabcanvas_plugins::{DrawnShape, Limits, Matrix, MigrationInput, PluginError, ShapeInput};
use collabcanvas_rooms::protocol::{Presence, ServerMessage};
use collabcanvas_storage::{AccountStore, PluginDataStore, ProjectStore, User};
use collabcanvas_tests::{Person, World, guest_file, plugin_file, shape};
use serde_json::{Value, json};

use crate::tools::call;
use crate::world;

async fn canvas_of(world: &World, project: &ProjectId) -> Vec<Arc<Shape>> {
    world.look(project).await.unwrap().shapes()
}

const UNMOVED: Matrix = Matrix { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

fn to_draw(shape: &Shape) -> ShapeInput {
    ShapeInput {
        shape_type: shape.shape_type.clone(),
        width: shape.width,
        height: shape.height,
        props: shape.props.clone(),
        references: Vec::new(),
    }
}

/// The props of the shape that the last accepted transaction put.
fn last_put(person: &Person) -> Value {
    let ticks = person.heard.iter().rev().filter_map(|message| match message {
        ServerMessage::Tick(tick) => tick.transactions.last(),
        _ => None,
    });
    let transaction = ticks.into_iter().next().expect("an edit was accepted");
    let operation = serde_json::to_value(transaction.operations.last().unwrap()).unwrap();
    operation["put"]["props"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_is_told_where_the_shapes_are_that_it_joins() {
    let world = world("connector", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let at = |id: &str, x: u32, y: u32| json!({"put": {"id": id, "type": "basic/rectangle", "index": "V", "x": x, "y": y, "width": 20, "height": 20, "props": {}}});
    let connector = |from: &str, to: &str| json!([shape("c", "connector/connector", json!({"from": from, "to": to}))]);
    person.edit(json!([at("a", 100, 100)])).await.unwrap();
    // The other end comes in the same transaction as the connector; 300 and 400 make 500.
    let both = json!([at("b", 400, 500), connector("a", "b")[0]]);
    person.edit(both).await.unwrap();
    let joined = last_put(&person);
    assert_eq!((&joined["from"], &joined["to"], &joined["length"]), (&json!("a"), &json!("b"), &json!(500)));
    person.edit(json!([{"patch": {"id": "b", "x": 100}}])).await.unwrap();
    person.edit(connector("a", "b")).await.unwrap();
    assert_eq!(last_put(&person)["length"], json!(400), "where they are now");
    let refused = person.edit(connector("a", "a")).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.path.as_deref()), ("same-ends", Some("/0/props/to")));
    person.edit(json!([{"delete": "b"}])).await.unwrap();
    person.edit(connector("a", "b")).await.expect("an end that leads nowhere is no fault");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a1_a_tool_works_on_the_canvas_as_the_person_for_whom_it_works() {
    let world = world("canvas_tool", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    for (id, x) in [("a", 13), ("b", 22), ("c", 50)] {
        person.edit(json!([shape(id, "basic/rectangle", json!({})), {"patch": {"id": id, "x": x}}])).await.unwrap();
    }
    let shown: Presence = serde_json::from_value(json!({"selection": ["b"], "viewport": [0, 0, 800, 600]})).unwrap();
    person.show(&shown).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let snap = call("canvas-tool", "snap_to_grid", &json!({"step": 25}), Some(&person));
    let answer: Value = serde_json::from_str(&plugins.call_tool(&snap).await.unwrap()).unwrap();
    assert_eq!((&answer["moved"], &answer["seq"], &answer["by"]), (&json!(2), &json!(4), &json!("owner")));
    assert_eq!((&answer["selected"], &answer["sees"]), (&json!(["b"]), &json!([0, 0, 800, 600])));
    assert!(answer["at_ms"].as_u64().unwrap() > 1_700_000_000_000, "it may tell the time");
    let xs: Vec<f64> = canvas_of(&world, &project).await.iter().map(|shape| shape.x).collect();
    assert_eq!(xs, [25.0, 25.0, 50.0]);
    // What it keeps is there in the next call, whose instance is a new one.
    let again: Value = serde_json::from_str(&plugins.call_tool(&snap).await.unwrap()).unwrap();
    assert_eq!((&again["runs"], &again["moved"], &again["seq"]), (&json!(2), &json!(0), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_is_given_places_for_new_shapes_and_told_when_it_uses_a_key_twice() {
    let mut files = vec![guest_file("canvas_tool").unwrap()];
    files.extend(["basic", "text", "save-interval"].map(|name| plugin_file(name).unwrap()));
    let world = World::with_plugins(Default::default(), Limits::default(), files).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    person.edit(json!([shape("a", "basic/rectangle", json!({})), {"patch": {"id": "a", "x": 50}}])).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let sign = call("canvas-tool", "snap_to_grid", &json!({"step": 25, "signature": "done"}), Some(&person));
    let first: Value = serde_json::from_str(&plugins.call_tool(&sign).await.unwrap()).unwrap();
    let shapes = canvas_of(&world, &project).await;
    assert_eq!((&first["seq"], shapes.len()), (&json!(2), 2));
    let (drawn, signed) = (&shapes[0], &shapes[1]);
    assert!(signed.index > drawn.index && signed.id != drawn.id, "above what is there: {shapes:?}");
    // Having forgotten that it ran, it uses the same key again, for a shape of another id.
    world.store.delete(&project, "canvas-tool", &["runs".to_owned()]).await.unwrap();
    let error = plugins.call_tool(&sign).await.unwrap_err();
    assert!(matches!(&error, PluginError::Refused(problem) if problem.code == "key-reused"), "{error}");
    let third: Value = serde_json::from_str(&plugins.call_tool(&sign).await.unwrap()).unwrap();
    assert_eq!((&third["seq"], canvas_of(&world, &project).await.len()), (&json!(3), 3), "another key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_may_be_shapes_and_tools_in_one() {
    let world = world("mixed", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    person.edit(json!([shape("own", "mixed/card", json!({"text": "mine"}))])).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let deal = call("mixed", "deal", &json!({"text": "dealt"}), Some(&person));
    let answer: Value = serde_json::from_str(&plugins.call_tool(&deal).await.unwrap()).unwrap();
    // The tool's edit is validated by the same plugin, while the tool still waits for it.
    assert_eq!((&answer["seq"], &answer["cards"]), (&json!(2), &json!(2)));
    assert_eq!(canvas_of(&world, &project).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tool_repeats_under_a_key_is_applied_once() {
    let world = world("canvas_tool", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    let away = json!([{"patch": {"id": "a", "x": 13}}]);
    person.edit(json!([shape("a", "basic/rectangle", json!({})), away[0]])).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let snap = call("canvas-tool", "snap_to_grid", &json!({"step": 25}), Some(&person));
    let first: Value = serde_json::from_str(&plugins.call_tool(&snap).await.unwrap()).unwrap();
    person.edit(away).await.unwrap();
    world.store.delete(&project, "canvas-tool", &["runs".to_owned()]).await.unwrap();
    let second: Value = serde_json::from_str(&plugins.call_tool(&snap).await.unwrap()).unwrap();
    assert_eq!((&first["seq"], &second["seq"]), (&json!(2), &json!(2)));
    assert_eq!(canvas_of(&world, &project).await[0].x, 13.0, "it was not applied again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a1_a2_a_tool_may_no_more_than_the_role_of_this_moment() {
    let world = world("canvas_tool", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let visitor = UserId::parse("visitor").unwrap();
    let user = User { id: visitor.clone(), name: "Visitor".into(), operator: false, created_ms: 0 };
    world.store.create_user(&user).await.unwrap();
    world.store.set_role(&project, &visitor, Some(Role::Viewer)).await.unwrap();
    let mut owner = Person::enter(&world, &project, "owner", Role::Owner).await.unwrap();
    owner.edit(json!([shape("a", "basic/rectangle", json!({})), {"patch": {"id": "a", "x": 3}}])).await.unwrap();
    let session = Person::enter(&world, &project, "visitor", Role::Viewer).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let snap = call("canvas-tool", "snap_to_grid", &json!({"step": 10}), Some(&session));
    let error = plugins.call_tool(&snap).await.unwrap_err();
    assert_eq!(error.code(), "not-permitted", "{error}");
    assert_eq!(canvas_of(&world, &project).await[0].x, 3.0);
    world.store.set_role(&project, &visitor, Some(Role::Editor)).await.unwrap();
    plugins.call_tool(&snap).await.expect("an editor may");
    world.store.set_role(&project, &visitor, None).await.unwrap();
    let error = plugins.call_tool(&snap).await.unwrap_err();
    assert_eq!(error.code(), "not-permitted", "who is no member may not even look: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a1_a_tool_may_no_more_than_the_project_grants() {
    let world = world("canvas_tool", Limits::default()).await;
    let project = world.project_with("canvas", |project| {
        project.plugins.iter_mut().for_each(|plugin| plugin.granted = Capabilities::new());
    });
    let project = project.await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let error = plugins.call_tool(&call("canvas-tool", "snap_to_grid", &json!({"step": 10}), None)).await.unwrap_err();
    assert_eq!(error.code(), "not-granted", "{error}");
    assert!(error.to_string().contains("canvas-tool") && error.to_string().contains("canvas-read"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_old_props_are_brought_to_the_version_of_today() {
    let world = world("versioned", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let old = |from_version, props: &str| MigrationInput {
        shape_type: ShapeType::parse("versioned/badge").unwrap(),
        from_version,
        props: Props::parse(props).unwrap(),
    };
    let first = r##"{"colour": "#ff0000", "big": true}"##;
    let answers = plugins.migrate(&[old(1, first), old(7, first), old(1, "{}")]).await;
    let migrated: Value = serde_json::from_str(answers[0].as_ref().unwrap().as_str()).unwrap();
    assert_eq!(migrated, json!({"fill": "#ff0000", "size": 32}));
    assert_eq!(answers[1].as_ref().unwrap_err().code, "unknown-version");
    assert!(answers[2].is_err(), "props that are not of version 1 are a problem of their own: {answers:?}");
    assert_eq!(world.rooms.plugin_states(&project).await.unwrap().iter().map(|state| state.faults).sum::<u64>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_read_onto_the_canvas_and_written_again() {
    let files = vec![guest_file("line_notes").unwrap(), plugin_file("text").unwrap()];
    let world = World::with_plugins(Default::default(), Limits::default(), files).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let plugins = world.rooms.project_plugins(&project).await.unwrap();
    let read = plugins.import_file("line-notes", "notes", "eins\n\nzwei ✓\npicture 00ff".as_bytes()).await.unwrap();
    assert_eq!(read.report.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(), ["blank-line"]);
    let puts: Vec<Value> = read.shapes.iter().map(|shape| json!({ "put": shape })).collect();
    person.edit(json!(puts)).await.unwrap();
    let shapes = canvas_of(&world, &project).await;
    let looks = plugins.render(&shapes.iter().map(|shape| to_draw(shape)).collect::<Vec<_>>()).await;
    let drawn =
        |(shape, look): (Arc<Shape>, Result<_, _>)| DrawnShape { shape, to_canvas: UNMOVED, look: Some(look.unwrap()) };
    let shapes = shapes.into_iter().zip(looks).map(drawn).collect();
    let written = plugins.export_file("line-notes", "notes", shapes, &read.assets).await.unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), "eins\nzwei ✓\npicture 00ff");
    let error = plugins.import_file("line-notes", "notes", b"\xff\xfe").await.unwrap_err();
    assert!(matches!(&error, PluginError::Refused(problem) if problem.code == "not-this-format"), "{error}");
}
