use serde_json::json;

use crate::support::{Running, built_plugins, text};

#[tokio::test]
async fn the_first_canvas_has_every_plugin_that_comes_with_the_server() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (mut operator, project) = running.operator().await;
    let shown = operator.get(&format!("/api/projects/{project}")).await.json();
    assert_eq!(shown["save_strategy"], json!("save-interval"));
    let plugins = shown["plugins"].as_array().unwrap();
    let names: Vec<_> = plugins.iter().map(|plugin| text(&plugin["name"])).collect();
    assert_eq!(names, ["basic", "save-adaptive", "save-interval", "save-through", "text"]);
    assert!(plugins.iter().all(|plugin| plugin["state"] == "ok"), "{shown}");
    let basic = &plugins[0];
    assert_eq!(text(&basic["entry"]), format!("/plugins/{}/plugin.js", text(&basic["digest"])));
    assert_eq!(plugins[2]["entry"], json!(null), "a save strategy is of no use to a browser");
    let rectangle = basic["shape_types"].as_array().unwrap().iter().find(|shape| shape["name"] == "rectangle").unwrap();
    assert!(rectangle["default_props"].is_object() && rectangle["props_schema"].is_object(), "{rectangle}");
}

#[tokio::test]
async fn a_project_is_made_and_renamed() {
    let running = Running::start().await;
    let (mut operator, _) = running.operator().await;
    let made = operator.post("/api/projects", json!({"name": "Plans"})).await;
    assert_eq!((made.status, &made.json()["role"]), (201, &json!("owner")));
    let path = format!("/api/projects/{}", text(&made.json()["id"]));
    assert_eq!(operator.patch(&path, json!({"name": "Better plans"})).await.json()["name"], json!("Better plans"));
    assert_eq!(operator.get(&path).await.json()["name"], json!("Better plans"));
    assert_eq!(operator.patch(&path, json!({"name": ""})).await.problem(), (422, "bad-name".into()));
    let answer = operator.patch(&path, json!({"save_strategy": "hope"})).await;
    assert_eq!(answer.problem(), (422, "no-strategy".into()));
}

#[tokio::test]
async fn a_project_that_does_not_exist_is_not_found() {
    let running = Running::start().await;
    let (mut operator, _) = running.operator().await;
    for id in ["nothing", "a%20b", &"x".repeat(100), "..%2f.."] {
        for part in ["", "/canvas", "/live", "/members"] {
            let answer = operator.get(&format!("/api/projects/{id}{part}")).await;
            assert_eq!(answer.problem(), (404, "no-such-project".into()), "{id}{part}");
        }
    }
}

#[tokio::test]
async fn a_snapshot_comes_compressed_and_not_again_while_nothing_has_changed() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let path = format!("/api/projects/{project}/canvas");
    let plain = operator.get(&path).await;
    assert_eq!(plain.header("cache-control"), "private, no-cache");
    let place = plain.json()["place"].clone();
    assert_eq!(plain.json()["shapes"], json!([]));
    assert_eq!(plain.header("etag"), format!("\"{}-{}\"", place["epoch"], place["seq"]));
    let gzip = operator.send("GET", &path, &[("accept-encoding", "gzip")], b"").await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(&gzip.body[..2], [0x1f, 0x8b]);
    let same = operator.send("GET", &path, &[("if-none-match", plain.header("etag"))], b"").await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let other = operator.send("GET", &path, &[("if-none-match", "\"0-999\"")], b"").await;
    assert_eq!(other.status, 200);
}
