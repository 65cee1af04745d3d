//! 1,000 rooms of two people, each moving a shape at 10 Hz.

use std::time::Duration;

use anyhow::Result;

use crate::people::{Crowd, Doing, Host, Outcome};
use crate::process::Cost;
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::statistics::median;
use crate::{Plan, run_people};

const ROOMS: usize = 1_000;
const HERTZ: f64 = 10.0;

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let relay = Relay::start(Kind::Bare)?;
        let rooms: Vec<String> = (0..ROOMS).map(|room| format!("room-{room}")).collect();
        let relayed = act(plan, &relay.host(), &rooms, || relay.cost()).await?;
        drop(relay);
        let (server, _folder) = Server::fresh().await?;
        let rooms = server.projects(ROOMS).await?;
        let served = act(plan, &server.host(), &rooms, || server.cost()).await?;
        Ok(rows(&served, &relayed))
    })
}

async fn act(plan: Plan, host: &Host, rooms: &[String], cost: impl Fn() -> Cost) -> Result<Vec<Outcome>> {
    let crowd = Crowd::enter(host, rooms, 2).await?;
    let lasts = Duration::from_secs(plan.of(4, 2));
    crowd.act(Doing::Moving, HERTZ, Duration::from_secs(1), 1, &cost).await?;
    let mut outcomes = Vec::new();
    for _ in 0..plan.of(3, 1) {
        outcomes.push(crowd.act(Doing::Moving, HERTZ, lasts, 1, &cost).await?);
    }
    Ok(outcomes)
}

fn rows(server: &[Outcome], relay: &[Outcome]) -> Vec<Row> {
    let of = |outcomes: &[Outcome], value: fn(&Outcome) -> f64| median(outcomes.iter().map(value).collect());
    let row =
        |name: &str, unit, value: fn(&Outcome) -> f64| Row::new(name, of(server, value), unit).beside(of(relay, value));
    let missing = server.iter().map(|outcome| outcome.missing).max().unwrap_or(0);
    let doubt = server.iter().map(Outcome::doubt).find(|doubt| !doubt.is_empty()).unwrap_or_default();
    let mut rows = vec![
        row("deliveries", "/s", Outcome::per_second).at_least(20_000.0 * 0.97).note(doubt),
        Row::new("missing", missing as f64, "deliveries").at_most(0.0),
        row("p50", "ms", |outcome| outcome.delay_ms(0.5)),
        row("p99", "ms", |outcome| outcome.delay_ms(0.99)).at_most(25.0),
    ];
    if server.iter().chain(relay).all(|outcome| outcome.host_cpu.is_some()) {
        let share = |outcome: &Outcome| outcome.host_share().unwrap_or_default();
        let relayed = of(relay, share);
        rows.push(row("CPU", "% of a core", share).at_most(relayed * 1.3).note("wanted: 1.3 times the relay's"));
    }
    rows
}
