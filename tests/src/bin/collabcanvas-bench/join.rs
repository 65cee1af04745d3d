//! Two people draw in one room while others join a room of 50,000 shapes: how much later their edits arrive.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::people::{Crowd, Doing, Host, now_us};
use crate::report::Row;
use crate::server::Server;
use crate::shapes::edits_that_fill;
use crate::statistics::{median, ms};
use crate::{Plan, run_people};

const SHAPES: usize = 50_000;
/// People who join at once.
const JOINING: usize = 5;
/// Edits after which a room makes its snapshot anew.
const STALE: u64 = 2_100;
const AUTHOR: &str = "bench-author-0001";

/// What happened in a stretch of time, in microseconds of this process.
type Stretch = (u64, u64);

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    run_people(async {
        let (server, _folder) = Server::fresh().await?;
        let host = server.host();
        let big = server.project("Big").await?;
        let mut filler = Filler::fill(&host, &big).await?;
        let other = server.project("Other").await?;
        let crowd = Crowd::enter(&host, &[other], 2).await?;
        let rounds = plan.of(7, 3);
        let lasts = Duration::from_secs_f64(1.4 * f64::from(rounds));
        let joining = async {
            let mut joins = Vec::new();
            for _ in 0..rounds {
                filler.make_stale().await?;
                tokio::time::sleep(Duration::from_millis(300)).await;
                joins.push(join(&host, &big).await?);
            }
            anyhow::Ok(joins)
        };
        let (alone, joined, joins) = {
            let alone = crowd.act(Doing::Moving, 60.0, lasts, 1, || server.cost()).await?;
            let (joined, joins) = tokio::join!(crowd.act(Doing::Moving, 60.0, lasts, 1, || server.cost()), joining);
            (alone, joined?, joins?)
        };
        // Stretches of the same lengths without a join, one after the other.
        let mut from = alone.delays.iter().map(|(sent, _)| *sent).min().unwrap_or(0);
        let quiet = joins.iter().map(|(began, ended)| {
            from += ended - began;
            (from - (ended - began), from)
        });
        let worst_alone = worst(&alone.delays, quiet);
        let worst_joined = worst(&joined.delays, joins.iter().copied());
        let took = median(joins.iter().map(|(began, ended)| (ended - began) as f64 / 1e3).collect());
        Ok(vec![
            Row::new("extra delay in another room, worst edit", (worst_joined - worst_alone).max(0.0), "ms")
                .at_most(5.0)
                .note(format!(
                    "median of {rounds} joins: {worst_joined:.1} ms, of stretches without {worst_alone:.1} ms"
                )),
            Row::new(
                "extra delay in another room, p99 of the whole time",
                joined.delay_ms(0.99) - alone.delay_ms(0.99),
                "ms",
            ),
            Row::new(format!("{JOINING} people join {SHAPES} shapes, snapshot made anew"), took, "ms"),
        ])
    })
}

/// The median over stretches of the longest delay of an edit that was sent in it, in milliseconds.
fn worst(delays: &[(u64, u32)], stretches: impl Iterator<Item = Stretch>) -> f64 {
    let longest = |(began, ended): Stretch| {
        let within = delays.iter().filter(|(sent, delay)| *sent <= ended && sent + u64::from(*delay) >= began);
        f64::from(within.map(|(_, delay)| *delay).max().unwrap_or(0)) / 1e3
    };
    median(stretches.map(longest).collect())
}

/// All who join load the canvas, come in, and leave. Answers with when that was.
async fn join(host: &Host, project: &str) -> Result<Stretch> {
    let began = now_us();
    let mut joining = JoinSet::new();
    for number in 0..JOINING {
        let (host, project) = (host.clone(), project.to_owned());
        joining.spawn(async move { host.load_and_enter(&project, &format!("bench-joiner-{number:04}")).await });
    }
    while let Some(joined) = joining.join_next().await {
        joined??;
    }
    Ok((began, now_us()))
}

/// Somebody who has filled a room and keeps changing it.
pub struct Filler {
    sender: crate::socket::Sender,
    receiver: crate::socket::Receiver,
    number: u64,
}

impl Filler {
    /// Fills a room with 50,000 shapes.
    async fn fill(host: &Host, room: &str) -> Result<Self> {
        Self::fill_with(host, room, SHAPES).await
    }

    /// Fills a room with shapes.
    pub async fn fill_with(host: &Host, room: &str, shapes: usize) -> Result<Self> {
        let (sender, receiver) = host.enter(room, AUTHOR).await?;
        let mut filler = Self { sender, receiver, number: 0 };
        for edit in edits_that_fill(AUTHOR, shapes) {
            filler.sender.send(edit.as_bytes()).await?;
            filler.number += 1;
            filler.arrived().await?;
        }
        Ok(filler)
    }

    /// Makes so many edits that the room's snapshot is too old to be handed out.
    async fn make_stale(&mut self) -> Result<()> {
        for _ in 0..STALE {
            self.number += 1;
            let edit = format!(
                "{{\"edit\":{{\"client\":\"{AUTHOR}\",\"number\":{},\"operations\":[{{\"patch\":{{\"id\":\"star-000001\",\
                 \"y\":{}}}}}]}}}}",
                self.number,
                self.number % 100
            );
            self.sender.send(edit.as_bytes()).await?;
        }
        self.arrived().await
    }

    /// Waits until its last edit has its place in the order.
    async fn arrived(&mut self) -> Result<()> {
        let transaction = format!("\"client\":\"{AUTHOR}\",\"number\":{},", self.number);
        let began = Instant::now();
        let arrived = async {
            loop {
                let frame = self.receiver.next().await?;
                anyhow::ensure!(
                    !frame.starts_with(b"{\"refused\""),
                    "the server said {}",
                    String::from_utf8_lossy(frame)
                );
                if memchr::memmem::find(frame, transaction.as_bytes()).is_some() {
                    return Ok(());
                }
            }
        };
        let arrived = tokio::time::timeout(Duration::from_secs(60), arrived).await;
        arrived.with_context(|| format!("an edit has had no place in the order for {:.0} ms", ms(began.elapsed())))?
    }
}
