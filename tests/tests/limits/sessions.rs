//! How many sessions there may be, how fast they may talk, how slowly they may listen; roles; offline edits.

use std::time::Duration;

use collabcanvas_access::Role;
use collabcanvas_canvas::ClientId;
use collabcanvas_rooms::protocol::{Presence, ServerMessage};
use collabcanvas_rooms::{RoomError, RoomLimits};
use collabcanvas_tests::{Person, Replica, World, shape};
use serde_json::json;

use crate::{Host, check};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_takes_500_sessions_and_the_next_when_one_has_left() {
    let world = World::new(RoomLimits::default()).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..500 {
        sessions.push(world.rooms.join(&project, world.member("owner", Role::Editor)).await.unwrap());
    }
    let full = world.rooms.join(&project, world.member("owner", Role::Editor)).await.err().unwrap();
    assert!(matches!(full, RoomError::Full { found: 500, limit: 500 }), "{full}");
    assert!(full.to_string().contains("try again when somebody has left"), "{full}");
    drop(sessions.pop());
    // Leaving takes its turn among what the room has to do; the first that asks after it is let in.
    while world.rooms.join(&project, world.member("owner", Role::Editor)).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_session_that_sends_too_often_is_closed_and_the_others_are_not() {
    let host = Host::start().await;
    let mut other = host.person("outbox-2").await;
    let mut person = host.person("outbox-1").await;
    let mut sent = 0;
    let closing = loop {
        // Listening now and then, so that the reason is heard before the connection is gone.
        match tokio::time::timeout(Duration::ZERO, person.try_next()).await {
            Ok(Ok(ServerMessage::Closing(closing))) => break closing,
            Ok(told) => drop(told.expect("the reason comes before the end")),
            Err(_) => {}
        }
        for _ in 0..200 {
            sent += 1;
            let cursor = Presence { cursor: Some([f64::from(sent), 0.0]), ..Presence::default() };
            let _ = person.show(&cursor).await;
        }
        assert!(sent < 1_000_000, "it is never told to stop");
    };
    assert_eq!((closing.code.as_str(), closing.reconnect), ("rate-limit", true));
    assert!(closing.message.contains("2000 messages a second"), "{closing:?}");
    other.edit(json!([shape("r", "basic/rectangle", json!({}))])).await.expect("the others go on");
}

/// S3: it stops reading, others draw far more than is kept for it, and it catches up with the difference.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_a_session_that_stops_reading_costs_bounded_memory_and_catches_up() {
    let limits = RoomLimits { feed_bytes: 50_000, tick_ms: 1, ..RoomLimits::default() };
    let world = World::new(limits).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut slow = Replica::new("slow-reader");
    slow.load(&world.rooms.snapshot(&project).await.unwrap().gzip).unwrap();
    let (mut inlet, mut outlet) = world.rooms.join(&project, world.member("owner", Role::Editor)).await.unwrap();
    inlet.receive(&serde_json::to_string(&slow.hello()).unwrap()).await.unwrap();
    let mut author = Person::enter(&world, &project, "author", Role::Editor).await.unwrap();
    for number in 0..2_000 {
        let edit = json!([shape(&format!("r{}", number % 20), "basic/rectangle", json!({"text": number.to_string()}))]);
        author.edit(edit).await.unwrap();
    }
    let (mut bytes, mut transactions, mut caught_up) = (0, 0, false);
    while slow.document.seq() < 2_000 {
        let mut frames = Vec::new();
        outlet.next(&mut frames).await.unwrap();
        for frame in &frames {
            bytes += frame.len();
            let message: ServerMessage = serde_json::from_slice(frame).unwrap();
            match &message {
                ServerMessage::Tick(tick) => transactions += tick.transactions.len(),
                ServerMessage::Changes(changes) => caught_up |= changes.place.seq == 2_000,
                _ => {}
            }
            slow.receive(message);
        }
    }
    assert!(caught_up, "it was told what has changed, not all that has happened");
    assert!(bytes < 100_000 && transactions < 1_000, "{bytes} bytes with {transactions} transactions were kept for it");
    assert_eq!(slow.contents().len(), 20);
    assert_eq!(slow.contents(), world.look(&project).await.unwrap().contents(), "S1");
}

async fn told_role(person: &mut Person) -> Option<Role> {
    loop {
        if let ServerMessage::Role(change) = person.next().await {
            return change.role;
        }
    }
}

#[tokio::test]
async fn a2_a_change_of_role_takes_effect_on_an_open_session_at_once() {
    let host = Host::start().await;
    let Host { server, project, cookie, .. } = &host;
    let (guest_cookie, guest) = server.invite(project, cookie, "editor", "Guest").await.unwrap();
    let mut person = Person::connect(server, project, &guest_cookie, &["outbox-1"]).await.unwrap();
    assert_eq!((person.welcome.role, person.welcome.user.as_str()), (Role::Editor, guest.as_str()));
    person.edit(json!([shape("r", "basic/rectangle", json!({}))])).await.unwrap();
    let path = format!("/api/projects/{project}/members/{guest}");

    let answer = server.request("PUT", &path, Some(cookie), Some(json!({"role": "viewer"}))).await.unwrap();
    assert_eq!(answer.status, 204);
    // Sent before the session is told: the server knows already.
    let problem = person.edit(json!([{"patch": {"id": "r", "x": 9}}])).await.unwrap_err();
    check(&problem, "not-permitted", &["viewer"]);
    let told = person
        .heard
        .iter()
        .any(|message| matches!(message, ServerMessage::Role(change) if change.role == Some(Role::Viewer)));
    assert!(told, "the session is told before the refusal");

    server.request("PUT", &path, Some(cookie), Some(json!({"role": "editor"}))).await.unwrap();
    assert_eq!(told_role(&mut person).await, Some(Role::Editor));
    person.edit(json!([{"patch": {"id": "r", "x": 9}}])).await.expect("an editor again");

    server.request("DELETE", &path, Some(cookie), None).await.unwrap();
    assert_eq!(told_role(&mut person).await, None);
    let ServerMessage::Closing(closing) = person.next().await else { panic!("the socket closes") };
    assert_eq!((closing.code.as_str(), closing.reconnect), ("removed", false));
    let canvas = server.request("GET", &format!("/api/projects/{project}/canvas"), Some(&guest_cookie), None).await;
    assert_eq!(canvas.unwrap().status, 403, "nor may they look");
}

/// D3 as far as the server is concerned: a tab goes offline with edits, is closed, and the next tab sends them under
/// the closed tab's outbox; those that had arrived after all do nothing.
#[tokio::test]
async fn d3_edits_made_offline_are_sent_by_the_next_tab_and_count_once() {
    let host = Host::start().await;
    let put = |number: u64| json!([shape(&format!("r{number}"), "basic/rectangle", json!({}))]);
    let mut closed = host.person("closed-tab").await;
    for number in 1..=3 {
        closed.edit(put(number)).await.unwrap();
    }
    drop(closed);
    let outboxes = ["next-tab", "closed-tab"];
    let mut next = Person::connect(&host.server, &host.project, &host.cookie, &outboxes).await.unwrap();
    assert_eq!(next.welcome.numbers, [0, 3], "the closed tab's first three are known");
    let own = next.edit(put(10)).await.unwrap();
    next.client = ClientId::parse("closed-tab").unwrap();
    // It heard nothing of 3 and sends it once more.
    for number in 3..=5 {
        next.send_as(number, &put(number)).await.unwrap();
    }
    let known = loop {
        if let ServerMessage::Known(known) = next.next().await {
            break known;
        }
    };
    assert_eq!((known.client.as_str(), known.number), ("closed-tab", 3));
    assert_eq!((next.answer(4).await, next.answer(5).await), (Ok(own + 1), Ok(own + 2)));
    let canvas = host.look().await;
    assert_eq!((canvas.place().seq, canvas.contents().len()), (6, 6));
}
