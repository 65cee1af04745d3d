//! WebSocket frames.

use std::collections::BTreeMap;

use collabcanvas_rooms::RoomLimits;
use collabcanvas_rooms::protocol::ServerMessage;
use collabcanvas_tests::{PATIENCE, Socket};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::{Scene, damage, random};

const FRAMES: usize = 2_000;
/// How a socket may be closed on somebody who sends nonsense: code of the message, code of the close frame.
const REASONS: [(&str, u16); 5] = [
    ("bad-frame", 1008),
    ("binary-frame", 1008),
    ("hello-first", 1008),
    ("protocol-version", 1008),
    ("frame-too-large", 1009),
];

/// A frame as a browser sends it, masked with zeros; `announced` is the length that its head claims.
fn frame(opcode: u8, payload: &[u8], announced: u64) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match announced {
        0..126 => frame.push(0x80 | announced as u8),
        126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((announced as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend(announced.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(1, payload, payload.len() as u64)
}

/// A message as a browser might send it.
fn valid(random: &mut StdRng) -> Value {
    let id = format!("r{}", random.random_range(0..20));
    let operation = match random.random_range(0..3) {
        0 => {
            json!({"put": {"id": id, "type": "basic/star", "parent": null, "index": "V", "x": 1.5, "y": 2, "width": 30,
            "height": 40, "rotation": 0, "opacity": 1, "locked": false, "props": {"points": 5, "fill": "#ff0000"}}})
        }
        1 => json!({"patch": {"id": id, "x": 7, "props": {"points": 7, "fill": null}}}),
        _ => json!({"delete": id}),
    };
    match random.random_range(0..8) {
        0 => {
            json!({"hello": {"protocol": 1, "known": {"epoch": 1, "seq": random.random_range(0..50)}, "clients": ["fuzz-1", "fuzz-2"]}})
        }
        1 => json!({"presence": {"cursor": [1, 2], "selection": [id], "viewport": [0, 0, 800, 600]}}),
        // Numbers go up, stay, and go backwards.
        _ => {
            json!({"edit": {"client": format!("fuzz-{}", random.random_range(0..9)), "number": random.random_range(0..40),
            "operations": [operation]}})
        }
    }
}

/// One frame that is most likely wrong.
fn wrong(random: &mut StdRng) -> Vec<u8> {
    let message = valid(random);
    match random.random_range(0..100) {
        0..10 => text(message.to_string().as_bytes()),
        10..50 => text(damage::tree(random, message).to_string().as_bytes()),
        50..80 => text(&damage::bytes(random, message.to_string().into_bytes())),
        80..86 => text(&damage::noise(random)),
        86..89 => text("[{\"edit\":".repeat(random.random_range(1..20_000)).as_bytes()),
        // A number that no type holds.
        89..91 => text(message.to_string().replacen(':', ":1e999999,\"x\":", 1).as_bytes()),
        91..93 => frame(2, b"\x00\x01", 2),
        // The rest never comes.
        93..95 => frame(1, b"{\"edit\"", RoomLimits::default().frame_bytes as u64 + random.random_range(1..1 << 40)),
        // Continues what has not begun; reserved bits and opcodes; a ping that is too long.
        95 => frame(0, b"x", 1),
        96 => [&[0xf1, 0x80, 0, 0, 0, 0][..], &damage::noise(random)].concat(),
        97 => frame(random.random_range(3..8), b"", 0),
        98 => frame(9, &[b'p'; 200], 200),
        _ => frame(9, b"a ping is fine", 14),
    }
}

/// All that one socket sends, and how many frames that is. However harmless they were, the last one is not.
fn conversation(random: &mut StdRng) -> (Vec<u8>, usize) {
    match random.random_range(0..20) {
        0 => return (text(b"{\"hello\": {\"protocol\": 7}}"), 1),
        1 => return (text(b"{\"presence\": {\"cursor\": [1, 2]}}"), 1),
        _ => {}
    }
    let mut frames = Vec::new();
    if random.random_bool(0.8) {
        frames.extend(text(b"{\"hello\": {\"protocol\": 1}}"));
    }
    let count = random.random_range(1..8);
    (0..count).for_each(|_| frames.extend(wrong(random)));
    frames.extend(frame(2, b"", 0));
    (frames, count + 1)
}

/// What one socket was told: refusals are explained, and it ends with a reason that fits its close code.
fn check(said: &[ServerMessage], code: u16, reason: &str) -> String {
    for message in said {
        if let ServerMessage::Refused(refused) = message {
            let problem = &refused.problem;
            assert!(!problem.code.is_empty() && problem.message.len() > 10, "{problem:?}");
        }
    }
    let Some(ServerMessage::Closing(closing)) = said.last() else { panic!("closed without a word: {:?}", said.last()) };
    assert!(REASONS.contains(&(closing.code.as_str(), code)), "{code} {closing:?}");
    assert_eq!(closing.code, reason, "the close frame says the same");
    assert!(closing.message.len() > 10 && !closing.reconnect, "{closing:?}");
    closing.code.to_string()
}

#[tokio::test]
async fn wrong_frames_cost_their_sender_the_socket_and_nobody_else_anything() {
    let mut random = random();
    let mut scene = Scene::new().await;
    let (mut sent, mut reasons) = (0, BTreeMap::<String, usize>::new());
    while sent < FRAMES {
        let mut socket = Socket::open(&scene.server.url, &scene.project, &scene.guest).await.unwrap();
        let (frames, count) = conversation(&mut random);
        sent += count;
        // The server may have closed before everything was sent.
        let _ = socket.send_bytes(&frames).await;
        let (ended, ()) = tokio::join!(tokio::time::timeout(PATIENCE, socket.read_to_end()), scene.innocent.draw());
        let (said, (code, reason)) = ended.expect("the server closes").expect("with a reason");
        *reasons.entry(check(&said, code, &reason)).or_default() += 1;
    }
    println!("{sent} frames, {reasons:?}");
    assert_eq!(reasons.len(), 5, "every reason came up: {reasons:?}");
    scene.check().await;
}
