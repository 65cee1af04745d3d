use bytes::Bytes;
use collabcanvas_storage::{HotPlace, HotTier, RedisConfig, RedisHotTier};

use crate::{
    heard::{Heard, entry, entry_of, eventually, project},
    on_each_server,
    server::{Program, Server},
};

on_each_server!(a_cluster_takes_every_call);

const OPTIONS: [&str; 4] = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];

/// Three nodes: they refuse keys and channels of one call that are not in one slot, and send callers to each other.
async fn a_cluster_takes_every_call(program: Program) {
    let nodes = [(); 3].map(|()| Server::start(&program, &OPTIONS));
    let server = &nodes[0];
    for (node, slots) in nodes.iter().zip([["0", "5000"], ["5001", "11000"], ["11001", "16383"]]) {
        node.ask(&["CLUSTER", "ADDSLOTSRANGE", slots[0], slots[1]]);
    }
    for node in &nodes[1..] {
        server.ask(&["CLUSTER", "MEET", "127.0.0.1", &node.port().to_string()]);
    }
    for node in &nodes {
        let ready = || async {
            let info = node.ask(&["CLUSTER", "INFO"]);
            (info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")).then_some(())
        };
        eventually("the cluster is ready", ready).await;
    }
    let (one, other) = (
        RedisHotTier::connect(RedisConfig::new(server.cluster_url())).await.unwrap(),
        RedisHotTier::connect(RedisConfig::new(server.cluster_url())).await.unwrap(),
    );
    for at in 0..20 {
        let p = project(&format!("p{at}"));
        one.begin(&p, 1, 0).await.unwrap();
        let mut own = Heard::follow(&one, &p, 1, 0).await.unwrap();
        let mut others = Heard::follow(&other, &p, 1, 0).await.unwrap();
        one.append(&p, 1, vec![entry("a", 1), entry_of("b", 1, 100_000)]).await.unwrap();
        other.append(&p, 1, vec![entry("a", 2)]).await.unwrap();
        other.note_durable(&p, 1, 2).await.unwrap();
        for heard in [&mut own, &mut others] {
            heard.until(|heard| heard.last() == 3 && heard.durable == 2).await;
        }
        one.tell(&p, Bytes::from_static(b"here")).await.unwrap();
        others.until(|heard| !heard.notices.is_empty()).await;
        assert!(one.lease(&p, "one").await.unwrap());
        one.release(&p, "one").await.unwrap();
        let place = HotPlace { epoch: 1, seq: 3 };
        one.keep_snapshot(&p, place, Bytes::from_static(b"all")).await.unwrap();
        assert_eq!(other.snapshot(&p).await.unwrap(), Some((place, Bytes::from_static(b"all"))));
        assert_eq!(other.standing(&p).await.unwrap().unwrap().last, 3);
    }
    // Subscriptions come back here too.
    let p = project("p0");
    let mut heard = Heard::follow(&other, &p, 1, 3).await.unwrap();
    for node in &nodes {
        node.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    }
    heard.until(|heard| heard.reconnected > 0).await;
    let append = || async { one.append(&p, 1, vec![entry("a", 3)]).await.ok() };
    eventually("an append", append).await;
    heard.until_last(4).await;
}
