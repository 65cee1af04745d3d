use std::time::Duration;

use bytes::Bytes;
use collabcanvas_storage::{HotEnd, HotError, HotPlace, HotTier, Kept};

use crate::{
    heard::{Heard, entry, entry_of, eventually, host, host_with, project},
    on_each_server,
    server::{Program, Server},
};

on_each_server!(
    d4_a_lease_has_one_holder_and_ends,
    a_snapshot_is_kept_until_a_later_one,
    what_is_durable_is_trimmed_and_nothing_else,
    an_outbox_is_forgotten_with_all_that_came_from_it,
    a_full_redis_refuses_appends_and_drops_snapshots,
    orders_go_when_idle_and_stay_when_followed,
);

async fn d4_a_lease_has_one_holder_and_ends(program: Program) {
    let server = Server::start(&program, &[]);
    let one = host_with(&server, |config| config.lease = Duration::from_millis(300)).await;
    let (other, p) = (host(&server).await, project("p"));
    assert!(one.lease(&p, "one").await.unwrap());
    assert!(!other.lease(&p, "other").await.unwrap());
    assert!(one.lease(&p, "one").await.unwrap(), "renewed");
    other.release(&p, "other").await.unwrap();
    assert!(!other.lease(&p, "other").await.unwrap(), "only its holder gives it back");
    eventually("the lease ends", || async { other.lease(&p, "other").await.unwrap().then_some(()) }).await;
    assert!(!one.lease(&p, "one").await.unwrap());
    other.release(&p, "other").await.unwrap();
    assert!(one.lease(&p, "one").await.unwrap());
}

async fn a_snapshot_is_kept_until_a_later_one(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, p) = (host(&server).await, project("p"));
    assert_eq!(one.snapshot(&p).await.unwrap(), None);
    let snapshot = Bytes::from(vec![0xFF_u8; 5_000_000]);
    let place = |epoch, seq| HotPlace { epoch, seq };
    one.keep_snapshot(&p, place(2, 9), snapshot.clone()).await.unwrap();
    assert_eq!(one.snapshot(&p).await.unwrap(), Some((place(2, 9), snapshot.clone())));
    for earlier in [place(2, 8), place(1, 100)] {
        one.keep_snapshot(&p, earlier, Bytes::from_static(b"old")).await.unwrap();
        assert_eq!(one.snapshot(&p).await.unwrap(), Some((place(2, 9), snapshot.clone())));
    }
    for later in [place(2, 10), place(3, 1)] {
        one.keep_snapshot(&p, later, Bytes::from_static(b"new\n")).await.unwrap();
        assert_eq!(one.snapshot(&p).await.unwrap(), Some((later, Bytes::from_static(b"new\n"))));
    }
}

fn few(transactions: u64) -> Kept {
    Kept { transactions, bytes: 1 << 30, time: Duration::from_secs(3_600), outboxes: 1_000 }
}

async fn what_is_durable_is_trimmed_and_nothing_else(program: Program) {
    let server = Server::start(&program, &[]);
    let one = host_with(&server, |config| config.kept = few(10)).await;
    let p = project("p");
    one.begin(&p, 1, 0).await.unwrap();
    for number in 1..=100 {
        one.append(&p, 1, vec![entry("a", number)]).await.unwrap();
        if number % 5 == 0 && number <= 60 {
            one.note_durable(&p, 1, number).await.unwrap();
        }
    }
    let standing = one.standing(&p).await.unwrap().unwrap();
    assert_eq!((standing.floor, standing.durable, standing.last), (50, 60, 100));
    assert_eq!(server.ask(&["XLEN", "collabcanvas:{p}:log"]), "50");
    assert_eq!(Heard::follow(&one, &p, 1, 49).await.err(), Some(HotError::Trimmed { floor: 50 }));
    let mut heard = Heard::follow(&one, &p, 1, 50).await.unwrap();
    heard.until(|heard| heard.last() == 100 && heard.durable == 60).await;
    one.note_durable(&p, 1, 1_000).await.unwrap();
    assert_eq!(one.standing(&p).await.unwrap().unwrap().durable, 100, "not more than there is");
    one.append(&p, 1, vec![entry("a", 101)]).await.unwrap();
    heard.until_last(101).await;
    heard.take_all();
    assert_eq!(heard.durable, 100, "d1: what came since is not durable");

    // Bytes and time count too.
    for kept in [Kept { bytes: 5_000, ..few(1_000) }, Kept { time: Duration::ZERO, ..few(1_000) }] {
        let strict = host_with(&server, |config| config.kept = kept).await;
        let before = strict.standing(&p).await.unwrap().unwrap();
        strict.note_durable(&p, 1, before.last).await.unwrap();
        strict.append(&p, 1, vec![entry_of("b", before.last + 1, 10_000)]).await.unwrap();
        let trimmed = || async {
            strict.note_durable(&p, 1, before.last).await.unwrap();
            Some(()).filter(|()| server.ask(&["HGET", "collabcanvas:{p}:order", "floor"]) == before.last.to_string())
        };
        eventually("what is durable is trimmed", trimmed).await;
        assert_eq!(server.ask(&["XLEN", "collabcanvas:{p}:log"]), "1", "what is not durable stays");
        strict.note_durable(&p, 1, before.last + 1).await.unwrap();
    }

    // Somebody who was away for too long.
    one.append(&p, 1, vec![entry("c", 1), entry("c", 2)]).await.unwrap();
    heard.until_last(105).await;
    server.ask(&["XTRIM", "collabcanvas:{p}:log", "MAXLEN", "0"]);
    server.ask(&["HSET", "collabcanvas:{p}:order", "last", "111", "floor", "109"]);
    assert_eq!(heard.until_ended().await, HotEnd::Trimmed);
}

async fn an_outbox_is_forgotten_with_all_that_came_from_it(program: Program) {
    let server = Server::start(&program, &[]);
    let kept = Kept { outboxes: 300, ..few(20) };
    let one = host_with(&server, |config| config.kept = kept).await;
    let p = project("p");
    one.begin(&p, 1, 0).await.unwrap();
    for number in 1..=1_500 {
        one.append(&p, 1, vec![entry(&format!("c{number}"), 1)]).await.unwrap();
        if number % 25 == 0 {
            one.note_durable(&p, 1, number - 10).await.unwrap();
        }
    }
    let remembered: usize = server.ask(&["HLEN", "collabcanvas:{p}:order"]).parse().unwrap();
    assert!((40..600).contains(&remembered), "{remembered} fields");
    let floor = one.standing(&p).await.unwrap().unwrap().floor;
    for number in floor + 1..=1_500 {
        one.append(&p, 1, vec![entry(&format!("c{number}"), 1)]).await.unwrap();
    }
    assert_eq!(one.standing(&p).await.unwrap().unwrap().last, 1_500, "what is held is never appended twice");
}

async fn a_full_redis_refuses_appends_and_drops_snapshots(program: Program) {
    let server = Server::start(&program, &["--maxmemory-policy", "noeviction"]);
    let (one, p) = (host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    one.append(&p, 1, vec![entry("a", 1), entry_of("a", 2, 100_000)]).await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1mb"]);
    let refused = one.append(&p, 1, vec![entry("a", 3)]).await;
    assert!(matches!(refused, Err(HotError::Full(_))), "{refused:?}");
    one.keep_snapshot(&p, HotPlace { epoch: 1, seq: 2 }, Bytes::from_static(b"dropped")).await.unwrap();
    assert_eq!(one.snapshot(&p).await.unwrap(), None);
    // What makes room, and what saves, goes on.
    let mut heard = Heard::follow(&one, &p, 1, 0).await.unwrap();
    heard.until_last(2).await;
    assert!(one.lease(&p, "one").await.unwrap());
    one.note_durable(&p, 1, 2).await.unwrap();
    one.release(&p, "one").await.unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    one.append(&p, 1, vec![entry("a", 3)]).await.unwrap();
    heard.until(|heard| heard.last() == 3 && heard.durable == 2).await;
}

async fn orders_go_when_idle_and_stay_when_followed(program: Program) {
    let server = Server::start(&program, &[]);
    let one = host_with(&server, |config| {
        config.idle = Duration::from_millis(1_500);
        config.compare = Duration::from_millis(160);
    })
    .await;
    let (idle, followed) = (project("idle"), project("followed"));
    for p in [&idle, &followed] {
        one.begin(p, 1, 0).await.unwrap();
        one.append(p, 1, vec![entry("a", 1)]).await.unwrap();
    }
    let mut heard = Heard::follow(&one, &followed, 1, 0).await.unwrap();
    eventually("it goes", || async { one.standing(&idle).await.unwrap().is_none().then_some(()) }).await;
    assert_eq!(server.ask(&["EXISTS", "collabcanvas:{idle}:log"]), "0");
    assert!(one.standing(&followed).await.unwrap().is_some());
    heard.until_last(1).await;
    assert_eq!(heard.ended, None);
}
