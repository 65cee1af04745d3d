//! What idle connections and open rooms hold.

use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::join::Filler;
use crate::people::Host;
use crate::report::Row;
use crate::server::{Server, data_folder};
use crate::socket::{Receiver, Sender};
use crate::{Plan, run_people};

const CONNECTIONS: usize = 2_000;
const CROWDED_ROOMS: usize = 20;
const FILLED_ROOMS: usize = 200;
const SHAPES: usize = 1_000;

/// How long a server is left alone before it is measured: until it has saved and told everybody.
const SETTLING: Duration = Duration::from_secs(2);

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let connection = idle_connections(plan).await?;
        let room = open_rooms(plan, connection).await?;
        Ok(vec![
            Row::new("per idle connection", connection / 1024.0, "KB").at_most(16.0).note("100 people a room"),
            Row::new("per open room of 1,000 shapes", room / 1024.0, "KB")
                .at_most(600.0)
                .note("without its one connection"),
        ])
    })
}

/// Bytes per connection.
pub async fn idle_connections(plan: Plan) -> Result<f64> {
    let (server, _folder) = Server::fresh().await?;
    let rooms = server.projects(CROWDED_ROOMS).await?;
    let count = plan.of(CONNECTIONS, CONNECTIONS / 2);
    // The rooms are open and somebody is in each before the count starts.
    let host = server.host();
    let first = enter_all(&host, &rooms, CROWDED_ROOMS).await?;
    tokio::time::sleep(SETTLING).await;
    let before = server.memory()?;
    let rest = enter_all(&host, &rooms, count).await?;
    tokio::time::sleep(SETTLING).await;
    let after = server.memory()?;
    drop((first, rest));
    Ok(after.saturating_sub(before) as f64 / count as f64)
}

async fn enter_all(host: &Host, rooms: &[String], count: usize) -> Result<Vec<(Sender, Receiver)>> {
    let mut entering = JoinSet::new();
    let mut entered = Vec::with_capacity(count);
    for number in 0..count {
        let (host, room) = (host.clone(), rooms[number % rooms.len()].clone());
        entering.spawn(async move { host.enter(&room, &format!("bench-idler-{number:06}")).await });
        if entering.len() >= 32
            && let Some(one) = entering.join_next().await
        {
            entered.push(one??);
        }
    }
    while let Some(one) = entering.join_next().await {
        entered.push(one??);
    }
    Ok(entered)
}

/// Bytes per room that a server opened from its store and in which somebody has drawn.
pub async fn open_rooms(plan: Plan, connection: f64) -> Result<f64> {
    let folder = data_folder()?;
    let count = plan.of(FILLED_ROOMS, FILLED_ROOMS / 4);
    let (server, _) = Server::start(folder.path()).await?;
    let rooms = server.projects(count).await?;
    for room in &rooms {
        Filler::fill_with(&server.host(), room, SHAPES).await?;
    }
    server.end_in_order()?;
    let (server, _) = Server::start(folder.path()).await?;
    tokio::time::sleep(SETTLING).await;
    let before = server.memory()?;
    let mut here = Vec::new();
    for room in &rooms {
        let (_, sender, receiver) = server.host().load_and_enter(room, "bench-visitor-001").await?;
        sender.send(crate::shapes::edit_that_puts("bench-visitor-001", 1, 0..1).as_bytes()).await?;
        here.push((sender, receiver));
    }
    tokio::time::sleep(SETTLING).await;
    let after = server.memory()?;
    Ok((after.saturating_sub(before) as f64 / count as f64 - connection).max(0.0))
}
