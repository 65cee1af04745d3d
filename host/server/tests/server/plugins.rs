use std::path::Path;

use serde_json::json;

use crate::support::{Running, built_plugins, text};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(built_plugins().join(name)).unwrap()
}

#[tokio::test]
async fn an_operator_uploads_a_plugin_and_an_owner_enables_it() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let uploaded = operator.send("POST", "/api/plugins", &[], &file("basic.wasm")).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let plugin = uploaded.json();
    assert_eq!((&plugin["name"], &plugin["kinds"]), (&json!("basic"), &json!(["shapes"])));
    assert_eq!(operator.get("/api/plugins").await.json(), json!([plugin]));
    let path = format!("/api/projects/{project}/plugins/basic");
    let enabled = operator.put(&path, json!({"digest": plugin["digest"]})).await;
    assert_eq!(enabled.status, 204, "{}", enabled.text());
    let shown = operator.get(&format!("/api/projects/{project}")).await.json();
    assert_eq!(shown["plugins"][0]["name"], json!("basic"));
    assert_eq!(operator.delete(&path).await.status, 204);
    assert_eq!(operator.get(&format!("/api/projects/{project}")).await.json()["plugins"], json!([]));
    assert_eq!(operator.delete(&path).await.problem(), (404, "not-found".into()));
}

#[tokio::test]
async fn p2_an_uploaded_plugin_is_there_after_a_restart() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let digest = text(&operator.send("POST", "/api/plugins", &[], &file("text.wasm")).await.json()["digest"]);
    operator.put(&format!("/api/projects/{project}/plugins/text"), json!({"digest": digest})).await;
    let Running { server, data } = running;
    server.stop().await;
    let running = Running::start_in(data, |_| {}).await;
    let (mut operator, _) = running.operator().await;
    let shown = operator.get(&format!("/api/projects/{project}")).await.json();
    assert_eq!((&shown["plugins"][0]["digest"], &shown["plugins"][0]["state"]), (&json!(digest), &json!("ok")));
}

#[tokio::test]
async fn p3_a_plugin_whose_file_is_gone_is_shown_as_missing() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (_, project) = running.operator().await;
    let Running { server, data } = running;
    server.stop().await;
    std::fs::remove_dir_all(data.path().join("plugins")).unwrap();
    let running = Running::start_in(data, |_| {}).await;
    let (mut operator, _) = running.operator().await;
    let shown = operator.get(&format!("/api/projects/{project}")).await.json();
    assert_eq!(shown["plugins"][0]["state"], json!("missing"));
    assert!(text(&shown["plugins"][0]["reason"]).contains("an operator can upload it"));
    assert_eq!(
        operator.get(&format!("/api/projects/{project}/canvas")).await.status,
        200,
        "and the canvas still opens"
    );
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_the_reason() {
    let running = Running::start().await;
    let (mut operator, _) = running.operator().await;
    for body in [&b""[..], b"<html>", b"\0asm\x01\0\0\0"] {
        let answer = operator.send("POST", "/api/plugins", &[], body).await;
        assert_eq!(answer.problem(), (422, "plugin-refused".into()), "{body:?}");
    }
    assert_eq!(operator.get("/api/plugins").await.json(), json!([]));
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_not_even_read() {
    let running = Running::start_with(|config| config.plugin_limits.file_bytes = 1_000).await;
    let (mut operator, _) = running.operator().await;
    let answer = operator.send("POST", "/api/plugins", &[], &vec![0; 1_001]).await;
    assert_eq!(answer.problem(), (413, "too-large".into()));
}

#[tokio::test]
async fn a_project_enables_only_what_is_installed_and_grants_only_what_is_asked_for() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (mut operator, project) = running.operator().await;
    let installed = operator.get("/api/plugins").await.json();
    let digest = &installed[0]["digest"];
    let path = format!("/api/projects/{project}/plugins");
    let refused = [
        (operator.put(&format!("{path}/basic"), json!({"digest": "00"})).await, "not-installed"),
        (operator.put(&format!("{path}/other"), json!({"digest": digest})).await, "not-installed"),
        (
            operator.put(&format!("{path}/basic"), json!({"digest": digest, "granted": ["storage"]})).await,
            "not-requested",
        ),
        (operator.put(&format!("{path}/basic"), json!({"digest": digest, "granted": ["fly"]})).await, "bad-body"),
    ];
    for (answer, code) in refused {
        assert_eq!(answer.problem(), (422, code.into()));
    }
    let answer = operator.delete(&format!("{path}/save-interval")).await;
    assert_eq!(answer.problem(), (409, "in-use".into()));
    let answer = operator.post(&format!("{path}/nothing/release"), json!({})).await;
    assert_eq!(answer.problem(), (404, "not-found".into()));
    assert_eq!(operator.post(&format!("{path}/basic/release"), json!({})).await.status, 204);
}

#[tokio::test]
async fn a_file_that_is_no_plugin_does_not_keep_the_server_from_starting() {
    let bundle = tempfile::tempdir().unwrap();
    std::fs::write(bundle.path().join("bad.wasm"), "not a plugin").unwrap();
    std::fs::copy(built_plugins().join("text.wasm"), bundle.path().join("text.wasm")).unwrap();
    let running = Running::start_with(|config| config.plugins = Some(bundle.path().to_owned())).await;
    let (mut operator, _) = running.operator().await;
    assert_eq!(operator.get("/api/plugins").await.json()[0]["name"], json!("text"));
}

/// A build whose custom sections differ is another build: another digest, the same behaviour.
fn rebuild(from: &Path, to: &Path) {
    let mut file = std::fs::read(from).unwrap();
    file.extend([0, 6, 4, b'n', b'o', b't', b'e', b'1']);
    std::fs::write(to, file).unwrap();
}

#[tokio::test]
async fn p2_a_newer_build_takes_over_only_from_one_that_came_with_the_server_too() {
    let bundle = tempfile::tempdir().unwrap();
    let (old, new) = (built_plugins().join("basic.wasm"), bundle.path().join("basic.wasm"));
    std::fs::copy(&old, &new).unwrap();
    let folder = bundle.path().to_owned();
    let running = Running::start_with(|config| config.plugins = Some(folder.clone())).await;
    let (mut operator, followed) = running.operator().await;
    let first = text(&operator.get("/api/plugins").await.json()[0]["digest"]);
    // A second project pins a build that was uploaded.
    rebuild(&old, &new);
    rebuild(&new, &new);
    let uploaded = operator.send("POST", "/api/plugins", &[], &std::fs::read(&new).unwrap()).await.json();
    let pinned = text(&operator.post("/api/projects", json!({"name": "Pinned"})).await.json()["id"]);
    operator.put(&format!("/api/projects/{pinned}/plugins/basic"), json!({"digest": uploaded["digest"]})).await;
    rebuild(&old, &new);
    let Running { server, data } = running;
    server.stop().await;
    let running = Running::start_in(data, |config| config.plugins = Some(folder)).await;
    let (mut operator, _) = running.operator().await;
    let followed = text(&operator.get(&format!("/api/projects/{followed}")).await.json()["plugins"][0]["digest"]);
    let kept = text(&operator.get(&format!("/api/projects/{pinned}")).await.json()["plugins"][0]["digest"]);
    assert!(followed != first && followed != kept, "{first} {followed} {kept}");
    assert_eq!(json!(kept), uploaded["digest"]);
    let installed = operator.get("/api/plugins").await.json();
    assert_eq!(installed.as_array().unwrap().len(), 3, "every build that a project could pin is there: {installed}");
}
