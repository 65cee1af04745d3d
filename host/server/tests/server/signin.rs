use serde_json::json;

use crate::support::{Running, text, token_of};

#[tokio::test]
async fn the_printed_link_signs_any_number_of_browsers_in_as_the_operator() {
    let running = Running::start().await;
    let mut users = Vec::new();
    for _ in 0..2 {
        let (mut browser, project) = running.operator().await;
        let me = browser.get("/api/me").await.json();
        assert_eq!(me["user"]["operator"], json!(true));
        assert_eq!(me["projects"], json!([{"id": project, "name": "My canvas", "role": "owner"}]));
        users.push(text(&me["user"]["id"]));
    }
    assert_eq!(users[0], users[1]);
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_for_scripts_other_sites_and_plain_connections() {
    for (origin, secure) in [(None, false), (Some("https://canvas.example.org"), true)] {
        let running =
            Running::start_with(|config| config.origins.extend(origin.map(|text| text.parse().unwrap()))).await;
        let mut browser = running.browser();
        let answer = browser.post("/api/signin", json!({"token": token_of(&running.server.signin_link())})).await;
        let cookie = answer.header("set-cookie");
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.split("; ").any(|part| part == flag), "{flag} is missing in {cookie}");
        }
        assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
    }
}

#[tokio::test]
async fn a_wrong_token_signs_nobody_in() {
    let running = Running::start().await;
    let right = token_of(&running.server.signin_link()).to_owned();
    for token in ["", "x", &right[1..], &right.to_uppercase().replace('0', "1")] {
        let answer = running.browser().post("/api/signin", json!({"token": token})).await;
        assert_eq!(answer.problem(), (401, "bad-token".into()));
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn the_link_of_a_server_that_has_ended_is_worth_nothing_but_its_sessions_go_on() {
    let running = Running::start().await;
    let old = token_of(&running.server.signin_link()).to_owned();
    let (browser, project) = running.operator().await;
    let Running { server, data } = running;
    server.stop().await;
    let running = Running::start_in(data, |_| {}).await;
    let answer = running.browser().post("/api/signin", json!({"token": old})).await;
    assert_eq!(answer.problem(), (401, "bad-token".into()));
    let mut browser = crate::support::Browser { cookie: browser.cookie, ..running.browser() };
    let me = browser.get("/api/me").await.json();
    assert_eq!(
        me["projects"],
        json!([{"id": project, "name": "My canvas", "role": "owner"}]),
        "and there is no second canvas"
    );
}

#[tokio::test]
async fn a1_whoever_is_not_signed_in_is_told_so_on_every_route_that_asks_for_it() {
    let running = Running::start().await;
    let (_, project) = running.operator().await;
    let routes = [
        ("GET", "/api/me".to_owned()),
        ("PATCH", "/api/me".into()),
        ("POST", "/api/signout".into()),
        ("POST", "/api/projects".into()),
        ("GET", format!("/api/projects/{project}")),
        ("PATCH", format!("/api/projects/{project}")),
        ("GET", format!("/api/projects/{project}/canvas")),
        ("GET", format!("/api/projects/{project}/live")),
        ("GET", format!("/api/projects/{project}/members")),
        ("PUT", format!("/api/projects/{project}/members/x")),
        ("DELETE", format!("/api/projects/{project}/members/x")),
        ("POST", format!("/api/projects/{project}/invitations")),
        ("PUT", format!("/api/projects/{project}/plugins/basic")),
        ("DELETE", format!("/api/projects/{project}/plugins/basic")),
        ("POST", format!("/api/projects/{project}/plugins/basic/release")),
        ("GET", "/api/plugins".into()),
        ("POST", "/api/plugins".into()),
    ];
    for (method, path) in routes {
        for cookie in [None, Some("collabcanvas_session=0000".to_owned())] {
            let mut browser = crate::support::Browser { cookie, ..running.browser() };
            let answer = browser.send(method, &path, &[], b"").await;
            assert_eq!(answer.problem(), (401, "signed-out".into()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_store_too() {
    let running = Running::start().await;
    let (mut browser, _) = running.operator().await;
    let mut thief = browser.clone();
    assert_eq!(browser.post("/api/signout", json!({})).await.status, 204);
    assert_eq!(browser.cookie, None);
    assert_eq!(thief.get("/api/me").await.problem(), (401, "signed-out".into()));
}

#[tokio::test]
async fn a_page_of_another_site_can_change_nothing_with_a_persons_cookie() {
    let running = Running::start().await;
    let (mut browser, project) = running.operator().await;
    browser.origin = Some("http://evil.example".into());
    let answer = browser.patch("/api/me", json!({"name": "Eve"})).await;
    assert_eq!(answer.problem(), (403, "wrong-origin".into()));
    assert!(answer.text().contains("http://evil.example"), "{}", answer.text());
    assert_eq!(browser.connect(&project).await.err(), Some(403));
    browser.origin = Some(running.server.url().to_owned());
    assert_eq!(browser.get("/api/me").await.json()["user"]["name"], "Operator");
}

#[tokio::test]
async fn a_configured_origin_may_change_things() {
    let running =
        Running::start_with(|config| config.origins = vec!["https://canvas.example.org".parse().unwrap()]).await;
    assert!(running.server.signin_link().starts_with("https://canvas.example.org/signin#token="));
    let (mut browser, _) = running.operator().await;
    browser.origin = Some("https://canvas.example.org".into());
    assert_eq!(browser.patch("/api/me", json!({"name": " Ada "})).await.json()["name"], "Ada");
}
