//! How large shapes, transactions, frames and canvases may be.

use collabcanvas_canvas::{MAX_OPERATIONS, MAX_SHAPE_BYTES, MAX_SHAPES};
use collabcanvas_rooms::RoomLimits;
use collabcanvas_rooms::protocol::ServerMessage;
use collabcanvas_tests::{Person, shape};
use serde_json::{Value, json};

use crate::{Host, check};

/// Nothing of a refused edit is there, and the session goes on.
async fn still_draws(host: &Host, person: &mut Person) {
    assert!(host.look().await.contents().is_empty(), "a refused transaction leaves nothing");
    person.edit(json!([shape("fine", "basic/rectangle", json!({}))])).await.expect("the session goes on");
}

#[tokio::test]
async fn a_shape_of_more_than_64_kb_is_refused() {
    let host = Host::start().await;
    let mut person = host.person("outbox-1").await;
    let large = "x".repeat(MAX_SHAPE_BYTES + 1);
    let edit = json!([
        shape("small", "basic/rectangle", json!({})),
        shape("large", "basic/rectangle", json!({"text": large}))
    ]);
    let problem = person.edit(edit).await.unwrap_err();
    check(&problem, "shape-too-large", &["the shape large", "65536", "split it"]);
    assert_eq!(problem.path.as_deref(), Some("/1/props"));
    still_draws(&host, &mut person).await;
}

#[tokio::test]
async fn a_transaction_of_more_than_10_000_operations_is_refused() {
    let host = Host::start().await;
    let mut person = host.person("outbox-1").await;
    let operations: Vec<Value> = (0..=MAX_OPERATIONS).map(|number| json!({"delete": format!("r{number}")})).collect();
    let problem = person.edit(Value::Array(operations)).await.unwrap_err();
    check(&problem, "too-many-operations", &["10001", "10000", "send it in parts"]);
    still_draws(&host, &mut person).await;
}

#[tokio::test]
async fn a_frame_of_more_than_4_mb_closes_the_socket_and_no_other() {
    let host = Host::start().await;
    let mut other = host.person("outbox-2").await;
    let mut person = host.person("outbox-1").await;
    let limit = RoomLimits::default().frame_bytes;
    // A message of just the limit is read: what is wrong with it is what it says.
    let whole = json!([shape("large", "basic/rectangle", json!({"text": ""}))]);
    let around = json!({"edit": {"client": person.client, "number": 1, "operations": whole}}).to_string().len();
    let filled = json!([shape("large", "basic/rectangle", json!({"text": "x".repeat(limit - around)}))]);
    check(&person.edit(filled).await.unwrap_err(), "shape-too-large", &[]);
    let _ = person.say("x".repeat(limit + 1)).await;
    let closing = loop {
        if let ServerMessage::Closing(closing) = person.next().await {
            break closing;
        }
    };
    assert_eq!((closing.code.as_str(), closing.reconnect), ("frame-too-large", false));
    assert!(closing.message.contains(&limit.to_string()) && closing.message.contains("send less"), "{closing:?}");
    let ended = person.try_next().await.unwrap_err().to_string();
    assert!(ended.contains("Size") && ended.contains("frame-too-large"), "the close frame says 1009: {ended}");
    still_draws(&host, &mut other).await;
}

#[tokio::test]
async fn a_canvas_takes_100_000_shapes_and_not_one_more() {
    let host = Host::start().await;
    let mut person = host.person("outbox-1").await;
    for part in 0..MAX_SHAPES / MAX_OPERATIONS {
        let put = |number| shape(&format!("r{part}-{number}"), "basic/rectangle", json!({}));
        person.edit((0..MAX_OPERATIONS).map(put).collect()).await.unwrap();
    }
    let problem = person.edit(json!([shape("one-more", "basic/rectangle", json!({}))])).await.unwrap_err();
    check(&problem, "too-many-shapes", &["100001", "100000", "delete some"]);
    person.edit(json!([{"patch": {"id": "r0-0", "x": 5}}])).await.expect("shapes still move");
    let swap = json!([{"delete": "r0-0"}, shape("one-more", "basic/rectangle", json!({}))]);
    person.edit(swap).await.expect("one for another");
    assert_eq!(host.look().await.contents().len(), MAX_SHAPES);
}

#[tokio::test]
async fn an_edit_that_cannot_be_read_is_refused_like_any_other_and_the_socket_stays() {
    let host = Host::start().await;
    let mut person = host.person("outbox-1").await;
    let bad_type = json!([{"put": {"id": "r", "type": "Bad Type", "index": "V", "x": 0, "y": 0, "width": 1, "height": 1, "props": {}}}]);
    let no_number = json!([{"patch": {"id": "r", "x": null}}, {"patch": {"id": "r", "x": "left"}}]);
    let unknown = json!([{"explode": "r"}]);
    for (number, operations) in [(1, bad_type), (2, no_number), (3, unknown)] {
        person.send_as(number, &operations).await.unwrap();
        let problem = person.answer(number).await.unwrap_err();
        check(&problem, "bad-edit", &["cannot be read"]);
    }
    person.send_as(4, &json!([shape("fine", "basic/rectangle", json!({}))])).await.unwrap();
    person.answer(4).await.expect("the session goes on");
}
