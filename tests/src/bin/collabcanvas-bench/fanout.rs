//! One room, 100 people, each moving a shape at 60 Hz: 594,000 deliveries a second.

use std::time::Duration;

use anyhow::Result;

use crate::people::{Crowd, Doing, Host, Outcome};
use crate::process::Cost;
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::statistics::median;
use crate::{Plan, run_people};

const PEOPLE: usize = 100;
const HERTZ: f64 = 60.0;
/// One frame in so many is looked into for delays.
const LOOK: u64 = 16;

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let relay = Relay::start(Kind::Ticked)?;
        let relayed = act(plan, &relay.host(), "room", Doing::Moving, || relay.cost()).await?;
        drop(relay);
        let (server, _folder) = Server::fresh().await?;
        let project = server.project("Moving").await?;
        let moved = act(plan, &server.host(), &project, Doing::Moving, || server.cost()).await?;
        let project = server.project("Restyling").await?;
        let restyled = act(plan, &server.host(), &project, Doing::Restyling, || server.cost()).await?;
        let mut rows = rows("moving", &moved, &relayed);
        rows.extend(self::rows("restyling, every edit validated", &restyled, &relayed));
        Ok(rows)
    })
}

async fn act(plan: Plan, host: &Host, room: &str, doing: Doing, cost: impl Fn() -> Cost) -> Result<Vec<Outcome>> {
    let crowd = Crowd::enter(host, &[room.to_owned()], PEOPLE).await?;
    let (runs, lasts) = (plan.of(3, 1), Duration::from_secs(plan.of(6, 2)));
    crowd.act(doing, HERTZ, Duration::from_millis(700), LOOK, &cost).await?;
    let mut outcomes = Vec::new();
    for _ in 0..runs {
        outcomes.push(crowd.act(doing, HERTZ, lasts, LOOK, &cost).await?);
    }
    Ok(outcomes)
}

fn rows(what: &str, server: &[Outcome], relay: &[Outcome]) -> Vec<Row> {
    let of = |outcomes: &[Outcome], value: fn(&Outcome) -> f64| median(outcomes.iter().map(value).collect());
    let row = |name: &str, unit, value: fn(&Outcome) -> f64| {
        Row::new(format!("{what}: {name}"), of(server, value), unit).beside(of(relay, value))
    };
    let missing = server.iter().map(|outcome| outcome.missing).max().unwrap_or(0);
    let doubt = server.iter().map(Outcome::doubt).find(|doubt| !doubt.is_empty()).unwrap_or_default();
    let deliveries = PEOPLE as f64 * (PEOPLE as f64 - 1.0) * HERTZ;
    let mut rows = vec![
        row("deliveries", "/s", Outcome::per_second).at_least(deliveries * 0.97).note(doubt),
        Row::new(format!("{what}: missing"), missing as f64, "deliveries").at_most(0.0),
        row("p50", "ms", |outcome| outcome.delay_ms(0.5)),
        row("p99", "ms", |outcome| outcome.delay_ms(0.99)).at_most(25.0),
    ];
    if server.iter().chain(relay).all(|outcome| outcome.host_cpu.is_some()) {
        rows.push(row("CPU", "% of a core", |outcome| outcome.host_share().unwrap_or_default()).at_most(40.0));
    }
    rows
}
