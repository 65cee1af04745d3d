//! Bad input over HTTP and WebSocket to a real server, with a fixed budget: no panic, a clear reason for whoever is
//! turned away, and nobody else notices (S1, S2, A1).
//!
//! Each run prints its seed; `SEED=… cargo test -p collabcanvas-tests --test fuzz` repeats one.

mod damage;
mod frames;
mod requests;

use std::path::Path;

use collabcanvas_tests::{Need, Replica, ServerProcess, Socket, built_folder};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tempfile::TempDir;

/// A server, its operator who draws, and a guest who may edit and sends what comes to mind.
struct Scene {
    server: ServerProcess,
    project: String,
    operator: String,
    guest: String,
    innocent: Innocent,
    _data: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_collabcanvas-under-test"));
        let server = ServerProcess::start(program, data.path(), &built_folder("plugins")).unwrap();
        let (operator, project) = server.sign_in().await.unwrap();
        let (guest, _) = server.invite(&project, &operator, "editor", "Guest").await.unwrap();
        let innocent = Innocent::enter(&server, &project, &operator).await;
        Self { server, project, operator, guest, innocent, _data: data }
    }

    /// The innocent session has missed nothing, and the server is well.
    async fn check(mut self) {
        self.innocent.draw().await;
        let canvas = self.server.look(&self.project, &self.operator).await.unwrap();
        assert_eq!(
            self.innocent.replica.contents(),
            canvas.contents(),
            "S1: the innocent session has missed something"
        );
        assert!(self.innocent.replica.refused.is_empty(), "nothing of theirs was refused");
        let health = self.server.request("GET", "/api/health", None, None).await.unwrap();
        assert_eq!(health.status, 200);
        self.server.assert_well();
    }
}

/// Somebody who draws in the same room meanwhile.
struct Innocent {
    replica: Replica,
    socket: Socket,
}

impl Innocent {
    async fn enter(server: &ServerProcess, project: &str, cookie: &str) -> Self {
        let mut replica = server.snapshot(project, cookie).await.unwrap();
        let mut socket = Socket::open(&server.url, project, cookie).await.unwrap();
        socket.send(&replica.hello()).await.unwrap();
        while replica.receive(socket.next().await.unwrap()) != Need::SendPending {}
        Self { replica, socket }
    }

    /// Makes an edit, and takes in everything until that has its place in the order.
    async fn draw(&mut self) {
        let shape = json!([{"put": {"id": format!("innocent-{}", self.replica.made() % 50), "type": "basic/star", "index": "k",
            "x": self.replica.made(), "y": 0, "width": 9, "height": 9, "props": {}}}]);
        let edit = self.replica.edit(serde_json::from_value(shape).unwrap());
        self.socket.send(&edit).await.unwrap();
        while !self.replica.pending.is_empty() {
            let told = tokio::time::timeout(collabcanvas_tests::PATIENCE, self.socket.next()).await;
            let need = self.replica.receive(told.expect("an answer comes").expect("the session goes on"));
            assert_ne!(need, Need::Snapshot, "it keeps up");
        }
    }
}

/// The seed of this run, printed.
fn random() -> StdRng {
    let seed = match std::env::var("SEED") {
        Ok(seed) => seed.parse().expect("SEED is a number"),
        Err(_) => rand::rng().random(),
    };
    println!("seed {seed}");
    StdRng::seed_from_u64(seed)
}
