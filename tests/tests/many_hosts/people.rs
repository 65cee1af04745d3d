//! People: each has a browser, draws, goes to any host that is there, and to another when that one is silent or gone.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use collabcanvas_rooms::protocol::{ClientMessage, ServerMessage};
use collabcanvas_tests::{Need, Replica, Socket, http};
use rand::Rng;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::board::{Board, Standing};
use crate::diary::{Diary, Line};
use crate::edits;

/// How long a host may leave somebody without an answer before they try another.
const SILENCE: Duration = Duration::from_secs(3);
/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most edits that somebody makes without an answer: people stop drawing when nothing is saved for long.
const MOST_PENDING: usize = 60;

/// What people do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// They draw.
    Drawing,
    /// They draw no more, and wait until everything is saved.
    Settling,
    /// They write down what they see, and go.
    Leaving,
}

/// Somebody.
pub struct Person {
    /// Their place among all people.
    pub place: u64,
    pub project: String,
    pub cookie: String,
    pub random: StdRng,
    pub replica: Replica,
    pub diary: Diary,
    pub board: Arc<Board>,
    pub phase: watch::Receiver<Phase>,
    /// Longest pause between two edits.
    pub pause: Duration,
    /// When their browser is lost with everything in it, if it is.
    pub lost_at: Option<Instant>,
    next_edit: Instant,
    /// How many of the saved are written down.
    noted: usize,
}

/// How a visit to a host ended.
enum Ended {
    /// The person goes, for good.
    Gone,
    /// They went elsewhere, or had to.
    Away(String),
}

impl Person {
    #[expect(clippy::too_many_arguments, reason = "each is what only this person has")]
    pub fn new(
        place: u64,
        client: &str,
        project: &str,
        cookie: &str,
        random: StdRng,
        diary: Diary,
        board: Arc<Board>,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        Self {
            place,
            project: project.to_owned(),
            cookie: cookie.to_owned(),
            random,
            replica: Replica::new(client),
            diary,
            board,
            phase,
            pause: Duration::from_millis(500),
            lost_at: None,
            next_edit: Instant::now(),
            noted: 0,
        }
    }

    /// Draws until the phase says otherwise, and then waits until everything is saved.
    pub async fn live(mut self) {
        loop {
            let ended = match self.board.any_host(&mut self.random) {
                Some(host) => {
                    self.diary.write(&Line::Visits { host: host.clone(), at_ms: self.board.elapsed_ms() });
                    self.visit(&host).await.unwrap_or_else(|error| Ended::Away(format!("{error:#}")))
                }
                None => Ended::Away("there is no host".into()),
            };
            self.show(false);
            match ended {
                Ended::Gone => break,
                Ended::Away(reason) => self.diary.write(&Line::Leaves { reason, at_ms: self.board.elapsed_ms() }),
            }
            if self.wait_a_little().await {
                break;
            }
        }
        if self.is_lost() {
            self.diary.write(&Line::Lost);
            self.board.remove(self.replica.client.as_str());
        } else {
            let shapes = self.replica.shapes();
            let shapes = shapes.iter().map(|shape| serde_json::to_value(&**shape).expect("shapes serialise")).collect();
            let place = self.replica.place();
            self.diary.write(&Line::Sees { epoch: place.epoch, seq: place.seq, shapes });
        }
        self.diary.close();
    }

    /// Between two visits. True when the person goes for good.
    async fn wait_a_little(&mut self) -> bool {
        let until = Instant::now() + Duration::from_millis(self.random.random_range(5..200));
        while Instant::now() < until {
            if self.is_lost() || *self.phase.borrow() == Phase::Leaving {
                return true;
            }
            self.draw();
            sleep_until(until.min(self.next_edit)).await;
        }
        false
    }

    fn is_lost(&self) -> bool {
        self.lost_at.is_some_and(|at| Instant::now() >= at)
    }

    /// Makes an edit when it is time for one, also while no host is there.
    fn draw(&mut self) -> Option<ClientMessage> {
        let now = Instant::now();
        let drawing = *self.phase.borrow() == Phase::Drawing && self.replica.pending.len() < MOST_PENDING;
        if now < self.next_edit {
            return None;
        }
        self.next_edit = now + self.random.random_range(Duration::from_millis(20)..self.pause);
        if !drawing {
            return None;
        }
        let (number, group) = (self.replica.made() + 1, self.random.random_range(0..edits::GROUPS));
        let operations = edits::operations(self.replica.client.as_str(), self.place, number, group);
        self.diary.write(&Line::Made(number));
        Some(self.replica.edit(operations))
    }

    async fn visit(&mut self, host: &str) -> anyhow::Result<Ended> {
        if self.replica.needs_snapshot() {
            self.load(host).await?;
        }
        let opened = timeout(PATIENCE, Socket::open(host, &self.project, &self.cookie)).await;
        let mut socket = opened.context("the socket does not open")??;
        socket.send(&self.replica.hello()).await?;
        let mut ready = false;
        let mut answered = Instant::now();
        let leaves_at = Instant::now() + Duration::from_millis(self.random.random_range(1_000..15_000));
        loop {
            let waiting = !ready || !self.replica.pending.is_empty();
            if !waiting {
                answered = Instant::now();
            }
            tokio::select! {
                message = socket.next() => {
                    let message = message?;
                    self.write_down(&message);
                    if matches!(&message, ServerMessage::Resync(_)) {
                        ready = false;
                    }
                    let pending = self.replica.pending.len();
                    match self.replica.receive(message) {
                        Need::Nothing => {}
                        Need::Snapshot => {
                            self.load(host).await?;
                            socket.send(&self.replica.hello()).await?;
                        }
                        Need::SendPending => {
                            ready = true;
                            for edit in self.replica.pending.clone() {
                                socket.send(&ClientMessage::Edit(edit)).await?;
                            }
                        }
                    }
                    if self.replica.pending.len() < pending {
                        answered = Instant::now();
                    }
                    self.note();
                    self.show(ready);
                }
                () = sleep_until(self.next_edit) => {
                    if let Some(edit) = self.draw().filter(|_| ready) {
                        socket.send(&edit).await?;
                    }
                    self.show(ready);
                }
                () = sleep_until(answered + SILENCE), if waiting => bail!("no answer"),
                () = sleep_until(leaves_at), if *self.phase.borrow() == Phase::Drawing => {
                    return Ok(Ended::Away("looks elsewhere".into()));
                }
                () = sleep_until(self.lost_at.unwrap_or(leaves_at)), if self.lost_at.is_some() => return Ok(Ended::Gone),
                _ = self.phase.changed() => {
                    if *self.phase.borrow() == Phase::Leaving {
                        return Ok(Ended::Gone);
                    }
                }
            }
        }
    }

    async fn load(&mut self, host: &str) -> anyhow::Result<()> {
        let path = format!("/api/projects/{}/canvas", self.project);
        let loading = http::request(host, "GET", &path, Some(&self.cookie), None, host);
        let response = timeout(PATIENCE, loading).await.context("the snapshot does not come")??;
        let text = || String::from_utf8_lossy(&response.body).into_owned();
        ensure!(response.status == 200, "the snapshot: status {}: {}", response.status, text());
        self.replica.load(&response.body)
    }

    /// Writes down what the server says of the order, before the replica makes something of it.
    fn write_down(&mut self, message: &ServerMessage) {
        let epoch = self.replica.document.epoch();
        match message {
            ServerMessage::Tick(tick) if !tick.transactions.is_empty() => {
                let places = tick.transactions.iter().map(|next| (next.seq, next.client.to_string(), next.number));
                self.diary.write(&Line::Ordered { epoch, transactions: places.collect() });
            }
            ServerMessage::Known(known) => {
                self.diary.write(&Line::Known { number: known.number, epoch, seq: known.seq });
            }
            ServerMessage::Welcome(welcome) if welcome.numbers.first().is_some_and(|number| *number > 0) => {
                let (number, place) = (welcome.numbers[0], welcome.place);
                self.diary.write(&Line::Known { number, epoch: place.epoch, seq: place.seq });
            }
            ServerMessage::Refused(refused) => {
                let reason = refused.problem.to_string();
                self.diary.write(&Line::Refused { number: refused.number, reason });
            }
            _ => {}
        }
    }

    /// Writes down what has become of edits.
    fn note(&mut self) {
        for number in &self.replica.saved[self.noted..] {
            self.diary.write(&Line::Durable(*number));
        }
        self.noted = self.replica.saved.len();
    }

    /// Tells the board how far this person is.
    fn show(&self, ready: bool) {
        let unsaved = self.replica.pending.len() + self.replica.accepted.len();
        let standing = Standing { project: self.project.clone(), place: self.replica.place(), unsaved, ready };
        self.board.show(self.replica.client.as_str(), standing);
    }
}
