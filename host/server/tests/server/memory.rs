use serde_json::json;

use crate::command::Spawned;
use crate::support::text;

/// What people may be promised of one server: so many bytes for a browser that is only there.
const PER_CONNECTION: u64 = 16 * 1024;

/// Fewer than the 1,024 files that a test's process may have open, and than two rooms take.
const CONNECTIONS: usize = 800;

#[tokio::test]
async fn an_idle_connection_costs_at_most_16_kb() {
    let server = Spawned::start().await;
    let (mut operator, first) = server.operator().await;
    let second = text(&operator.post("/api/projects", json!({"name": "Second"})).await.json()["id"]);
    // Both rooms are open, and everything that is made once is made.
    let mut sockets = vec![operator.enter(&first).await.0, operator.enter(&second).await.0];
    let before = anonymous_memory(server.id());
    for number in 0..CONNECTIONS {
        sockets.push(operator.enter(if number % 2 == 0 { &first } else { &second }).await.0);
    }
    let each = anonymous_memory(server.id()).saturating_sub(before) / CONNECTIONS as u64;
    println!("{each} bytes for each of {CONNECTIONS} idle connections");
    assert!(each <= PER_CONNECTION, "{each} bytes");
}

/// The memory that a process has for itself, in bytes.
fn anonymous_memory(process: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Anonymous:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}
