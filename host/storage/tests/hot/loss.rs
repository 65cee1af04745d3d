use std::time::{Duration, Instant};

use collabcanvas_storage::{HotEnd, HotError, HotTier, RedisConfig, RedisHotTier};

use crate::{
    heard::{Heard, append_surely, entry, eventually, host, host_with, project},
    on_each_server,
    server::{Program, Server},
};

on_each_server!(
    d2_an_order_whose_data_is_gone_is_lost_for_all,
    d2_redis_that_comes_back_empty_ends_the_order,
    redis_that_comes_back_ends_the_order_with_all_its_data_too,
    d2_what_a_redis_that_comes_back_still_has_goes_first_in_the_next_epoch,
    redis_that_comes_back_with_older_data_ends_the_order,
    calls_fail_soon_while_redis_is_away,
    a_host_starts_before_redis,
    what_cannot_work_is_said_at_once,
    who_goes_leaves_no_connection,
);

async fn d2_an_order_whose_data_is_gone_is_lost_for_all(program: Program) {
    let server = Server::start(&program, &[]);
    let quick = |config: &mut RedisConfig| config.compare = Duration::from_millis(400);
    let (one, other, p) = (host(&server).await, host_with(&server, quick).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut own = Heard::follow(&one, &p, 1, 0).await.unwrap();
    let mut others = Heard::follow(&other, &p, 1, 0).await.unwrap();
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    others.until_last(1).await;
    server.ask(&["FLUSHALL"]);
    assert_eq!(one.append(&p, 1, vec![entry("a", 2)]).await, Err(HotError::Lost));
    assert_eq!(one.note_durable(&p, 1, 1).await, Err(HotError::Lost));
    assert_eq!(own.until_ended().await, HotEnd::Lost);
    assert_eq!(others.until_ended().await, HotEnd::Lost);

    one.begin(&p, 2, 0).await.unwrap();
    let mut again = Heard::follow(&other, &p, 2, 0).await.unwrap();
    one.append(&p, 2, vec![entry("a", 1)]).await.unwrap();
    again.until_last(1).await;
}

async fn d2_redis_that_comes_back_empty_ends_the_order(program: Program) {
    let mut server = Server::start(&program, &[]);
    let (one, p) = (host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut heard = Heard::follow(&one, &p, 1, 0).await.unwrap();
    server.restart();
    assert_eq!(heard.until_ended().await, HotEnd::Lost);
    assert_eq!(heard.reconnected, 1, "told before it was caught up");
    eventually("calls go through", || async { one.standing(&p).await.ok() }).await;
    assert_eq!(one.standing(&p).await.unwrap(), None);
}

/// Nobody can tell by the data whether the last transactions are there: hosts and browsers hand in what is missing.
async fn redis_that_comes_back_ends_the_order_with_all_its_data_too(program: Program) {
    let mut server = Server::start(&program, &["--appendonly", "yes", "--appendfsync", "always"]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut heard = Heard::follow(&other, &p, 1, 0).await.unwrap();
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    heard.until_last(1).await;
    server.restart();
    assert_eq!(heard.until_ended().await, HotEnd::Lost);
    eventually("it is lost for everybody", || async {
        (one.append(&p, 1, vec![entry("a", 2)]).await == Err(HotError::Lost)).then_some(())
    })
    .await;
    assert_eq!(one.standing(&p).await.unwrap(), None);
    let standing = one.begin(&p, 3, 7).await.unwrap();
    assert_eq!((standing.epoch, standing.last), (3, 7), "it is begun in its place");
    let standing = one.begin(&p, 3, 9).await.unwrap();
    assert_eq!((standing.epoch, standing.last), (3, 7), "and stays");
}

async fn d2_what_a_redis_that_comes_back_still_has_goes_first_in_the_next_epoch(program: Program) {
    let mut server = Server::start(&program, &["--appendonly", "yes", "--appendfsync", "always"]);
    let (one, p) = (host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    for round in 0..4 {
        for number in 1..=10 {
            append_surely(&one, &p, 1 + round, vec![entry("a", round * 10 + number)]).await;
        }
        // The first half is durable; nobody but Redis has the second.
        let (epoch, durable) = (2 + round, round * 10 + 5);
        server.restart();
        eventually("it is lost", || async { (one.standing(&p).await == Ok(None)).then_some(()) }).await;
        let standing = one.begin(&p, epoch, durable).await.unwrap();
        assert_eq!((standing.epoch, standing.last, standing.durable), (epoch, round * 10 + 10, durable));
    }
    // What others hold of it is handed in again, and comes to nothing.
    append_surely(&one, &p, 5, (35..=41).map(|number| entry("a", number)).collect()).await;
    let mut heard = Heard::follow(&one, &p, 5, 35).await.unwrap();
    heard.until_last(41).await;
    assert_eq!(heard.ended, None);
    // An epoch was skipped: what is there is of an order that others have left.
    server.restart();
    eventually("it is lost", || async { (one.standing(&p).await == Ok(None)).then_some(()) }).await;
    assert_eq!(one.begin(&p, 7, 38).await.unwrap().last, 38);
}

/// A replica that takes over, or an old dump, lacks what was appended last.
async fn redis_that_comes_back_with_older_data_ends_the_order(program: Program) {
    let mut server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));

    // Shorter than what the follower has.
    one.begin(&p, 1, 0).await.unwrap();
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    server.ask(&["SAVE"]);
    let mut heard = Heard::follow(&other, &p, 1, 0).await.unwrap();
    one.append(&p, 1, vec![entry("a", 2), entry("a", 3)]).await.unwrap();
    heard.until_last(3).await;
    server.restart();
    assert_eq!(heard.until_ended().await, HotEnd::Lost);
    eventually("it is lost for everybody", || async {
        (one.append(&p, 1, vec![entry("a", 4)]).await == Err(HotError::Lost)).then_some(())
    })
    .await;

    // Grown again since, with other transactions.
    one.begin(&p, 2, 0).await.unwrap();
    let mut heard = Heard::follow(&other, &p, 2, 0).await.unwrap();
    one.append(&p, 2, vec![entry("a", 1), entry("a", 2)]).await.unwrap();
    heard.until_last(2).await;
    server.ask(&["DEL", "collabcanvas:{p}:log"]);
    for id in ["1-0", "2-0", "3-0"] {
        server.ask(&["XADD", "collabcanvas:{p}:log", id, "t", "\"client\":\"other\"}"]);
    }
    server.ask(&["HSET", "collabcanvas:{p}:order", "last", "3"]);
    server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    assert_eq!(heard.until_ended().await, HotEnd::Lost);
    assert_eq!(heard.last(), 2, "nothing of the other history was told");
    assert_eq!(one.standing(&p).await.unwrap(), None);

    // Of an earlier epoch.
    one.begin(&p, 3, 0).await.unwrap();
    server.ask(&["SAVE"]);
    one.begin(&p, 4, 0).await.unwrap();
    let mut heard = Heard::follow(&other, &p, 4, 0).await.unwrap();
    server.restart();
    assert_eq!(heard.until_ended().await, HotEnd::Lost);
}

async fn calls_fail_soon_while_redis_is_away(program: Program) {
    let mut server = Server::start(&program, &[]);
    let one = host_with(&server, |config| config.time_limit = Duration::from_secs(1)).await;
    let p = project("p");
    one.begin(&p, 1, 0).await.unwrap();
    server.kill();
    for _ in 0..10 {
        let begun = Instant::now();
        let failed = one.append(&p, 1, vec![entry("a", 1)]).await;
        assert!(matches!(failed, Err(HotError::Unavailable(_))), "{failed:?}");
        assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    }
    let failed = Heard::follow(&one, &p, 1, 0).await.err();
    assert!(matches!(failed, Some(HotError::Unavailable(_))), "{failed:?}");
    server.restart();
    eventually("it is back", || async { one.standing(&p).await.ok() }).await;

    // It hangs: the time limit counts.
    one.begin(&p, 2, 0).await.unwrap();
    let hanging = tokio::task::spawn_blocking(move || {
        server.ask(&["CLIENT", "PAUSE", "3000", "ALL"]);
        server
    });
    let server = hanging.await.unwrap();
    let begun = Instant::now();
    let failed = one.append(&p, 2, vec![entry("a", 1)]).await;
    assert!(matches!(failed, Err(HotError::Unavailable(_))), "{failed:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    append_surely(&one, &p, 2, vec![entry("a", 1)]).await;
    assert_eq!(one.standing(&p).await.unwrap().unwrap().last, 1);
    drop(server);
}

async fn a_host_starts_before_redis(program: Program) {
    let mut server = Server::start(&program, &[]);
    server.kill();
    let one = host_with(&server, |config| config.patience = Duration::from_millis(100)).await;
    let p = project("p");
    assert!(matches!(one.standing(&p).await, Err(HotError::Unavailable(_))));
    server.restart();
    eventually("it is there", || async { one.begin(&p, 1, 0).await.ok() }).await;
    let mut heard = eventually("it is heard", || async { Heard::follow(&one, &p, 1, 0).await.ok() }).await;
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    heard.until_last(1).await;
}

async fn what_cannot_work_is_said_at_once(_program: Program) {
    for url in ["", "localhost", "http://localhost:1", "redis://localhost:port"] {
        let mut config = RedisConfig::new(url);
        config.patience = Duration::from_millis(100);
        let failed = RedisHotTier::connect(config).await.err();
        assert!(matches!(failed, Some(HotError::Unavailable(_))), "{url:?}: {failed:?}");
    }
    let mut config = RedisConfig::new("redis://localhost");
    config.prefix = "{all}".to_owned();
    assert!(RedisHotTier::connect(config).await.is_err());
}

async fn who_goes_leaves_no_connection(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, p) = (host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let heard = Heard::follow(&one, &p, 1, 0).await.unwrap();
    drop(one);
    let gone = || async { (server.ask(&["CLIENT", "LIST"]).lines().count() == 1).then_some(()) };
    eventually("the connections are closed", gone).await;
    drop(heard);
}
