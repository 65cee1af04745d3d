//! HTTP requests.

use std::collections::BTreeMap;

use collabcanvas_tests::http::{Response, send_raw};
use collabcanvas_tests::{PATIENCE, Socket};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::{Scene, damage, random};

const REQUESTS: usize = 500;

/// A request line and a body that goes with it.
fn valid(random: &mut StdRng, project: &str) -> (String, Value) {
    let project = if random.random_bool(0.9) { project } else { "no-such-project" };
    let requests = [
        ("GET /api/me".to_owned(), Value::Null),
        ("PATCH /api/me".to_owned(), json!({"name": "Somebody"})),
        ("POST /api/signin".to_owned(), json!({"token": "0123456789abcdef"})),
        ("POST /api/join".to_owned(), json!({"token": "0123456789abcdef", "name": "Somebody"})),
        (format!("GET /api/projects/{project}"), Value::Null),
        (format!("PATCH /api/projects/{project}"), json!({"name": "Canvas", "save_strategy": "save-interval"})),
        (format!("GET /api/projects/{project}/canvas"), Value::Null),
        (format!("GET /api/projects/{project}/live"), Value::Null),
        (format!("GET /api/projects/{project}/members"), Value::Null),
        (format!("PUT /api/projects/{project}/members/somebody"), json!({"role": "viewer"})),
        (format!("DELETE /api/projects/{project}/members/somebody"), Value::Null),
        (format!("POST /api/projects/{project}/invitations"), json!({"role": "editor"})),
        (format!("PUT /api/projects/{project}/plugins/basic"), json!({"digest": "00", "granted": [], "settings": {}})),
        (format!("DELETE /api/projects/{project}/plugins/text"), Value::Null),
        (format!("POST /api/projects/{project}/plugins/basic/release"), json!({})),
        ("GET /api/plugins".to_owned(), Value::Null),
        ("POST /api/plugins".to_owned(), json!({"no": "plugin"})),
        ("GET /plugins/0123456789/plugin.js".to_owned(), Value::Null),
        ("GET /assets/%2e%2e/%2e%2e/etc/passwd".to_owned(), Value::Null),
        ("GET /p/somewhere?x=%00%ff".to_owned(), Value::Null),
    ];
    requests[random.random_range(0..requests.len())].clone()
}

/// A whole request, most often with damage somewhere.
fn wrong(random: &mut StdRng, scene: &Scene, project: &str) -> Vec<u8> {
    let (line, body) = valid(random, project);
    let host = scene.server.url.trim_start_matches("http://");
    if random.random_bool(0.25) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (cookie, length) = (&scene.operator, body.len());
        return format!(
            "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes();
    }
    let body = damaged_body(random, body);
    let cookie = damaged_cookie(random, scene);
    let origin = if random.random_bool(0.8) { scene.server.url.as_str() } else { "https://evil.example" };
    let length = if random.random_bool(0.9) { body.len() } else { random.random_range(0..1_000) };
    let media_type = ["application/json", "application/wasm", "text/plain"][random.random_range(0..3)];
    let upgrade =
        ["", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"][random.random_range(0..2)];
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nCookie: {cookie}\r\nOrigin: {origin}\r\n\
         Content-Type: {media_type}\r\nContent-Length: {length}\r\n{upgrade}\r\n"
    );
    let mut request = head.into_bytes();
    if random.random_bool(0.3) {
        request = damage::bytes(random, request);
    }
    request.extend(body);
    request
}

fn damaged_body(random: &mut StdRng, mut body: Value) -> Vec<u8> {
    if random.random_bool(0.5) {
        body = damage::tree(random, body);
    }
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    if random.random_bool(0.3) { damage::bytes(random, body) } else { body }
}

fn damaged_cookie(random: &mut StdRng, scene: &Scene) -> String {
    match random.random_range(0..4) {
        0 => "collabcanvas_session=made-up".to_owned(),
        1 => scene.operator.clone(),
        2 => scene.guest.clone(),
        _ => String::from_utf8_lossy(&damage::bytes(random, scene.guest.clone().into_bytes())).into_owned(),
    }
}

/// Whoever is turned away by the application is told why.
fn check(answer: &Response, request: &str) {
    assert!(answer.status < 500, "{} {}: {request}", answer.status, String::from_utf8_lossy(&answer.body));
    let is_json = answer.header("content-type").is_some_and(|media_type| media_type.starts_with("application/json"));
    if answer.status >= 400 && is_json {
        let body = answer.json().unwrap();
        let problem = &body["error"];
        assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{body}: {request}");
        assert!(problem["message"].as_str().is_some_and(|message| message.len() > 10), "{body}: {request}");
    }
}

#[tokio::test]
async fn wrong_requests_are_answered_with_a_reason_and_nobody_notices() {
    let mut random = random();
    let mut scene = Scene::new().await;
    // Requests of the operator change things: in another project than the innocent session's.
    let made =
        scene.server.request("POST", "/api/projects", Some(&scene.operator), Some(json!({"name": "Other"}))).await;
    let other = made.unwrap().json().unwrap()["id"].as_str().unwrap().to_owned();
    let mut statuses = BTreeMap::<u16, usize>::new();
    for _ in 0..REQUESTS {
        let request = wrong(&mut random, &scene, &other);
        let sending = tokio::time::timeout(PATIENCE, send_raw(&scene.server.url, &request));
        let (answer, ()) = tokio::join!(sending, scene.innocent.draw());
        // One that is cut short, or is no HTTP, may be dropped without an answer.
        if let Ok(answer) = answer.expect("no request hangs") {
            check(&answer, &String::from_utf8_lossy(&request));
            *statuses.entry(answer.status).or_default() += 1;
        }
    }
    println!("{statuses:?}");
    for expected in [200, 400, 401, 403, 404, 422] {
        assert!(statuses.contains_key(&expected), "requests got as far as {expected}: {statuses:?}");
    }
    scene.check().await;
}

#[tokio::test]
async fn a1_no_socket_opens_from_another_site_or_without_a_session() {
    let scene = Scene::new().await;
    let (url, project) = (&scene.server.url, &scene.project);
    let refused = [
        (Socket::open_from(url, project, &scene.guest, "https://evil.example").await, "403"),
        (Socket::open(url, project, "collabcanvas_session=made-up").await, "401"),
        (Socket::open(url, project, "other=cookie").await, "401"),
        (Socket::open(url, "no-such-project", &scene.guest).await, "404"),
    ];
    for (socket, status) in refused {
        let error = socket.err().expect("no socket opens").to_string();
        assert!(error.contains(status), "{status}: {error}");
    }
    scene.check().await;
}
