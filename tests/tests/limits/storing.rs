//! What is kept: records that cannot be read, and when things are saved.

use std::time::{Duration, Instant};

use collabcanvas_canvas::UNREADABLE_TYPE;
use collabcanvas_tests::http::Response;
use collabcanvas_tests::{PATIENCE, shape};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{Host, check};

fn database(host: &Host) -> Connection {
    Connection::open(host.data.path().join("collabcanvas.sqlite")).unwrap()
}

/// How many shapes the last checkpoints have written.
fn checkpointed(host: &Host) -> usize {
    database(host).query_row("SELECT count(*) FROM objects WHERE record IS NOT NULL", [], |row| row.get(0)).unwrap()
}

async fn wait_for_checkpoint(host: &Host, shapes: usize) {
    let deadline = Instant::now() + PATIENCE;
    while checkpointed(host) < shapes {
        assert!(Instant::now() < deadline, "no checkpoint is ever written");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn set_strategy(host: &Host, settings: serde_json::Value) {
    let answer = ask_for_strategy(host, settings).await;
    assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
}

async fn ask_for_strategy(host: &Host, settings: serde_json::Value) -> Response {
    let Host { server, project, cookie, .. } = host;
    let path = format!("/api/projects/{project}");
    let shown = server.request("GET", &path, Some(cookie), None).await.unwrap().json().unwrap();
    let plugins = shown["plugins"].as_array().unwrap();
    let digest = &plugins.iter().find(|plugin| plugin["name"] == "save-interval").unwrap()["digest"];
    let body = json!({"digest": digest, "settings": settings});
    server.request("PUT", &format!("{path}/plugins/save-interval"), Some(cookie), Some(body)).await.unwrap()
}

#[tokio::test]
async fn s2_a_record_that_cannot_be_read_is_a_placeholder_and_everything_else_is_there() {
    let host = Host::start().await;
    let mut person = host.person("outbox-1").await;
    let drawn = ["good", "cut", "garbage", "other"].map(|id| shape(id, "basic/rectangle", json!({"text": id})));
    let seq = person.edit(json!(drawn)).await.unwrap();
    person.saved(seq).await;
    wait_for_checkpoint(&host, 4).await;
    // A later edit is in the journal only, and is replayed over what can be read.
    let seq = person.edit(json!([{"patch": {"id": "good", "x": 77}}])).await.unwrap();
    person.saved(seq).await;
    let host_project = host.project.clone();
    let data = host.kill();
    {
        let file = Connection::open(data.path().join("collabcanvas.sqlite")).unwrap();
        let spoil =
            |id: &str, record: &[u8]| file.execute("UPDATE objects SET record = ?2 WHERE id = ?1", params![id, record]);
        assert_eq!(spoil("cut", b"{\"id\":\"cut\",\"ty").unwrap(), 1);
        assert_eq!(spoil("garbage", b"\xff\x00\xfe").unwrap(), 1);
    }

    let host = Host::start_in(data).await;
    assert_eq!(host.project, host_project);
    let canvas = host.look().await;
    let kinds: Vec<_> =
        canvas.shapes().iter().map(|shape| (shape.id.to_string(), shape.shape_type.to_string())).collect();
    let plain = "basic/rectangle";
    for (id, shape_type) in [("good", plain), ("other", plain), ("cut", UNREADABLE_TYPE), ("garbage", UNREADABLE_TYPE)]
    {
        assert!(kinds.contains(&(id.into(), shape_type.into())), "{id} is not a {shape_type}: {kinds:?}");
    }
    let good = canvas.shapes().into_iter().find(|shape| shape.id.as_str() == "good").unwrap();
    assert_eq!(good.x, 77.0, "the journal is replayed");
    let log = host.server.log();
    for id in ["cut", "garbage"] {
        assert!(
            log.lines().any(|line| line.contains("cannot be read") && line.contains(id)),
            "{id} is not in the log:\n{log}"
        );
    }

    let mut person = host.person("outbox-2").await;
    let problem = person.edit(json!([{"patch": {"id": "cut", "x": 1}}])).await.unwrap_err();
    check(&problem, "unreadable-record", &["cut", "delete it"]);
    person.edit(json!([{"patch": {"id": "other", "x": 1}}])).await.expect("the others can be worked with");
    let seq = person.edit(json!([{"delete": "cut"}])).await.expect("a placeholder can be deleted");
    person.saved(seq).await;
    let host = Host::start_in(host.kill()).await;
    let left = host.look().await.shapes();
    assert!(left.iter().all(|shape| shape.id.as_str() != "cut"), "it stays deleted");
    let kept: Vec<u8> =
        database(&host).query_row("SELECT record FROM objects WHERE id = 'garbage'", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, b"\xff\x00\xfe", "what cannot be read is kept as it is, for whoever can mend it");
}

/// The settings of a project's save strategy decide when shapes are checkpointed; edits are durable either way (D1).
#[tokio::test]
async fn the_settings_of_the_save_strategy_say_when_shapes_are_checkpointed() {
    let host = Host::start().await;
    set_strategy(&host, json!({"checkpoint_seconds": 3600})).await;
    let mut person = host.person("outbox-1").await;
    let seq = person.edit(json!([shape("first", "basic/rectangle", json!({}))])).await.unwrap();
    person.saved(seq).await;
    assert_eq!(checkpointed(&host), 0, "durable in the journal, and not written as an object for an hour");
    set_strategy(&host, json!({"checkpoint_seconds": 1})).await;
    let seq = person.edit(json!([shape("second", "basic/rectangle", json!({}))])).await.unwrap();
    person.saved(seq).await;
    wait_for_checkpoint(&host, 2).await;
    // Whichever way it was kept, it is there after a kill.
    let host = Host::start_in(host.kill()).await;
    assert_eq!(host.look().await.contents().len(), 2);
}

#[tokio::test]
async fn settings_that_a_plugins_schema_does_not_allow_are_refused_with_their_place() {
    let host = Host::start().await;
    for (settings, place) in [
        (json!({"checkpoint_seconds": -1e300}), "/settings/checkpoint_seconds"),
        (json!({"journal_delay_ms": "soon"}), "/settings/journal_delay_ms"),
        (json!({"journal_delay": 0}), "/settings"),
    ] {
        let answer = ask_for_strategy(&host, settings).await;
        let error = answer.json().unwrap()["error"].clone();
        assert_eq!((answer.status, &error["code"], &error["path"]), (422, &json!("bad-settings"), &json!(place)));
    }
    let mut person = host.person("outbox-1").await;
    let seq = person.edit(json!([shape("r", "basic/rectangle", json!({}))])).await.unwrap();
    person.saved(seq).await;
}
