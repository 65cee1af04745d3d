//! Opening a canvas of 10,000 shapes: what goes over the wire, and what it costs the server.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::join::Filler;
use crate::report::Row;
use crate::server::Server;
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

const SHAPES: usize = 10_000;

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let (server, _folder) = Server::fresh().await?;
        let project = server.project("Opening").await?;
        let filler = Filler::fill_with(&server.host(), &project, SHAPES).await?;
        // Until it is saved: what follows is to be the cost of opening alone.
        tokio::time::sleep(Duration::from_secs(plan.of(7, 3))).await;
        let began = Instant::now();
        let cold = server.canvas(&project).await?;
        let first = ms(began.elapsed());
        let (mut took, mut cost) = (Vec::new(), Vec::new());
        for number in 0..plan.of(50, 20) {
            let before = server.cost();
            let began = Instant::now();
            let opened = server.host().load_and_enter(&project, &format!("bench-visitor-{number:04}")).await?;
            took.push(ms(began.elapsed()));
            drop(opened);
            // Others are told of who comes and goes: that belongs to it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            cost.extend(server.cost().since(before).map(ms));
        }
        drop(filler);
        let mut rows = vec![
            Row::new("on the wire", cold.wire_bytes() as f64 / 1e3, "KB").at_most(500.0),
            Row::new("warm, until it follows the room", median(took), "ms"),
            Row::new("first, snapshot made anew", first, "ms"),
        ];
        if !cost.is_empty() {
            rows.insert(1, Row::new("server CPU, warm", median(cost), "ms").at_most(10.0));
        }
        Ok(rows)
    })
}
