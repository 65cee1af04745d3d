use std::collections::BTreeMap;

use collabcanvas_storage::{HotEnd, HotError, HotTier, RedisHotTier, Standing};

use crate::{
    heard::{Heard, entry, entry_of, host, project},
    on_each_server,
    server::{Program, Server},
};

on_each_server!(
    an_order_begins_once_for_each_epoch,
    appends_and_followers_of_another_epoch_are_refused,
    what_was_appended_is_left_out,
    concurrent_hosts_make_one_order,
    a_large_append_arrives_whole,
    large_numbers_stay_whole,
);

async fn an_order_begins_once_for_each_epoch(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    assert_eq!(one.standing(&p).await.unwrap(), None);
    assert_eq!(one.append(&p, 1, vec![entry("a", 1)]).await, Err(HotError::Lost));
    assert_eq!(Heard::follow(&one, &p, 1, 0).await.err(), Some(HotError::Lost));

    let begun = Standing { epoch: 1, floor: 7, last: 7, durable: 7 };
    assert_eq!(one.begin(&p, 1, 7).await.unwrap(), begun);
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    let standing = Standing { last: 8, ..begun };
    assert_eq!(other.begin(&p, 1, 0).await.unwrap(), standing, "one of this epoch stays");
    assert_eq!(other.standing(&p).await.unwrap(), Some(standing));

    let mut heard = Heard::follow(&other, &p, 1, 7).await.unwrap();
    heard.until_last(8).await;
    let later = Standing { epoch: 3, floor: 7, last: 7, durable: 7 };
    assert_eq!(one.begin(&p, 3, 7).await.unwrap(), later);
    assert_eq!(heard.until_ended().await, HotEnd::Epoch(3));
    assert_eq!(other.begin(&p, 2, 9).await.unwrap(), later, "one of a later epoch stays");
}

async fn appends_and_followers_of_another_epoch_are_refused(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, p) = (host(&server).await, project("p"));
    one.begin(&p, 4, 0).await.unwrap();
    for epoch in [3, 5] {
        let found = HotError::Epoch { found: 4 };
        assert_eq!(one.append(&p, epoch, vec![entry("a", 1)]).await, Err(found.clone()));
        assert_eq!(one.note_durable(&p, epoch, 0).await, Err(found.clone()));
        assert_eq!(Heard::follow(&one, &p, epoch, 0).await.err(), Some(found));
    }
    // A follower of an epoch that nobody has begun ends nobody else.
    let mut heard = Heard::follow(&one, &p, 4, 0).await.unwrap();
    assert!(Heard::follow(&one, &p, 5, 0).await.is_err());
    one.append(&p, 4, vec![entry("a", 1)]).await.unwrap();
    heard.until_last(1).await;
}

async fn what_was_appended_is_left_out(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut heard = Heard::follow(&one, &p, 1, 0).await.unwrap();
    let batch = vec![entry("a", 1), entry("b", 1), entry("a", 2)];
    one.append(&p, 1, batch.clone()).await.unwrap();
    other.append(&p, 1, batch.clone()).await.unwrap();
    other.append(&p, 1, vec![entry("b", 1), entry("b", 2), entry("a", 2), entry("b", 2), entry("a", 3)]).await.unwrap();
    other.append(&p, 1, Vec::new()).await.unwrap();
    heard.until_last(5).await;
    assert_eq!(one.standing(&p).await.unwrap().unwrap().last, 5);
    assert!(heard.lines[3].ends_with(&entry("b", 2).rest));
    assert!(heard.lines[4].ends_with(&entry("a", 3).rest));
}

/// S1: whoever follows sees one order, the same for all.
async fn concurrent_hosts_make_one_order(program: Program) {
    const APPENDERS: usize = 16;
    const EACH: u64 = 60;
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut followers = Vec::new();
    for tier in [&one, &other, &other] {
        followers.push(Heard::follow(tier, &p, 1, 0).await.unwrap());
    }
    let appending = (0..APPENDERS).map(|at| {
        let (tiers, p) = ([one.clone(), other.clone()], p.clone());
        tokio::spawn(async move {
            let client = format!("c{at}");
            for number in 1..=EACH {
                // Both hosts hand in the same at times, as after a browser moved.
                let size = if number % 20 == 0 { 40_000 } else { 10 };
                let entries = vec![entry_of(&client, number, size)];
                tiers[at % 2].append(&p, 1, entries.clone()).await.unwrap();
                if number % 3 == 0 {
                    tiers[1 - at % 2].append(&p, 1, entries).await.unwrap();
                }
            }
        })
    });
    for task in appending.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let total = APPENDERS as u64 * EACH;
    for heard in &mut followers {
        heard.until_last(total).await;
        assert_eq!(heard.lines, followers_lines(&one, &p).await);
    }
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    for line in &followers[0].lines {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        let number = numbers.entry(line["client"].as_str().unwrap().to_owned()).or_default();
        *number += 1;
        assert_eq!(line["number"], *number, "each number once, and in order");
    }
}

/// What somebody who comes later is told.
async fn followers_lines(tier: &RedisHotTier, p: &collabcanvas_canvas::ProjectId) -> Vec<bytes::Bytes> {
    let last = tier.standing(p).await.unwrap().unwrap().last;
    let mut heard = Heard::follow(tier, p, 1, 0).await.unwrap();
    heard.until_last(last).await;
    heard.lines
}

async fn a_large_append_arrives_whole(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut own = Heard::follow(&one, &p, 1, 0).await.unwrap();
    let mut others = Heard::follow(&other, &p, 1, 0).await.unwrap();
    let mut entries: Vec<_> = (1..=3).map(|number| entry_of("large", number, 4 * 1024 * 1024)).collect();
    entries.extend((1..=2_000).map(|number| entry_of("many", number, 500)));
    one.append(&p, 1, entries.clone()).await.unwrap();
    own.take_all();
    assert_eq!(own.last(), 2_003, "followers of this host are told before an append returns");
    others.until_last(2_003).await;
    assert_eq!(own.lines, others.lines);
    for (line, entry) in own.lines.iter().zip(&entries) {
        assert!(line.ends_with(&entry.rest), "they keep their order");
    }
}

/// Lua counts in floating point and writes 1e+15 when not told otherwise.
async fn large_numbers_stay_whole(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    let after = (1 << 53) - 100;
    one.begin(&p, 1 << 50, after).await.unwrap();
    let mut heard = Heard::follow(&other, &p, 1 << 50, after).await.unwrap();
    one.append(&p, 1 << 50, vec![entry("a", (1 << 53) - 3), entry("a", (1 << 53) - 2)]).await.unwrap();
    one.append(&p, 1 << 50, vec![entry("a", (1 << 53) - 2), entry("a", (1 << 53) - 1)]).await.unwrap();
    one.note_durable(&p, 1 << 50, after + 2).await.unwrap();
    heard.until(|heard| heard.last() == after + 3 && heard.durable == after + 2).await;
    let mut late = Heard::follow(&one, &p, 1 << 50, after).await.unwrap();
    late.until_last(after + 3).await;
}
