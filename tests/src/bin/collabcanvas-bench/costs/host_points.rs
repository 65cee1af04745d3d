//! What a host costs at different loads (rooms, people in each, edits a second of each), what it holds, and what several
//! deliver together.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use collabcanvas_tests::costs::measured::{HostPoint, Hosts, HostsPoint};

use crate::people::{Crowd, Doing};
use crate::server::Server;
use crate::{Plan, hosts, memory};

/// Whether the model is fitted to it; rooms, people in each, edits a second of each.
struct Point(bool, usize, usize, f64);

const FITTED: bool = true;
const CHECKED: bool = false;

const POINTS: [Point; 7] = [
    Point(FITTED, 1, 100, 60.0),
    Point(FITTED, 1, 50, 200.0),
    Point(FITTED, 1_000, 2, 10.0),
    Point(FITTED, 100, 10, 5.0),
    Point(FITTED, 20, 20, 20.0),
    Point(CHECKED, 200, 5, 5.0),
    Point(CHECKED, 10, 30, 10.0),
];

/// Measures it.
pub async fn measure(plan: Plan) -> Result<Hosts> {
    let mut measured = Hosts::default();
    for point in &POINTS {
        measured.points.push(measure_one(plan, point).await?);
    }
    let connection = memory::idle_connections(plan).await?;
    measured.connection_kb = connection / 1024.0;
    measured.room_kb = memory::open_rooms(plan, connection).await? / 1024.0;
    for count in [1, 2, 4] {
        let deliveries = hosts::scaled(plan, count as usize).await?.deliveries;
        measured.deliveries_by_hosts.push(HostsPoint { hosts: count, deliveries });
    }
    Ok(measured)
}

async fn measure_one(plan: Plan, point: &Point) -> Result<HostPoint> {
    let Point(fitted, rooms, people, hertz) = *point;
    let (server, _folder) = Server::fresh().await?;
    let projects = server.projects(rooms).await?;
    let crowd = Crowd::enter(&server.host(), &projects, people).await?;
    crowd.act(Doing::Moving, hertz, Duration::from_secs(1), 64, || server.cost()).await?;
    let lasts = Duration::from_secs(plan.of(6, 2));
    let outcome = crowd.act(Doing::Moving, hertz, lasts, 64, || server.cost()).await?;
    let about = format!("{rooms} rooms of {people}, {hertz} edits/s each");
    ensure!(outcome.doubt().is_empty(), "{about}: {}", outcome.doubt());
    let seconds = outcome.lasted.as_secs_f64();
    Ok(HostPoint {
        about,
        fitted,
        edits: outcome.sent as f64 / seconds,
        frames: outcome.frames as f64 / seconds,
        // With those that come back to their senders.
        deliveries: (outcome.expected + outcome.sent) as f64 / seconds,
        cpu_percent: outcome.host_share().context("this system does not tell what a process costs")?,
    })
}
