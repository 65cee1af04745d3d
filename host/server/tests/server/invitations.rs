use serde_json::json;

use crate::support::{Running, text};

#[tokio::test]
async fn an_invitation_makes_one_person_a_member_and_is_used_up() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let token = operator.invite(&project, "editor").await;
    let mut first = running.browser();
    let answer = first.post("/api/join", json!({"token": token, "name": "Ada"})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["project"], json!(project));
    assert_eq!(answer.json()["user"]["operator"], json!(false));
    let me = first.get("/api/me").await.json();
    assert_eq!(me["projects"], json!([{"id": project, "name": "My canvas", "role": "editor"}]));
    let second = running.browser().post("/api/join", json!({"token": token, "name": "Bob"})).await;
    assert_eq!(second.problem(), (410, "no-invitation".into()));
}

#[tokio::test]
async fn of_many_who_take_an_invitation_at_once_one_gets_it() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let token = operator.invite(&project, "viewer").await;
    let takers = (0..12).map(|number| {
        let (mut browser, body) = (running.browser(), json!({"token": token, "name": format!("taker {number}")}));
        async move { browser.post("/api/join", body).await.status }
    });
    let mut statuses = futures_util::future::join_all(takers).await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 410), "{statuses:?}");
}

#[tokio::test]
async fn a_bad_name_does_not_cost_the_invitation() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let token = operator.invite(&project, "viewer").await;
    for name in ["", "   ", &"x".repeat(200), "two\nlines"] {
        let answer = running.browser().post("/api/join", json!({"token": token, "name": name})).await;
        assert_eq!(answer.problem(), (422, "bad-name".into()));
    }
    assert_eq!(running.browser().post("/api/join", json!({"token": token, "name": "Ada"})).await.status, 200);
}

#[tokio::test]
async fn somebody_who_is_signed_in_stays_who_they_are_and_never_gets_less() {
    let running = Running::start().await;
    let (mut operator, first) = running.operator().await;
    let second = text(&operator.post("/api/projects", json!({"name": "Second"})).await.json()["id"]);
    let mut guest = running.guest(&mut operator, &first, "viewer").await;
    let user = guest.user.clone();
    for (project, role) in [(&second, "editor"), (&first, "editor"), (&first, "viewer")] {
        let token = operator.invite(project, role).await;
        let answer = guest.post("/api/join", json!({"token": token})).await;
        assert_eq!((answer.status, &answer.json()["user"]["id"]), (200, &json!(user)));
    }
    let me = guest.get("/api/me").await.json();
    let roles: Vec<_> = me["projects"].as_array().unwrap().iter().map(|project| &project["role"]).collect();
    assert_eq!(roles, ["editor", "editor"]);
}

#[tokio::test]
async fn an_invitation_leads_to_the_address_that_its_maker_uses() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let answer = operator.post(&format!("/api/projects/{project}/invitations"), json!({"role": "viewer"})).await;
    let link = text(&answer.json()["link"]);
    assert!(link.starts_with(&format!("{}/join#token=", running.server.url())), "{link}");
    assert!(answer.json()["expires_ms"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn an_invitation_is_worth_nothing_once_its_maker_may_not_invite() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let mut second = running.guest(&mut operator, &project, "owner").await;
    let token = second.invite(&project, "owner").await;
    let path = format!("/api/projects/{project}/members/{}", second.user);
    assert_eq!(operator.put(&path, json!({"role": "viewer"})).await.status, 204);
    let back = second.post("/api/join", json!({"token": token})).await;
    assert_eq!(back.problem(), (410, "no-invitation".into()));
    assert_eq!(second.get("/api/me").await.json()["projects"][0]["role"], json!("viewer"));
}

#[tokio::test]
async fn a_member_who_gains_nothing_by_an_invitation_leaves_it_to_somebody_else() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let token = operator.invite(&project, "editor").await;
    assert_eq!(operator.post("/api/join", json!({"token": token})).await.status, 200);
    let guest = running.browser().post("/api/join", json!({"token": token, "name": "Ada"})).await;
    assert_eq!(guest.status, 200);
}
