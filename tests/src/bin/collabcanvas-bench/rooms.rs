//! 1,000 rooms of two people, each moving a shape at 10 Hz.

use std::time::Duration;

use anyhow::Result;

use crate::people::{Crowd, Doing, Outcome};
use crate::process::Cost;
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::statistics::median;
use crate::{Plan, run_people};

const ROOMS: usize = 1_000;
const HERTZ: f64 = 10.0;

/// Measures it: by turns, since a machine is not equally fast all the time.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let (bare, lean) = (Relay::start(Kind::Bare)?, Relay::start(Kind::Lean)?);
        let (server, _folder) = Server::fresh().await?;
        let named: Vec<String> = (0..ROOMS).map(|room| format!("room-{room}")).collect();
        let projects = server.projects(ROOMS).await?;
        let at_bare = Crowd::enter(&bare.host(), &named, 2).await?;
        let at_lean = Crowd::enter(&lean.host(), &named, 2).await?;
        let at_server = Crowd::enter(&server.host(), &projects, 2).await?;
        let (mut of_bare, mut of_lean, mut of_server) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.of(3, 1) {
            of_bare.push(act(plan, &at_bare, || bare.cost()).await?);
            of_lean.push(act(plan, &at_lean, || lean.cost()).await?);
            of_server.push(act(plan, &at_server, || server.cost()).await?);
        }
        Ok(rows(&of_server, &of_bare, &of_lean))
    })
}

/// The last of two runs: in the first, memory and pace settle.
async fn act(plan: Plan, crowd: &Crowd, cost: impl Fn() -> Cost) -> Result<Outcome> {
    crowd.act(Doing::Moving, HERTZ, Duration::from_secs(1), 1, &cost).await?;
    crowd.act(Doing::Moving, HERTZ, Duration::from_secs(plan.of(4, 2)), 1, &cost).await
}

fn rows(server: &[Outcome], bare: &[Outcome], lean: &[Outcome]) -> Vec<Row> {
    let of = |outcomes: &[Outcome], value: fn(&Outcome) -> f64| median(outcomes.iter().map(value).collect());
    let row =
        |name: &str, unit, value: fn(&Outcome) -> f64| Row::new(name, of(server, value), unit).beside(of(bare, value));
    let missing = server.iter().map(|outcome| outcome.missing).max().unwrap_or(0);
    let doubt = server.iter().map(Outcome::doubt).find(|doubt| !doubt.is_empty()).unwrap_or_default();
    let p99: fn(&Outcome) -> f64 = |outcome| outcome.delay_ms(0.99);
    let mut rows = vec![
        row("deliveries", "/s", Outcome::per_second).at_least(20_000.0 * 0.97).note(doubt),
        Row::new("missing", missing as f64, "deliveries").at_most(0.0),
        row("p50", "ms", |outcome| outcome.delay_ms(0.5)),
        row("p99", "ms", p99).at_most(25.0).note(format!("lean relay {:.1}", of(lean, p99))),
    ];
    if server.iter().chain(bare).chain(lean).all(|outcome| outcome.host_cpu.is_some()) {
        let share: fn(&Outcome) -> f64 = |outcome| outcome.host_share().unwrap_or_default();
        let (relayed, leanly) = (of(bare, share), of(lean, share));
        let wanted = "wanted: 1.3 times the bare relay's";
        rows.push(row("CPU", "% of a core", share).at_most(relayed * 1.3).note(wanted));
        let note = "beside a lean relay: the bare one, but with small read buffers";
        rows.push(Row::new("CPU, beside a lean relay", of(server, share), "% of a core").beside(leanly).note(note));
    }
    rows
}
