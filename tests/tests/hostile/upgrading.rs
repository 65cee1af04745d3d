//! P2, P3: shapes that an earlier version of their plugin wrote, on a canvas whose plugin is a later one.

use collabcanvas_access::Role;
use collabcanvas_canvas::ProjectId;
use collabcanvas_plugins::Limits;
use collabcanvas_storage::{CanvasStore, JournalBatch, VersionStore};
use collabcanvas_tests::{Person, World, shape};
use serde_json::{Value, json};

use crate::world;

/// A badge as version 1 of its type kept it.
fn old_badge(id: &str, props: Value) -> Value {
    shape(id, "versioned/badge", props)["put"].clone()
}

fn first_props() -> Value {
    json!({"colour": "#ff0000", "big": true})
}

/// A canvas that holds these shapes before anybody opens it.
async fn canvas_with(world: &World, shapes: Vec<Value>) -> ProjectId {
    let project = world.project("canvas").await.unwrap();
    let epoch = world.store.open(&project).await.unwrap().epoch;
    let operations: Vec<Value> = shapes.into_iter().map(|shape| json!({ "put": shape })).collect();
    let line = json!({"seq": 1, "client": "tab", "number": 1, "user": "owner", "operations": operations});
    let lines = format!("{line}\n").into();
    world.store.append(&project, epoch, JournalBatch { first: 1, last: 1, lines }).await.unwrap();
    world.store.close(&project, epoch).await.unwrap();
    project
}

async fn shape_of(world: &World, project: &ProjectId, id: &str) -> Value {
    let replica = world.look(project).await.unwrap();
    let shapes = replica.shapes();
    let found = shapes.iter().find(|shape| shape.id.as_str() == id).expect("the shape is on the canvas");
    serde_json::to_value(&**found).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p2_shapes_of_an_earlier_version_are_brought_up_to_date_after_a_version_was_taken() {
    let world = world("versioned", Limits::default()).await;
    let mut locked = old_badge("locked", first_props());
    locked["locked"] = json!(true);
    let project = canvas_with(&world, vec![old_badge("badge", first_props()), locked]).await;
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    person.edit(json!([shape("next", "basic/rectangle", json!({}))])).await.unwrap();
    for id in ["badge", "locked"] {
        let badge = shape_of(&world, &project, id).await;
        assert_eq!((&badge["version"], &badge["props"]), (&json!(2), &json!({"fill": "#ff0000", "size": 32})));
    }
    world.rooms.shutdown().await;
    let versions = world.store.versions(&project).await.unwrap();
    assert_eq!(
        versions.iter().map(|version| version.name.as_str()).collect::<Vec<_>>(),
        ["Before an upgrade of plugins"]
    );
    // What was brought up to date is saved so, and nothing is left to do.
    let world = world.crashed();
    assert_eq!(shape_of(&world, &project, "badge").await["version"], 2);
    assert_eq!(world.store.versions(&project).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p3_a_shape_that_cannot_be_carried_over_stays_as_it_is_and_still_moves() {
    let mut world = world("versioned", Limits::default()).await;
    let project = canvas_with(&world, vec![old_badge("badge", json!({"no": "badge"}))]).await;
    for opening in 1..=3 {
        world.look(&project).await.unwrap();
        world.rooms.shutdown().await;
        world = world.crashed();
        assert_eq!(world.store.versions(&project).await.unwrap().len(), 1, "opening {opening} keeps no other version");
    }
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    person.edit(json!([{"patch": {"id": "badge", "x": 77}}])).await.unwrap();
    let badge = shape_of(&world, &project, "badge").await;
    assert_eq!(
        (&badge["x"], &badge["props"], &badge["version"]),
        (&json!(77.0), &json!({"no": "badge"}), &Value::Null)
    );
    let refused = person.edit(json!([{"patch": {"id": "badge", "props": {"size": 20}}}])).await.unwrap_err();
    assert!(refused.path.as_deref().is_some_and(|path| path.starts_with("/0/props")), "{refused:?}");
    person.edit(json!([{"delete": "badge"}])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shape_that_was_copied_before_an_upgrade_is_migrated_when_it_is_pasted() {
    let world = world("versioned", Limits::default()).await;
    let project = world.project("canvas").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    person.edit(json!([{"put": old_badge("badge", first_props())}])).await.unwrap();
    let badge = shape_of(&world, &project, "badge").await;
    assert_eq!((&badge["version"], &badge["props"]), (&json!(2), &json!({"fill": "#ff0000", "size": 32})));
    let mut later = old_badge("later", json!({}));
    later["version"] = json!(3);
    let refused = person.edit(json!([{"put": later}])).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.path.as_deref()), ("newer-version", Some("/0/version")));
    assert!(refused.message.contains("version 3") && refused.message.contains("version 2"), "{refused:?}");
}
