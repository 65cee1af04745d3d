use serde_json::json;

use crate::support::Running;

#[tokio::test]
async fn a1_a_viewer_and_an_editor_cannot_manage_the_project() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    for role in ["viewer", "editor"] {
        let mut guest = running.guest(&mut operator, &project, role).await;
        let path = format!("/api/projects/{project}");
        let member = format!("{path}/members/{}", operator.user);
        let refused = [
            guest.patch(&path, json!({"name": "Mine"})).await,
            guest.put(&member, json!({"role": "viewer"})).await,
            guest.delete(&member).await,
            guest.post(&format!("{path}/invitations"), json!({"role": "owner"})).await,
            guest.put(&format!("{path}/plugins/basic"), json!({"digest": ""})).await,
            guest.delete(&format!("{path}/plugins/basic")).await,
            guest.post(&format!("{path}/plugins/basic/release"), json!({})).await,
            guest.post("/api/projects", json!({"name": "Mine"})).await,
            guest.get("/api/plugins").await,
            guest.send("POST", "/api/plugins", &[], b"\0asm").await,
        ];
        for answer in refused {
            assert_eq!(answer.problem(), (403, "not-permitted".into()));
        }
        assert_eq!(guest.get(&path).await.json()["role"], json!(role), "but see it");
    }
}

#[tokio::test]
async fn a1_a_stranger_sees_nothing_of_a_project() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let other = crate::support::text(&operator.post("/api/projects", json!({"name": "Other"})).await.json()["id"]);
    let mut stranger = running.guest(&mut operator, &other, "owner").await;
    for part in ["", "/canvas", "/members"] {
        let answer = stranger.get(&format!("/api/projects/{project}{part}")).await;
        assert_eq!(answer.problem(), (403, "not-permitted".into()), "{part}");
        assert!(answer.text().contains("ask an owner of the project to invite you"));
    }
    assert_eq!(stranger.connect(&project).await.err(), Some(403));
}

#[tokio::test]
async fn members_are_listed_changed_and_removed() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let guest = running.guest(&mut operator, &project, "viewer").await;
    let path = format!("/api/projects/{project}/members");
    let member = format!("{path}/{}", guest.user);
    assert_eq!(operator.put(&member, json!({"role": "editor"})).await.status, 204);
    let expected = json!([
        {"user": {"id": operator.user, "name": "Operator"}, "role": "owner"},
        {"user": {"id": guest.user, "name": "the viewer"}, "role": "editor"},
    ]);
    assert_eq!(operator.get(&path).await.json(), expected);
    assert_eq!(operator.delete(&member).await.status, 204);
    assert_eq!(operator.get(&path).await.json().as_array().unwrap().len(), 1);
    let nobody = operator.put(&format!("{path}/nobody"), json!({"role": "editor"})).await;
    assert_eq!(nobody.problem(), (404, "not-found".into()));
}

#[tokio::test]
async fn a_project_keeps_an_owner() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let own = format!("/api/projects/{project}/members/{}", operator.user);
    for answer in [operator.delete(&own).await, operator.put(&own, json!({"role": "editor"})).await] {
        assert_eq!(answer.problem(), (409, "last-owner".into()));
    }
    let _second = running.guest(&mut operator, &project, "owner").await;
    assert_eq!(operator.delete(&own).await.status, 204);
    let answer = operator.get(&format!("/api/projects/{project}")).await;
    assert_eq!(answer.problem(), (403, "not-permitted".into()));
}
