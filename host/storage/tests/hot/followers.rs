use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use collabcanvas_storage::{HotTier, RedisHotTier};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    heard::{Heard, append_surely, entry, entry_of, eventually, host, host_with, project},
    on_each_server,
    server::{Program, Server},
};

on_each_server!(
    notices_reach_other_hosts_only,
    what_is_durable_is_told_once_it_was_seen,
    connections_that_break_at_random_lose_nothing,
    what_no_message_told_is_noticed,
    who_follows_again_is_told_again,
    thousands_of_projects_share_two_connections,
);

async fn notices_reach_other_hosts_only(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut own = Heard::follow(&one, &p, 1, 0).await.unwrap();
    let mut others = Heard::follow(&other, &p, 1, 0).await.unwrap();
    let notice = Bytes::from_static(b"\x00 cursor\n\xff");
    one.tell(&p, notice.clone()).await.unwrap();
    others.until(|heard| !heard.notices.is_empty()).await;
    assert_eq!(others.notices, [notice]);
    // What comes after it has come.
    other.tell(&p, Bytes::from_static(b"back")).await.unwrap();
    own.until(|heard| !heard.notices.is_empty()).await;
    assert_eq!(own.notices, [Bytes::from_static(b"back")]);
}

async fn what_is_durable_is_told_once_it_was_seen(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut own = Heard::follow(&one, &p, 1, 0).await.unwrap();
    let mut others = Heard::follow(&other, &p, 1, 0).await.unwrap();
    one.append(&p, 1, (1..=5).map(|number| entry_of("a", number, 20_000)).collect()).await.unwrap();
    other.note_durable(&p, 1, 3).await.unwrap();
    // Never backwards.
    other.note_durable(&p, 1, 2).await.unwrap();
    for heard in [&mut own, &mut others] {
        heard.until(|heard| heard.last() == 5 && heard.durable == 3).await;
    }
    assert_eq!(one.standing(&p).await.unwrap().unwrap().durable, 3);
    let mut late = Heard::follow(&one, &p, 1, 5).await.unwrap();
    late.until(|heard| heard.durable == 3).await;
}

/// S1: whatever is lost on the way, followers see one order without gaps.
async fn connections_that_break_at_random_lose_nothing(program: Program) {
    const EACH: u64 = 250;
    const BREAKS: usize = 25;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let server = Arc::new(Server::start(&program, &[]));
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    let mut followers = [Heard::follow(&one, &p, 1, 0).await.unwrap(), Heard::follow(&other, &p, 1, 0).await.unwrap()];
    let broken = Arc::new(AtomicUsize::new(0));
    let breaking = {
        let (server, broken) = (server.clone(), broken.clone());
        tokio::task::spawn_blocking(move || {
            let mut random = StdRng::seed_from_u64(seed);
            while broken.load(Ordering::Relaxed) < BREAKS {
                let clients = server.ask(&["CLIENT", "LIST"]);
                let ids: Vec<_> = clients.lines().filter_map(|client| client.strip_prefix("id=")).collect();
                let id = ids[random.random_range(0..ids.len())].split(' ').next().unwrap_or_default();
                broken.fetch_add(usize::from(server.ask(&["CLIENT", "KILL", "ID", id]) == "1"), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(random.random_range(5..60)));
            }
        })
    };
    let appending = (0..4).map(|at| {
        let (tier, p, broken) = ([&one, &other][at % 2].clone(), p.clone(), broken.clone());
        let mut random = StdRng::seed_from_u64(seed + 1 + at as u64);
        tokio::spawn(async move {
            let mut number = 0;
            while number < EACH || broken.load(Ordering::Relaxed) < BREAKS {
                number += 1;
                let size = if random.random_bool(0.05) { 50_000 } else { 100 };
                append_surely(&tier, &p, 1, vec![entry_of(&format!("c{at}"), number, size)]).await;
            }
            number
        })
    });
    let mut total = 0;
    for task in appending.collect::<Vec<_>>() {
        total += task.await.unwrap();
    }
    breaking.await.unwrap();
    for heard in &mut followers {
        heard.until_last(total).await;
    }
    println!("{total} appended, reconnected {} and {} times", followers[0].reconnected, followers[1].reconnected);
    assert_eq!(followers[0].lines, followers[1].lines, "seed {seed}");
    let standing = eventually("how it stands", || async { one.standing(&p).await.ok() }).await.unwrap();
    assert_eq!(standing.last, total, "each once, seed {seed}");
}

/// Here the messages are lost without a broken connection: the server forgets the subscription.
async fn what_no_message_told_is_noticed(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, p) = (host(&server).await, project("p"));
    let deaf = host_with(&server, |config| config.compare = Duration::from_millis(400)).await;
    one.begin(&p, 1, 0).await.unwrap();
    let mut heard = Heard::follow(&deaf, &p, 1, 0).await.unwrap();
    // Written past the tier, as if the message about it had been lost.
    server.ask(&["XADD", "collabcanvas:{p}:log", "1-0", "t", "\"client\":1}"]);
    server.ask(&["HSET", "collabcanvas:{p}:order", "last", "1"]);
    heard.until_last(1).await;
    one.append(&p, 1, vec![entry("a", 1)]).await.unwrap();
    heard.until_last(2).await;
}

async fn who_follows_again_is_told_again(program: Program) {
    let server = Server::start(&program, &[]);
    let (one, other, p) = (host(&server).await, host(&server).await, project("p"));
    one.begin(&p, 1, 0).await.unwrap();
    for number in 1..=30 {
        let mut heard = Heard::follow(&other, &p, 1, number - 1).await.unwrap();
        let second = (number % 3 == 0).then_some(Heard::follow(&other, &p, 1, 0).await.unwrap());
        one.append(&p, 1, vec![entry("a", number)]).await.unwrap();
        heard.until_last(number).await;
        heard.unfollow();
        if let Some(mut second) = second {
            second.until_last(number).await;
        }
    }
    let channels = || async { Some(()).filter(|()| server.ask(&["PUBSUB", "SHARDCHANNELS"]).is_empty()) };
    eventually("nothing is subscribed to any more", channels).await;
}

async fn thousands_of_projects_share_two_connections(program: Program) {
    const PROJECTS: usize = 3_000;
    let server = Server::start(&program, &[]);
    let (one, other) = (host(&server).await, host(&server).await);
    let following = async |tier: Arc<RedisHotTier>, at: usize| {
        let p = project(&format!("p{at}"));
        tier.begin(&p, 1, 0).await.unwrap();
        Heard::follow(&tier, &p, 1, 0).await.unwrap()
    };
    let all: Vec<_> = (0..PROJECTS).map(|at| tokio::spawn(following(one.clone(), at))).collect();
    let mut followers = Vec::new();
    for heard in all {
        followers.push(heard.await.unwrap());
    }
    for at in 0..PROJECTS {
        other.append(&project(&format!("p{at}")), 1, vec![entry("a", 1)]).await.unwrap();
    }
    for heard in &mut followers {
        heard.until_last(1).await;
    }
    let clients = server.ask(&["CLIENT", "LIST"]);
    let ports: HashSet<_> = clients.lines().filter(|client| !client.contains("cmd=client|list")).collect();
    assert_eq!(ports.len(), 4, "two hosts have two connections each: {clients}");
    drop(followers);
}
