//! D1: what is shown as saved survives `kill -9`, and no transaction is half there.
//!
//! Each run prints its seed; `SEED=… cargo test -p collabcanvas-tests --test faults` repeats one (as far as the
//! machine's timing lets it).

use std::path::Path;
use std::time::Duration;

use collabcanvas_canvas::Operation;
use collabcanvas_tests::{Need, Replica, ServerProcess, Socket, built_folder};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::time::Instant;

const BROWSERS: usize = 6;
const LIVES: usize = 4;

/// A transaction that can be recognised whole: three shapes, and a counter that all its author's transactions raise.
fn transaction(client: &str, number: u64) -> Vec<Operation> {
    let shape = |part: usize| {
        json!({"put": {"id": format!("{client}-{number}-{part}"), "type": "basic/rectangle", "index": "V",
            "x": number, "y": part, "width": 10, "height": 10, "props": {}}})
    };
    let counter = json!({"put": {"id": format!("{client}-counter"), "type": "basic/rectangle", "index": "V",
        "x": number, "y": 0, "width": 10, "height": 10, "props": {}}});
    let operations = [shape(0), counter, shape(1), shape(2)];
    operations.iter().map(|operation| serde_json::from_str(&operation.to_string()).unwrap()).collect()
}

/// Draws with this many milliseconds between two edits, or only listens, until the server dies or `until`.
async fn draw(
    replica: &mut Replica,
    server: &ServerProcess,
    cookie: &str,
    project: &str,
    until: Instant,
    pause: Option<u64>,
) -> anyhow::Result<()> {
    if replica.needs_snapshot() {
        load(replica, server, cookie, project).await?;
    }
    let mut socket = Socket::open(&server.url, project, cookie).await?;
    socket.send(&replica.hello()).await?;
    let mut ready = false;
    let mut next_edit = Instant::now();
    while Instant::now() < until {
        tokio::select! {
            message = socket.next() => match replica.receive(message?) {
                Need::Nothing => {}
                Need::Snapshot => {
                    load(replica, server, cookie, project).await?;
                    socket.send(&replica.hello()).await?;
                }
                Need::SendPending => {
                    ready = true;
                    for edit in replica.pending.clone() {
                        socket.send(&collabcanvas_rooms::protocol::ClientMessage::Edit(edit)).await?;
                    }
                }
            },
            () = tokio::time::sleep_until(next_edit), if ready && pause.is_some() => {
                next_edit = Instant::now() + Duration::from_millis(pause.unwrap_or_default());
                let operations = transaction(replica.client.as_str(), replica.made() + 1);
                let edit = replica.edit(operations);
                socket.send(&edit).await?;
            }
            () = tokio::time::sleep_until(until) => {}
        }
    }
    Ok(())
}

async fn load(replica: &mut Replica, server: &ServerProcess, cookie: &str, project: &str) -> anyhow::Result<()> {
    let response = server.request("GET", &format!("/api/projects/{project}/canvas"), Some(cookie), None).await?;
    anyhow::ensure!(response.status == 200, "status {}: {}", response.status, String::from_utf8_lossy(&response.body));
    replica.load(&response.body)
}

/// The snapshot and what has happened since.
async fn catch_up(replica: &mut Replica, server: &ServerProcess, cookie: &str, project: &str) -> anyhow::Result<()> {
    load(replica, server, cookie, project).await?;
    let mut socket = Socket::open(&server.url, project, cookie).await?;
    socket.send(&replica.hello()).await?;
    while replica.receive(socket.next().await?) != Need::SendPending {}
    Ok(())
}

/// What the store holds, seen by somebody who held nothing: saved edits are there, and each whole or not at all.
async fn check(replicas: &[Replica], server: &ServerProcess, cookie: &str, project: &str, seed: u64) {
    let mut observer = Replica::new("observer");
    catch_up(&mut observer, server, cookie, project).await.unwrap();
    let has = |id: String| observer.document.shapes().any(|shape| shape.id.as_str() == id);
    for replica in replicas {
        for number in 1..=replica.made() {
            let parts = (0..3).filter(|part| has(format!("{}-{number}-{part}", replica.client))).count();
            let saved = replica.saved.contains(&number);
            assert!(
                parts == 3 || parts == 0,
                "transaction {number} of {} is half there ({parts} of 3), seed {seed}",
                replica.client
            );
            assert!(
                !saved || parts == 3,
                "D1: transaction {number} of {} was shown as saved and is lost, seed {seed}",
                replica.client
            );
        }
    }
}

async fn run(seed: u64) {
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let data = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_collabcanvas-under-test"));
    let plugins = built_folder("plugins");
    let mut replicas: Vec<Replica> = (0..BROWSERS).map(|number| Replica::new(&format!("browser-{number}"))).collect();
    for _ in 0..LIVES {
        let server = ServerProcess::start(program, data.path(), &plugins).unwrap();
        let (cookie, project) = server.sign_in().await.unwrap();
        check(&replicas, &server, &cookie, &project, seed).await;
        let until = Instant::now() + Duration::from_millis(random.random_range(200..1500));
        let pause = Some(random.random_range(1..20));
        let drawing = replicas.iter_mut().map(|replica| draw(replica, &server, &cookie, &project, until, pause));
        for result in futures_util::future::join_all(drawing).await {
            result.unwrap();
        }
        server.kill();
    }
    settle(&mut replicas, data.path(), program, &plugins, seed).await;
}

/// After the last kill everybody comes back: D2 for a host, nothing accepted is lost while its author is there.
async fn settle(replicas: &mut [Replica], data: &Path, program: &Path, plugins: &Path, seed: u64) {
    let server = ServerProcess::start(program, data, plugins).unwrap();
    let (cookie, project) = server.sign_in().await.unwrap();
    for replica in replicas.iter_mut() {
        while replica.saved.len() as u64 + (replica.refused.len() as u64) < replica.made() {
            let until = Instant::now() + Duration::from_millis(100);
            draw(replica, &server, &cookie, &project, until, None).await.unwrap();
        }
        assert_eq!(replica.refused, Vec::<u64>::new(), "nothing was refused, seed {seed}");
    }
    let made: u64 = replicas.iter().map(Replica::made).sum();
    println!("{made} transactions, all saved in the end");
    check(replicas, &server, &cookie, &project, seed).await;
    server.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_d2_what_was_saved_survives_kill_9_and_no_transaction_is_half_there() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => vec![rand::rng().random(), 1],
    };
    for seed in seeds {
        run(seed).await;
    }
}
