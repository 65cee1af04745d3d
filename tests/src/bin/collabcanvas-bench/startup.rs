//! From starting the server's process to its being ready.

use anyhow::Result;

use crate::report::Row;
use crate::server::{Server, data_folder};
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let folder = data_folder()?;
        let (server, first) = Server::start(folder.path()).await?;
        server.end_in_order()?;
        let mut took = Vec::new();
        for _ in 0..plan.of(7, 3) {
            let (server, start) = Server::start(folder.path()).await?;
            took.push(ms(start));
            server.end_in_order()?;
        }
        Ok(vec![
            Row::new("ready, warm cache", median(took), "ms"),
            Row::new("ready, first start: plugins are compiled", ms(first), "ms"),
        ])
    })
}
