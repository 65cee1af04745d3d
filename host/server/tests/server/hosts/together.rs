use collabcanvas_rooms::protocol::ServerMessage;
use serde_json::{Value, json};

use super::{Shared, at};
use crate::support::{Browser, Socket, built_plugins, text, token_of};

fn put(id: &str) -> Value {
    json!({"put": {"id": id, "type": "basic/rectangle", "index": "V", "x": 1, "y": 2, "width": 30, "height": 20, "props": {}}})
}

async fn edit(socket: &mut Socket, number: u64, operations: Value) {
    socket.say(json!({"edit": {"client": "tab", "number": number, "operations": operations}})).await;
}

/// Waits until the socket is told of a shape.
async fn sees(socket: &mut Socket, id: &str) {
    let named =
        |message: ServerMessage| serde_json::to_string(&message).unwrap().contains(&format!("\"{id}\"")).then_some(());
    socket.wait_for(named).await;
}

#[tokio::test]
async fn hosts_that_start_at_once_make_one_operator_and_one_project() {
    let shared = Shared::start().await;
    let (one, other) = tokio::join!(shared.host(), shared.host());
    let (mut operator, project) = one.operator().await;
    let (elsewhere, same) = other.operator().await;
    assert_eq!((&operator.user, &project), (&elsewhere.user, &same));
    let me = operator.get("/api/me").await.json();
    assert_eq!(me["projects"].as_array().unwrap().len(), 1, "{me}");
}

#[tokio::test]
async fn new_projects_of_many_hosts_are_saved_in_few_writes() {
    let shared = Shared::start().await;
    let host = shared.host().await;
    let (mut operator, first) = host.operator().await;
    let made = text(&operator.post("/api/projects", json!({"name": "Plans"})).await.json()["id"]);
    for project in [first, made] {
        let shown = operator.get(&format!("/api/projects/{project}")).await.json();
        assert_eq!(shown["save_strategy"], json!("save-adaptive"), "{shown}");
    }
}

#[tokio::test]
async fn who_signs_in_at_one_host_is_signed_in_at_all() {
    let shared = Shared::start().await;
    let (one, other) = (shared.host().await, shared.host().await);
    let (operator, _) = one.operator().await;
    let mut elsewhere = at(&operator, &other.server);
    let me = elsewhere.get("/api/me").await;
    assert_eq!((me.status, &me.json()["user"]["id"]), (200, &json!(operator.user)));
    assert_eq!(elsewhere.post("/api/signout", json!({})).await.status, 204);
    assert_eq!(at(&operator, &one.server).get("/api/me").await.status, 401, "and signed out at all");
}

/// Behind a load balancer nobody knows at which host a link is opened.
#[tokio::test]
async fn the_link_that_one_host_prints_signs_in_at_the_other_and_is_no_cookie() {
    let shared = Shared::start().await;
    let (one, other) = (shared.host().await, shared.host().await);
    let link = one.server.signin_link();
    let (mut operator, _) = other.browser().sign_in(&link).await;
    assert_eq!(operator.get("/api/me").await.status, 200);
    let wrong = other.browser().post("/api/signin", json!({"token": "0".repeat(64)})).await;
    assert_eq!(wrong.problem(), (401, "bad-token".into()));
    let mut thief = other.browser();
    thief.cookie = operator.cookie.clone().map(|cookie| {
        let (name, _) = cookie.split_once('=').unwrap();
        format!("{name}={}", token_of(&link))
    });
    assert_eq!(thief.get("/api/me").await.status, 401, "a link is no cookie");
    let cookie = operator.cookie.unwrap();
    let token = cookie.split_once('=').unwrap().1;
    let answer = other.browser().post("/api/signin", json!({"token": token})).await;
    assert_eq!(answer.status, 401, "and a cookie no link");
}

#[tokio::test]
async fn s1_an_edit_at_one_host_is_seen_at_the_other_and_so_is_who_is_there() {
    let shared = Shared::start().await;
    let (one, other) = (shared.host().await, shared.host().await);
    let (mut operator, project) = one.operator().await;
    let guest = one.guest(&mut operator, &project, "editor").await;
    let (mut here, _) = operator.enter(&project).await;
    let (mut there, _) = at(&guest, &other.server).enter(&project).await;
    // Each learns that the other is there, at once or with the next heartbeat.
    sees(&mut here, &guest.user).await;
    here.say(json!({"presence": {"cursor": [5, 6.25]}})).await;
    there.wait_for(|message| serde_json::to_string(&message).unwrap().contains("6.25").then_some(())).await;
    edit(&mut here, 1, json!([put("box")])).await;
    sees(&mut there, "box").await;
    edit(&mut there, 1, json!([{"patch": {"id": "box", "x": 77}}])).await;
    let moved = |message: ServerMessage| serde_json::to_string(&message).unwrap().contains("77").then_some(());
    here.wait_for(moved).await;
}

#[tokio::test]
async fn a2_a_role_that_changes_at_one_host_counts_at_once_at_the_other() {
    let shared = Shared::start().await;
    let (one, other) = (shared.host().await, shared.host().await);
    let (mut operator, project) = one.operator().await;
    let guest = one.guest(&mut operator, &project, "editor").await;
    let (mut socket, _) = at(&guest, &other.server).enter(&project).await;
    let member = format!("/api/projects/{project}/members/{}", guest.user);
    assert_eq!(operator.put(&member, json!({"role": "viewer"})).await.status, 204);
    let role = |message| match message {
        ServerMessage::Role(change) => Some(change.role),
        _ => None,
    };
    assert_eq!(socket.wait_for(role).await, Some(collabcanvas_access::Role::Viewer));
    edit(&mut socket, 1, json!([put("box")])).await;
    let rejected = |message| matches!(message, ServerMessage::Refused(_)).then_some(());
    socket.wait_for(rejected).await;
    assert_eq!(operator.delete(&member).await.status, 204);
    assert_eq!(socket.closed().await.0.code, "removed");
}

/// Installs the plugin `basic` and enables it in a project; answers with its digest.
async fn enable_basic(operator: &mut Browser, project: &str) -> String {
    let file = std::fs::read(built_plugins().join("basic.wasm")).unwrap();
    let uploaded = operator.send("POST", "/api/plugins", &[], &file).await;
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let digest = text(&uploaded.json()["digest"]);
    let enabled = operator.put(&format!("/api/projects/{project}/plugins/basic"), json!({"digest": digest})).await;
    assert_eq!(enabled.status, 204, "{}", enabled.text());
    digest
}

#[tokio::test]
async fn p2_a_plugin_that_is_installed_at_one_host_is_used_at_the_other() {
    let shared = Shared::start().await;
    let bare = |config: &mut collabcanvas_server::ServerConfig| config.plugins = None;
    let (one, other) = (shared.host_with(bare).await, shared.host_with(bare).await);
    let (mut operator, project) = one.operator().await;
    let mut elsewhere = at(&operator, &other.server);
    let (mut there, _) = elsewhere.enter(&project).await;
    let digest = enable_basic(&mut operator, &project).await;
    // The other host's room has it as soon as it says so.
    let changed = |message| matches!(message, ServerMessage::Plugins(_)).then_some(());
    there.wait_for(changed).await;
    edit(&mut there, 1, json!([put("box")])).await;
    sees(&mut there, "box").await;
    assert_eq!(elsewhere.get(&format!("/plugins/{digest}/plugin.js")).await.status, 200);
    assert_eq!(elsewhere.get("/api/plugins").await.json()[0]["digest"], json!(digest));
    // A host that begins later has it too.
    let late = shared.host_with(bare).await;
    let listed = at(&operator, &late.server).get("/api/plugins").await;
    assert_eq!(listed.json()[0]["digest"], json!(digest));
}

/// The object store is away when a host opens a canvas: it draws placeholders, and the shapes when it can.
#[tokio::test]
async fn a_plugin_that_cannot_be_fetched_is_there_as_soon_as_it_can() {
    let shared = Shared::start().await;
    let bare = |config: &mut collabcanvas_server::ServerConfig| config.plugins = None;
    let (one, other) = (shared.host_with(bare).await, shared.host_with(bare).await);
    let (mut operator, project) = one.operator().await;
    enable_basic(&mut operator, &project).await;
    let files = shared.objects.path().join("plugins/files");
    let aside = shared.objects.path().join("aside");
    std::fs::rename(&files, &aside).unwrap();
    // What is no folder cannot be looked into.
    std::fs::write(&files, "").unwrap();
    let (mut there, _) = at(&operator, &other.server).enter(&project).await;
    let mut unlikely = put("early");
    unlikely["put"]["props"] = json!({"corner_radius": "round"});
    edit(&mut there, 1, json!([unlikely])).await;
    // Nobody can say yet whether it is one.
    sees(&mut there, "early").await;
    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&aside, &files).unwrap();
    there.wait_for(|message| matches!(message, ServerMessage::Plugins(_)).then_some(())).await;
    unlikely["put"]["id"] = json!("late");
    edit(&mut there, 2, json!([unlikely])).await;
    there.wait_for(|message| matches!(message, ServerMessage::Refused(_)).then_some(())).await;
}

#[tokio::test]
async fn metrics_tell_what_a_host_does_and_what_it_costs() {
    let shared = Shared::start().await;
    let host = shared.host_with(|config| config.metrics = Some("127.0.0.1:0".into())).await;
    let (operator, project) = host.operator().await;
    let (mut socket, _) = operator.enter(&project).await;
    edit(&mut socket, 1, json!([put("box")])).await;
    let saved = |message| match message {
        ServerMessage::Tick(tick) => tick.durable.filter(|durable| *durable >= 1),
        _ => None,
    };
    socket.wait_for(saved).await;
    let mut scraper = crate::support::Browser::of(&format!("http://{}", host.server.metrics_address().unwrap()));
    let page = scraper.get("/metrics").await.text();
    for line in [
        "collabcanvas_rooms_open 1",
        "collabcanvas_sockets_open 1",
        "collabcanvas_busy 0",
        "collabcanvas_leases_held 1",
        "collabcanvas_canvas_openings_total{source=\"store\"} 1",
        "collabcanvas_epochs_begun_total 1",
        "collabcanvas_appends_seconds_bucket{le=\"+Inf\"} 1",
        "collabcanvas_redis_errors_total 0",
        "collabcanvas_dynamodb_requests_total{operation=\"append\"} 1",
    ] {
        assert!(page.lines().any(|there| there == line), "{line} is missing in\n{page}");
    }
    let of_project = format!("collabcanvas_dynamodb_project_units_total{{project=\"{project}\",kind=\"write\"}}");
    assert!(page.contains(&of_project), "{page}");
    assert_eq!(at(&operator, &host.server).get("/metrics").await.status, 404, "browsers' port does not have it");
}

/// Somebody waits to be greeted, having seen more of the order than this host, when the order begins anew: they are asked
/// once to load the canvas, and may greet once more.
#[tokio::test]
async fn who_waits_to_be_greeted_when_the_order_begins_anew_greets_again() {
    let shared = Shared::start().await;
    let host = shared.host().await;
    let (operator, project) = host.operator().await;
    let (mut waiting, _) = operator.enter(&project).await;
    let (mut drawing, _) = operator.enter(&project).await;
    let resync = |message| match message {
        ServerMessage::Resync(resync) => Some(resync.place),
        _ => None,
    };
    edit(&mut drawing, 1, json!([put("box")])).await;
    shared.redis.ask(&["FLUSHALL"]);
    edit(&mut drawing, 2, json!([put("star")])).await;
    let place = waiting.wait_for(resync).await;
    drawing.wait_for(resync).await;
    drawing.say(json!({"hello": {"protocol": 1, "known": place}})).await;
    let ahead = json!({"epoch": place.epoch, "seq": place.seq + 1_000});
    waiting.say(json!({"hello": {"protocol": 1, "known": ahead}})).await;
    shared.redis.ask(&["FLUSHALL"]);
    edit(&mut drawing, 3, json!([put("oval")])).await;
    let again = waiting.wait_for(resync).await;
    assert!(again.epoch > place.epoch, "{again:?} after {place:?}");
    waiting.say(json!({"hello": {"protocol": 1}})).await;
    waiting.wait_for(|message| matches!(message, ServerMessage::Welcome(_)).then_some(())).await;
    sees(&mut waiting, "oval").await;
}
