use collabcanvas_access::Role;
use collabcanvas_rooms::protocol::ServerMessage;
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Running, Socket, built_plugins};

/// A transaction that changes nothing, which is an edit all the same.
fn edit(number: u64) -> Value {
    json!({"edit": {"client": "a-client-of-16-or-more", "number": number, "operations": [{"delete": "nothing"}]}})
}

fn rectangle(id: &str) -> Value {
    let shape = json!({
        "id": id, "type": "basic/rectangle", "index": "V", "x": 1, "y": 2, "width": 30, "height": 40, "props": {}
    });
    json!({"edit": {"client": "a-client-of-16-or-more", "number": 1, "operations": [{"put": shape}]}})
}

/// The number of the first transaction that the socket is told of.
async fn told_of_an_edit(socket: &mut Socket) -> u64 {
    let told = socket.wait_for(|message| match message {
        ServerMessage::Tick(tick) => tick.transactions.first().map(|transaction| transaction.seq),
        _ => None,
    });
    told.await
}

async fn role(socket: &mut Socket) -> Option<Role> {
    let told = socket.wait_for(|message| match message {
        ServerMessage::Role(change) => Some(change.role),
        _ => None,
    });
    told.await
}

async fn refusal(socket: &mut Socket) -> String {
    let told = socket.wait_for(|message| match message {
        ServerMessage::Refused(refused) => Some(refused.problem.code),
        _ => None,
    });
    told.await
}

#[tokio::test]
async fn two_browsers_share_a_canvas_and_a_third_loads_it() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (mut operator, project) = running.operator().await;
    let guest = running.guest(&mut operator, &project, "editor").await;
    let (mut one, _) = operator.enter(&project).await;
    let (mut two, _) = guest.enter(&project).await;
    two.say(rectangle("r1")).await;
    let heard = one.wait_for(|message| match message {
        ServerMessage::Tick(tick) => tick.transactions.into_iter().next(),
        _ => None,
    });
    let heard = heard.await;
    assert_eq!(heard.user.as_str(), guest.user, "A3: the server stamps who it is from");
    let canvas = operator.get(&format!("/api/projects/{project}/canvas")).await.json();
    assert_eq!(canvas["shapes"][0]["id"], json!("r1"));
    assert_eq!(canvas["place"]["seq"], json!(1));
}

#[tokio::test]
async fn d1_what_was_drawn_is_there_after_a_restart() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (operator, project) = running.operator().await;
    let (mut socket, _) = operator.enter(&project).await;
    socket.say(rectangle("r1")).await;
    told_of_an_edit(&mut socket).await;
    let Running { server, data } = running;
    let (_, closed) = tokio::join!(server.stop(), socket.closed());
    assert_eq!((closed.0.code.as_str(), closed.0.reconnect, closed.1), ("shutdown", true, 1012));
    let running = Running::start_in(data, |config| config.plugins = Some(built_plugins())).await;
    let (mut operator, _) = running.operator().await;
    let canvas = operator.get(&format!("/api/projects/{project}/canvas")).await.json();
    assert_eq!(canvas["shapes"][0]["id"], json!("r1"));
}

#[tokio::test]
async fn a1_a_viewer_cannot_edit() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let viewer = running.guest(&mut operator, &project, "viewer").await;
    let (mut socket, _) = viewer.enter(&project).await;
    socket.say(edit(1)).await;
    assert_eq!(refusal(&mut socket).await, "not-permitted");
}

#[tokio::test]
async fn a2_a_new_role_counts_on_open_sockets_at_once() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let guest = running.guest(&mut operator, &project, "editor").await;
    let (mut socket, welcome) = guest.enter(&project).await;
    assert!(matches!(welcome, ServerMessage::Welcome(welcome) if welcome.role == Role::Editor));
    socket.say(edit(1)).await;
    told_of_an_edit(&mut socket).await;
    let member = format!("/api/projects/{project}/members/{}", guest.user);
    operator.put(&member, json!({"role": "viewer"})).await;
    assert_eq!(role(&mut socket).await, Some(Role::Viewer));
    socket.say(edit(2)).await;
    assert_eq!(refusal(&mut socket).await, "not-permitted");
    operator.put(&member, json!({"role": "editor"})).await;
    assert_eq!(role(&mut socket).await, Some(Role::Editor));
    socket.say(edit(3)).await;
    told_of_an_edit(&mut socket).await;
}

#[tokio::test]
async fn a2_a_removed_member_loses_every_socket_and_cannot_come_back() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let mut guest = running.guest(&mut operator, &project, "editor").await;
    let mut sockets = vec![guest.enter(&project).await.0, guest.enter(&project).await.0];
    operator.delete(&format!("/api/projects/{project}/members/{}", guest.user)).await;
    for socket in &mut sockets {
        let (closing, code) = socket.closed().await;
        assert_eq!((closing.reconnect, code), (false, 1008), "{closing:?}");
    }
    assert_eq!(guest.connect(&project).await.err(), Some(403));
    assert_eq!(guest.get(&format!("/api/projects/{project}")).await.problem(), (403, "not-permitted".into()));
}

#[tokio::test]
async fn a_new_name_is_told_to_everybody_on_the_canvas() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let mut guest = running.guest(&mut operator, &project, "viewer").await;
    let (mut one, _) = operator.enter(&project).await;
    let (mut two, _) = guest.enter(&project).await;
    two.say(json!({"presence": {"cursor": [1.0, 2.0]}})).await;
    guest.patch("/api/me", json!({"name": "Ada"})).await;
    let named = one.wait_for(|message| match message {
        ServerMessage::Tick(tick) => tick.presence.into_iter().find(|session| session.name == "Ada"),
        _ => None,
    });
    assert_eq!(named.await.user.as_str(), guest.user);
}

#[tokio::test]
async fn a_frame_that_is_too_large_is_refused_with_the_reason_and_others_are_not_affected() {
    let running = Running::start_with(|config| config.room_limits.frame_bytes = 10_000).await;
    let (operator, project) = running.operator().await;
    let (mut other, _) = operator.enter(&project).await;
    // Some announce the length and stop; some send it all.
    for sent in [10_001, 3_000_000] {
        let (mut socket, _) = operator.enter(&project).await;
        let _ = socket.stream.send(Message::text("x".repeat(sent))).await;
        let (closing, code) = socket.closed().await;
        assert_eq!((closing.code.as_str(), code), ("frame-too-large", 1009));
        assert!(closing.message.contains("10000"), "{}", closing.message);
    }
    other.say(edit(1)).await;
    told_of_an_edit(&mut other).await;
}

#[tokio::test]
async fn a_message_in_many_frames_may_not_be_larger_than_one() {
    let running = Running::start_with(|config| config.room_limits.frame_bytes = 10_000).await;
    let (operator, project) = running.operator().await;
    let (mut socket, _) = operator.enter(&project).await;
    let stream = socket.stream.get_mut();
    // 3 frames of 5,000 bytes, the first text, none final; masked with zeros.
    for opcode in [0x01, 0x00, 0x00] {
        let head = [opcode, 0x80 | 126, 0x13, 0x88, 0, 0, 0, 0];
        stream.write_all(&[&head[..], &[b'x'; 5_000]].concat()).await.unwrap();
    }
    let (closing, code) = socket.closed().await;
    assert_eq!((closing.code.as_str(), code), ("frame-too-large", 1009));
}

#[tokio::test]
async fn what_is_no_text_of_the_protocol_is_refused_with_the_reason() {
    let running = Running::start().await;
    let (operator, project) = running.operator().await;
    let wrong = [
        (Message::binary(vec![1, 2, 3]), "binary-frame"),
        (Message::text("hello"), "bad-frame"),
        (Message::text("{\"shout\": 1}"), "bad-frame"),
        (Message::text("[".repeat(100_000)), "bad-frame"),
        (Message::text("{\"hello\": {\"protocol\": 99}}"), "protocol-version"),
    ];
    for (message, code) in wrong {
        let mut socket = operator.connect(&project).await.unwrap();
        socket.stream.send(message.clone()).await.unwrap();
        let (closing, status) = socket.closed().await;
        assert_eq!((closing.code.as_str(), status), (code, 1008), "{message:?}: {closing:?}");
        assert!(!closing.reconnect, "sending it again would help nobody");
    }
}

#[tokio::test]
async fn bytes_that_are_no_websocket_frames_are_refused_with_the_reason() {
    let running = Running::start().await;
    let (operator, project) = running.operator().await;
    // Not masked; a reserved bit; a reserved opcode; a ping of 126 bytes; text that is not UTF-8.
    let long_ping = [&b"\x89\xfe\0\x7e\0\0\0\0"[..], &[0; 126]].concat();
    let wrong: [&[u8]; 5] =
        [b"\x81\x01x", b"\xf1\x80\0\0\0\0", b"\x83\x80\0\0\0\0", &long_ping, b"\x81\x81\0\0\0\0\xff"];
    for bytes in wrong {
        let mut socket = operator.connect(&project).await.unwrap();
        socket.stream.get_mut().write_all(bytes).await.unwrap();
        let (closing, status) = socket.closed().await;
        assert_eq!((closing.code.as_str(), status), ("bad-frame", 1008), "{bytes:?}: {closing:?}");
    }
}

#[tokio::test]
async fn a_silent_browser_is_asked_and_then_given_up() {
    let running = Running::start_with(|config| {
        config.timing.ping = Duration::from_millis(20);
        config.timing.dead = Duration::from_millis(60);
    });
    let running = running.await;
    let (operator, project) = running.operator().await;
    let (socket, _) = operator.enter(&project).await;
    // Whoever reads the bytes but answers nothing is gone for the server: it has asked and closes.
    let mut stream = socket.stream.into_inner();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert!(received.windows(2).any(|frame| frame == [0x89, 0]), "it was pinged");
}

#[tokio::test]
async fn a_browser_that_answers_pings_stays() {
    let running = Running::start_with(|config| {
        config.timing.ping = Duration::from_millis(50);
        config.timing.dead = Duration::from_millis(500);
    });
    let running = running.await;
    let (operator, project) = running.operator().await;
    let (mut socket, _) = operator.enter(&project).await;
    // Reading answers pings; without answers it would be given up long before the last of these.
    let mut pings = 0;
    while pings < 20 {
        let frame = futures_util::StreamExt::next(&mut socket.stream).await.unwrap().unwrap();
        assert!(frame.is_ping() || frame.is_text(), "{frame:?}");
        pings += u32::from(frame.is_ping());
    }
    socket.say(edit(1)).await;
    told_of_an_edit(&mut socket).await;
}

#[tokio::test]
async fn s3_a_browser_that_reads_nothing_is_given_up_and_holds_nobody_back() {
    let running = Running::start_with(|config| {
        config.plugins = Some(built_plugins());
        config.timing.write = Duration::from_millis(300);
        config.timing.slowest = u32::MAX;
    });
    let running = running.await;
    let (operator, project) = running.operator().await;
    let mut stuck = operator.connect_narrowly(&project).await;
    stuck.say(json!({"hello": {"protocol": 1}})).await;
    let (mut writer, _) = operator.enter(&project).await;
    assert_eq!(running.server.open_sockets(), 2);
    let mut number = 0;
    // The kernel holds some megabytes for the stuck one; then its writes stall.
    while running.server.open_sockets() == 2 {
        number += 1;
        writer.say(large_edit(number)).await;
        told_of_an_edit(&mut writer).await;
        assert!(number < 500, "100 MB were sent and the stuck one is still waited for");
    }
    assert!(number > 1, "it was not given up at once");
}

/// An edit of 200 kB: 100 shapes with long labels.
fn large_edit(number: u64) -> Value {
    let label = "long ".repeat(400);
    let operations: Vec<_> = (0..100)
        .map(|id| {
            json!({"put": {
                "id": format!("r{id}"), "type": "basic/rectangle", "index": "V", "x": number, "y": 2, "width": 30,
                "height": 40, "props": {"label": label}
            }})
        })
        .collect();
    json!({"edit": {"client": "a-client-of-16-or-more", "number": number, "operations": operations}})
}

#[tokio::test]
async fn an_address_that_is_asked_for_without_websocket_says_so() {
    let running = Running::start().await;
    let (mut operator, project) = running.operator().await;
    let answer = operator.get(&format!("/api/projects/{project}/live")).await;
    assert_eq!(answer.problem(), (426, "not-a-websocket".into()));
}
