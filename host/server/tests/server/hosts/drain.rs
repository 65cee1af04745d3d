use std::time::Duration;

use collabcanvas_rooms::protocol::ServerMessage;
use serde_json::json;

use super::{Shared, at};

#[tokio::test]
async fn d5_a_host_that_ends_saves_and_tells_its_sockets_to_move() {
    let shared = Shared::start().await;
    let (one, other) = (shared.host().await, shared.host().await);
    let (operator, project) = one.operator().await;
    let (mut socket, _) = operator.enter(&project).await;
    let shape = json!({"id": "box", "type": "basic/rectangle", "index": "V", "x": 1, "y": 2, "width": 30, "height": 20, "props": {}});
    socket.say(json!({"edit": {"client": "tab", "number": 1, "operations": [{"put": shape}]}})).await;
    let accepted =
        |message| matches!(message, ServerMessage::Tick(tick) if !tick.transactions.is_empty()).then_some(());
    socket.wait_for(accepted).await;
    let (_, (closing, _)) = tokio::join!(one.server.stop(), socket.closed());
    assert_eq!((closing.code.as_str(), closing.reconnect), ("moving", true));
    let canvas = at(&operator, &other.server).get(&format!("/api/projects/{project}/canvas")).await.json();
    assert_eq!(canvas["shapes"][0]["id"], json!("box"), "{canvas}");
}

#[tokio::test]
async fn a_host_that_ends_says_that_it_is_not_ready_while_it_still_answers() {
    let shared = Shared::start().await;
    // Of two rooms the second is told after this time: until then the host is asked.
    let host = shared.host_with(|config| config.drain = Duration::from_secs(4)).await;
    let (mut operator, project) = host.operator().await;
    assert_eq!(operator.get("/readyz").await.json(), json!({"status": "ready"}));
    let second = crate::support::text(&operator.post("/api/projects", json!({"name": "Two"})).await.json()["id"]);
    let (mut one, _) = operator.enter(&project).await;
    let (mut two, _) = operator.enter(&second).await;
    let stopping = tokio::spawn(host.server.stop());
    // One of the two is told first.
    tokio::select! {
        _ = one.closed() => {}
        _ = two.closed() => {}
    }
    let ready = operator.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["status"].as_str()), (503, Some("not-ready")), "{}", ready.text());
    assert_eq!(operator.get("/healthz").await.status, 200);
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_host_that_loses_redis_is_not_ready_and_says_why() {
    let mut shared = Shared::start().await;
    let host = shared.host().await;
    shared.redis.kill();
    let answer = host.browser().get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("Redis does not answer"), "{}", answer.text());
    assert_eq!(host.browser().get("/healthz").await.status, 200);
}
