//! Two people in a quiet room: how soon one sees what the other does, and how soon it is safe on the disk.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use collabcanvas_rooms::protocol::ServerMessage;

use crate::people::{Host, now_us};
use crate::relay::{Kind, Relay};
use crate::report::Row;
use crate::server::Server;
use crate::shapes::edit_that_puts;
use crate::socket::{Receiver, Sender};
use crate::statistics::{median, ms, percentile};
use crate::{Plan, run_people};

const AUTHOR: &str = "bench-author-0001";
/// Longest that one edit may take to become durable.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let relay = Relay::start(Kind::Lean)?;
        let mut relayed = Pair::enter(&relay.host(), "room").await?.converse(plan, Until::Received).await?;
        drop(relay);
        let (server, folder) = Server::fresh().await?;
        let project = server.project("Quiet").await?;
        let mut served = Pair::enter(&server.host(), &project).await?.converse(plan, Until::Durable).await?;
        let sync = sync_cost(folder.path())?;
        let sync_note = format!("4 KB append and fdatasync on this disk: {sync:.1} ms");
        let received = |delays: &mut Delays, share| percentile(&mut delays.received, share);
        Ok(vec![
            Row::new("send to receipt, p50", received(&mut served, 0.5), "ms")
                .at_most(2.0)
                .beside(received(&mut relayed, 0.5)),
            Row::new("send to receipt, p99", received(&mut served, 0.99), "ms").beside(received(&mut relayed, 0.99)),
            Row::new("send to durable, p50", percentile(&mut served.durable, 0.5), "ms"),
            // The target is for a disk that takes 3 ms: what the disk takes beyond that is not the server's.
            Row::new("send to durable, p95", percentile(&mut served.durable, 0.95), "ms").at_most(50.0).note(sync_note),
        ])
    })
}

/// How long the edits of one person take to be durable, in milliseconds, while another looks on.
pub async fn durable_delays(plan: Plan, host: &Host, project: &str) -> Result<Vec<f64>> {
    Ok(Pair::enter(host, project).await?.converse(plan, Until::Durable).await?.durable)
}

/// What an edit is followed to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Received,
    Durable,
}

/// In milliseconds.
#[derive(Default)]
struct Delays {
    received: Vec<f64>,
    durable: Vec<f64>,
}

struct Pair {
    author: Sender,
    own: Receiver,
    other: Receiver,
    _other: Sender,
}

impl Pair {
    async fn enter(host: &Host, room: &str) -> Result<Self> {
        let (author, own) = host.enter(room, AUTHOR).await?;
        let (_other, other) = host.enter(room, "bench-reader-0001").await?;
        Ok(Self { author, own, other, _other })
    }

    /// One edit after the other, with pauses of 50 to 100 ms between them.
    async fn converse(mut self, plan: Plan, until: Until) -> Result<Delays> {
        self.author.send(edit_that_puts(AUTHOR, 1, 1..2).as_bytes()).await?;
        tokio::time::timeout(PATIENCE, receive(&mut self.other, 1)).await??;
        let mut delays = Delays::default();
        for number in 2..2 + plan.of(120, 40) {
            tokio::time::sleep(Duration::from_millis(50 + number * 37 % 51)).await;
            let edit = format!(
                "{{\"edit\":{{\"client\":\"{AUTHOR}\",\"number\":{number},\"operations\":[{{\"patch\":{{\"id\":\
                 \"star-000001\",\"x\":{}}}}}]}}}}",
                now_us()
            );
            let began = Instant::now();
            self.author.send(edit.as_bytes()).await?;
            let received = async { receive(&mut self.other, number).await.map(|()| began.elapsed()) };
            let durable = async {
                match until {
                    Until::Received => Ok(None),
                    Until::Durable => durable(&mut self.own, number).await.map(|()| Some(began.elapsed())),
                }
            };
            let both = tokio::time::timeout(PATIENCE, async { tokio::join!(received, durable) }).await;
            let (received, durable) = both.with_context(|| format!("an edit was not durable within {PATIENCE:?}"))?;
            delays.received.push(ms(received?));
            delays.durable.extend(durable?.map(ms));
        }
        Ok(delays)
    }
}

/// Waits for the author's transaction of this number.
async fn receive(receiver: &mut Receiver, number: u64) -> Result<()> {
    let transaction = format!("\"client\":\"{AUTHOR}\",\"number\":{number},");
    loop {
        if memchr::memmem::find(receiver.next().await?, transaction.as_bytes()).is_some() {
            return Ok(());
        }
    }
}

/// Waits until the author is told that this edit is durable.
async fn durable(own: &mut Receiver, number: u64) -> Result<()> {
    let (mut place, mut durable) = (None, 0);
    loop {
        match serde_json::from_slice(own.next().await?)? {
            ServerMessage::Tick(tick) => {
                let mine =
                    tick.transactions.iter().find(|found| found.client.as_str() == AUTHOR && found.number == number);
                place = place.or(mine.map(|found| found.seq));
                durable = tick.durable.unwrap_or(durable);
            }
            ServerMessage::Refused(refused) => bail!("an edit was refused: {}", refused.problem.message),
            _ => {}
        }
        if place.is_some_and(|place| durable >= place) {
            return Ok(());
        }
    }
}

/// What it costs to make 4 KB durable in this folder: the median, in milliseconds.
fn sync_cost(folder: &Path) -> Result<f64> {
    let mut file = std::fs::File::create(folder.join("sync-cost"))?;
    let mut took = Vec::new();
    for _ in 0..60 {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(ms(began.elapsed()));
    }
    Ok(median(took))
}
