//! A paste: many shapes in one transaction, until another session has it whole.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::people::Host;
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::shapes::{edit_that_deletes, edit_that_puts};
use crate::socket::{Receiver, Sender};
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

const AUTHOR: &str = "bench-author-0001";
/// The pause before each paste: it comes into a room that is doing nothing, as pastes do.
const PAUSE: Duration = Duration::from_millis(60);
/// Longest that one paste may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let relay = Relay::start(Kind::Lean)?;
        let (server, _folder) = Server::fresh().await?;
        let mut rows = Vec::new();
        for (shapes, target) in [(550, 9.0), (5_000, 60.0)] {
            let relayed = paste(plan, &relay.host(), &format!("room-{shapes}"), shapes).await?;
            let project = server.project("Pasting").await?;
            let served = paste(plan, &server.host(), &project, shapes).await?;
            let what = format!("{shapes} shapes reach another session");
            rows.push(Row::new(what, served, "ms").at_most(target).beside(relayed));
        }
        Ok(rows)
    })
}

/// The median time of a paste, in milliseconds.
async fn paste(plan: Plan, host: &Host, room: &str, shapes: usize) -> Result<f64> {
    let (author, mut own) = host.enter(room, AUTHOR).await?;
    // Whoever does not read what it is sent is not listened to after a while.
    let reading = tokio::spawn(async move { while own.next().await.is_ok() {} });
    let (_other, mut arriving) = host.enter(room, "bench-reader-0001").await?;
    let mut took = Vec::new();
    for round in 0..plan.of(16, 6) {
        tokio::time::sleep(PAUSE).await;
        let pasted = edit_that_puts(AUTHOR, round * 2 + 1, 0..shapes);
        took.push(ms(deliver(&author, &mut arriving, pasted, round * 2 + 1).await?));
        let deleted = edit_that_deletes(AUTHOR, round * 2 + 2, 0..shapes);
        deliver(&author, &mut arriving, deleted, round * 2 + 2).await?;
    }
    reading.abort();
    // The first one opens the plugin.
    Ok(median(took.split_off(1)))
}

/// Sends a transaction and waits until the other has it whole.
async fn deliver(author: &Sender, arriving: &mut Receiver, edit: String, number: u64) -> Result<Duration> {
    let transaction = format!("\"client\":\"{AUTHOR}\",\"number\":{number},");
    let began = Instant::now();
    author.send(edit.as_bytes()).await?;
    let arrived = async {
        loop {
            let frame = arriving.next().await?;
            if frame.starts_with(b"{\"refused\"") {
                bail!("the server said {}", String::from_utf8_lossy(frame));
            }
            if memchr::memmem::find(frame, transaction.as_bytes()).is_some() {
                return Ok(began.elapsed());
            }
        }
    };
    tokio::time::timeout(PATIENCE, arrived)
        .await
        .with_context(|| format!("a paste did not arrive within {PATIENCE:?}"))?
}
