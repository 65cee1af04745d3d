//! One room, 50 people, at rising rates until delays show: how much headroom there is.

use std::time::Duration;

use anyhow::Result;

use crate::people::{Crowd, Doing, Host, Outcome};
use crate::process::Cost;
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::{Plan, run_people};

const PEOPLE: usize = 50;
const RATES: [f64; 6] = [60.0, 120.0, 250.0, 500.0, 750.0, 1_000.0];
/// The 99th percentile of the delays at which people begin to notice, in milliseconds.
const TOO_LATE: f64 = 50.0;
/// One frame in so many is looked into for delays.
const LOOK: u64 = 16;

/// The highest rate that went well.
#[derive(Clone, Debug, Default)]
struct Best {
    hertz: f64,
    per_second: f64,
    story: Vec<String>,
}

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let relay = Relay::start(Kind::Ticked)?;
        let relayed = rise(plan, &relay.host(), "room", || relay.cost()).await?;
        drop(relay);
        let (server, _folder) = Server::fresh().await?;
        let project = server.project("Rising").await?;
        let served = rise(plan, &server.host(), &project, || server.cost()).await?;
        Ok(vec![
            Row::new("highest rate, p99 under 50 ms", served.hertz, "Hz each")
                .at_least(500.0)
                .beside(relayed.hertz)
                .note(format!("p99 at {}", served.story.join(", "))),
            Row::new("deliveries at that rate", served.per_second, "/s").at_least(1.2e6).beside(relayed.per_second),
        ])
    })
}

async fn rise(plan: Plan, host: &Host, room: &str, cost: impl Fn() -> Cost) -> Result<Best> {
    let crowd = Crowd::enter(host, &[room.to_owned()], PEOPLE).await?;
    let lasts = Duration::from_millis(plan.of(2_500, 1_000));
    let mut best = Best::default();
    for hertz in RATES {
        let mut outcome = crowd.act(Doing::Moving, hertz, lasts, LOOK, &cost).await?;
        if !is_well(&outcome) {
            // Once more: another program may have come between.
            outcome = crowd.act(Doing::Moving, hertz, lasts, LOOK, &cost).await?;
        }
        let cpu = outcome.host_share().map_or_else(String::new, |share| format!(" ({share:.0} % CPU)"));
        best.story.push(format!("{hertz:.0} Hz: {:.1} ms{cpu}", outcome.delay_ms(0.99)));
        if !is_well(&outcome) {
            let doubt = outcome.doubt();
            best.story.extend((!doubt.is_empty()).then_some(doubt));
            break;
        }
        (best.hertz, best.per_second) = (hertz, outcome.per_second());
    }
    Ok(best)
}

fn is_well(outcome: &Outcome) -> bool {
    outcome.missing == 0 && outcome.delay_ms(0.99) <= TOO_LATE && outcome.doubt().is_empty()
}
