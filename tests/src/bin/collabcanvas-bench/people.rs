//! People who meet in rooms and draw at a steady rate, and what arrives of it.
//!
//! An edit carries the time at which it was sent as its shape's `x`, so that whoever receives it can tell how long it
//! took. Deliveries are counted by looking for the bytes of a member that every transaction has exactly once; only
//! some frames are looked into for times, because reading them all would cost the people more than the server.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem::Finder;
use tokio::task::{JoinHandle, JoinSet};

use crate::http::{self, Response};
use crate::process::Cost;
use crate::socket::{Receiver, Sender, connect};
use crate::statistics::percentile;

/// How long stragglers are waited for after the last edit.
const DRAIN: Duration = Duration::from_secs(4);
/// People who come in at the same time.
const ENTERING: usize = 64;

/// A member that every transaction has once, in what a server sends and in what a relay passes on.
static TRANSACTION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"number\":"));
/// Where an edit carries its time.
static SENT_AT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"x\":"));

/// Where people meet: a server, or a relay.
#[derive(Clone)]
pub struct Host {
    /// Its address.
    pub address: SocketAddr,
    /// What a server knows its people by; a relay knows nobody.
    pub cookie: Option<String>,
    /// Whether a sender gets its own edits too.
    pub echoes: bool,
}

impl Host {
    /// Lets somebody into a room that holds no shapes, or few.
    pub async fn enter(&self, room: &str, client: &str) -> Result<(Sender, Receiver)> {
        self.enter_knowing(room, client, None).await
    }

    /// Loads a room's canvas, then lets somebody in who knows it.
    pub async fn load_and_enter(&self, room: &str, client: &str) -> Result<(Response, Sender, Receiver)> {
        let canvas = self.canvas(room).await?;
        let etag = canvas.header("etag").context("a canvas came without its place")?.trim_matches('"');
        let (epoch, seq) = etag.split_once('-').with_context(|| format!("{etag:?} is not epoch-seq"))?;
        let known = format!(",\"known\":{{\"epoch\":{epoch},\"seq\":{seq}}}");
        let (sender, receiver) = self.enter_knowing(room, client, Some(&known)).await?;
        Ok((canvas, sender, receiver))
    }

    /// Loads a room's canvas.
    pub async fn canvas(&self, room: &str) -> Result<Response> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        http::request(self.address, "GET", &format!("/api/projects/{room}/canvas"), cookie, None).await
    }

    async fn enter_knowing(&self, room: &str, client: &str, known: Option<&str>) -> Result<(Sender, Receiver)> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let (sender, mut receiver) = connect(self.address, &format!("/api/projects/{room}/live"), cookie).await?;
        if self.cookie.is_some() {
            let known = known.unwrap_or_default();
            sender
                .send(format!("{{\"hello\":{{\"protocol\":1{known},\"clients\":[\"{client}\"]}}}}").as_bytes())
                .await?;
            expect(receiver.next().await?, &["{\"welcome\""])?;
            if known.is_empty() {
                expect(receiver.next().await?, &["{\"changes\""])?;
            }
        }
        Ok((sender, receiver))
    }
}

fn expect(found: &[u8], wanted: &[&str]) -> Result<()> {
    if wanted.iter().any(|wanted| found.starts_with(wanted.as_bytes())) {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(&found[..found.len().min(300)]);
    bail!("the server sent {shown} where {} was expected", wanted.join(" or "))
}

/// Microseconds since the first call in this process.
pub fn now_us() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The message of a client that puts a shape of its name.
pub fn put(name: &str, number: u64) -> String {
    format!(
        "{{\"edit\":{{\"client\":\"{name}\",\"number\":{number},\"operations\":[{{\"put\":{{\"id\":\"{name}\",\
         \"type\":\"basic/rectangle\",\"index\":\"V\",\"x\":1,\"y\":1,\"width\":100,\"height\":80,\
         \"props\":{{\"corner_radius\":4}}}}}}]}}}}"
    )
}

/// What people do to their shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// They move them, which no plugin is asked about.
    Moving,
    /// They change their props too, so that each edit is validated.
    Restyling,
}

/// People in rooms.
pub struct Crowd {
    people: Vec<Arc<Person>>,
    readers: Vec<JoinHandle<()>>,
    per_room: usize,
    echoes: bool,
    failed: Arc<Mutex<Option<String>>>,
}

struct Person {
    name: String,
    sender: Sender,
    number: AtomicU64,
    received: AtomicU64,
    /// Frames with transactions.
    frames: AtomicU64,
    /// When each edit that was looked at was sent, and how long it took, in microseconds.
    delays: Mutex<Vec<(u64, u32)>>,
    /// How long own edits took to come back, in microseconds.
    accepted: Mutex<Vec<u32>>,
    /// Which of several hosts this person is on; edits that come from others on it are not looked at then.
    host: usize,
    hosts: usize,
    looking: AtomicBool,
}

/// What came of a run.
pub struct Outcome {
    /// Edits that should have been sent at the wanted rate.
    pub wanted: u64,
    /// Edits that were sent.
    pub sent: u64,
    /// Deliveries to others that these edits should have brought.
    pub expected: u64,
    /// Deliveries that did not arrive.
    pub missing: u64,
    /// Frames in which deliveries came.
    pub frames: u64,
    /// How long sending went on.
    pub lasted: Duration,
    /// When an edit was sent and how long it took, in microseconds: a sample.
    pub delays: Vec<(u64, u32)>,
    /// How long own edits took to come back with their places, in microseconds: a sample.
    pub accepted: Vec<u32>,
    /// What the people cost while they were sending.
    pub people_cpu: Option<Duration>,
    /// What the host cost in that time.
    pub host_cpu: Option<Duration>,
}

impl Outcome {
    /// Deliveries to others per second.
    pub fn per_second(&self) -> f64 {
        (self.expected - self.missing) as f64 / self.lasted.as_secs_f64()
    }

    /// A percentile of the delays, in milliseconds.
    pub fn delay_ms(&self, share: f64) -> f64 {
        let mut delays: Vec<u32> = self.delays.iter().map(|(_, delay)| *delay).collect();
        f64::from(percentile(&mut delays, share)) / 1e3
    }

    /// The same of how long own edits took to come back.
    pub fn accepted_ms(&self, share: f64) -> f64 {
        f64::from(percentile(&mut self.accepted.clone(), share)) / 1e3
    }

    /// The host's share of one core in percent; none where the kernel does not tell.
    pub fn host_share(&self) -> Option<f64> {
        self.host_cpu.map(|cpu| 100.0 * cpu.as_secs_f64() / self.lasted.as_secs_f64())
    }

    /// What would make the figures tell of the people instead of the host: that they could not keep up themselves.
    pub fn doubt(&self) -> String {
        let share = self.people_cpu.map_or(0.0, |cpu| 100.0 * cpu.as_secs_f64() / self.lasted.as_secs_f64());
        if share > 92.0 || self.sent * 100 < self.wanted * 97 {
            let (sent, wanted) = (self.sent, self.wanted);
            return format!("the people could not keep up: {sent} of {wanted} edits sent, with {share:.0} % of a core");
        }
        String::new()
    }
}

impl Crowd {
    /// So many people enter each of the rooms, and each puts a shape.
    pub async fn enter(host: &Host, rooms: &[String], per_room: usize) -> Result<Self> {
        Self::enter_by_turns(std::slice::from_ref(host), rooms, per_room).await
    }

    /// The same on several hosts: neighbours are on different ones.
    pub async fn enter_by_turns(hosts: &[Host], rooms: &[String], per_room: usize) -> Result<Self> {
        let mut entering = JoinSet::new();
        let mut people = Vec::with_capacity(rooms.len() * per_room);
        let mut readers = Vec::with_capacity(people.capacity());
        let failed = Arc::new(Mutex::new(None));
        let mut settle = |entered: Result<Result<(Person, Receiver)>, tokio::task::JoinError>| {
            let (person, receiver) = entered??;
            let person = Arc::new(person);
            readers.push(tokio::spawn(read(person.clone(), receiver, failed.clone())));
            people.push(person);
            anyhow::Ok(())
        };
        for place in 0..rooms.len() * per_room {
            if entering.len() >= ENTERING
                && let Some(entered) = entering.join_next().await
            {
                settle(entered)?;
            }
            let (host, room) = (hosts[place % hosts.len()].clone(), rooms[place / per_room].clone());
            let count = hosts.len();
            entering.spawn(async move { Person::enter(&host, &room, place, count).await });
        }
        while let Some(entered) = entering.join_next().await {
            settle(entered)?;
        }
        let crowd = Self { people, readers, per_room, echoes: hosts[0].echoes, failed };
        crowd.put_shapes().await?;
        Ok(crowd)
    }

    /// Everybody's shape is put, and everybody sees those of their room.
    async fn put_shapes(&self) -> Result<()> {
        for person in &self.people {
            person.sender.send(person.put().as_bytes()).await?;
        }
        let missing = self.drain(self.people.len() as u64, DRAIN * 3).await;
        self.check()?;
        ensure!(missing == 0, "people did not see one another's shapes: {missing} deliveries are missing");
        Ok(())
    }

    /// Everybody edits their shape at this rate, for so long. Every `look`th frame is looked into.
    pub async fn act(
        &self,
        doing: Doing,
        hertz: f64,
        lasts: Duration,
        look: u64,
        cost: impl Fn() -> Cost,
    ) -> Result<Outcome> {
        for person in &self.people {
            person.received.store(0, Ordering::Relaxed);
            person.frames.store(0, Ordering::Relaxed);
            person.lock().clear();
            person.accepted().clear();
            person.looking.store(true, Ordering::Relaxed);
            LOOK.store(look.max(1), Ordering::Relaxed);
        }
        let (host_before, own_before, began) = (cost(), Cost::own(), Instant::now());
        let mut senders = JoinSet::new();
        for (place, person) in self.people.iter().enumerate() {
            // Everybody starts at a moment of their own, as people do.
            let phase = Duration::from_secs_f64((place as f64 * 0.618_034).fract() / hertz);
            senders.spawn(person.clone().keep_sending(doing, hertz, phase, lasts));
        }
        let mut sent = 0;
        while let Some(done) = senders.join_next().await {
            sent += done??;
        }
        let lasted = began.elapsed();
        let (host_cpu, people_cpu) = (cost().since(host_before), Cost::own().since(own_before));
        let missing = self.drain(sent, DRAIN).await;
        self.check()?;
        let delays = self.people.iter().flat_map(|person| std::mem::take(&mut *person.lock())).collect();
        let wanted = (self.people.len() as f64 * hertz * lasts.as_secs_f64()).round() as u64;
        let expected = sent * (self.per_room as u64 - 1);
        let accepted = self.people.iter().flat_map(|person| std::mem::take(&mut *person.accepted())).collect();
        let frames = self.people.iter().map(|person| person.frames.load(Ordering::Relaxed)).sum();
        Ok(Outcome { wanted, sent, expected, missing, frames, lasted, delays, accepted, people_cpu, host_cpu })
    }

    /// Waits until so many edits have come to everybody in their rooms; answers with how many deliveries have not.
    async fn drain(&self, sent: u64, patience: Duration) -> u64 {
        let receivers = if self.echoes { self.per_room } else { self.per_room - 1 } as u64;
        let expected = sent * receivers;
        let began = Instant::now();
        loop {
            let received: u64 = self.people.iter().map(|person| person.received.load(Ordering::Relaxed)).sum();
            if received >= expected || began.elapsed() > patience || self.lock().is_some() {
                return expected.saturating_sub(received);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn check(&self) -> Result<()> {
        match &*self.lock() {
            Some(failed) => bail!("{failed}"),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// One frame in so many is looked into.
static LOOK: AtomicU64 = AtomicU64::new(1);

/// Reads what one person is sent, until the crowd leaves.
async fn read(person: Arc<Person>, mut receiver: Receiver, failed: Arc<Mutex<Option<String>>>) {
    // Not everybody looks into the same frames.
    let mut frames = person.name.bytes().map(u64::from).sum::<u64>();
    let end = loop {
        let frame = match receiver.next().await {
            Ok(frame) => frame,
            Err(error) => break format!("{error:#}"),
        };
        if frame.starts_with(b"{\"refused\"") || frame.starts_with(b"{\"closing\"") || frame.starts_with(b"{\"resync\"")
        {
            break format!("the server said {}", String::from_utf8_lossy(frame));
        }
        let arrived = now_us();
        let transactions = TRANSACTION.find_iter(frame).count() as u64;
        if transactions == 0 {
            continue;
        }
        frames += 1;
        if frames.is_multiple_of(LOOK.load(Ordering::Relaxed)) && person.looking.load(Ordering::Relaxed) {
            person.look_into(frame, arrived);
        }
        person.frames.fetch_add(1, Ordering::Relaxed);
        person.received.fetch_add(transactions, Ordering::Relaxed);
    };
    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(end);
}

impl Person {
    async fn enter(host: &Host, room: &str, place: usize, hosts: usize) -> Result<(Self, Receiver)> {
        let name = format!("bench-client-{place:06}");
        let (sender, receiver) = host.enter(room, &name).await?;
        let person = Self {
            name,
            sender,
            number: AtomicU64::new(0),
            received: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            delays: Mutex::default(),
            accepted: Mutex::default(),
            host: place % hosts,
            hosts,
            looking: AtomicBool::new(false),
        };
        Ok((person, receiver))
    }

    fn accepted(&self) -> MutexGuard<'_, Vec<u32>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an edit by somebody of this name comes from the same of several hosts.
    fn is_neighbour(&self, name: &[u8]) -> bool {
        let place =
            std::str::from_utf8(&name[name.len().saturating_sub(6)..]).ok().and_then(|place| place.parse().ok());
        self.hosts > 1 && place.is_some_and(|place: usize| place % self.hosts == self.host)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, u32)>> {
        self.delays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn put(&self) -> String {
        put(&self.name, self.next_number())
    }

    fn patch(&self, doing: Doing) -> String {
        let (name, number, x) = (&self.name, self.next_number(), now_us());
        let props = match doing {
            Doing::Moving => String::new(),
            Doing::Restyling => format!(",\"props\":{{\"corner_radius\":{}}}", number % 40),
        };
        let y = number % 1_000;
        format!(
            "{{\"edit\":{{\"client\":\"{name}\",\"number\":{number},\"operations\":[{{\"patch\":{{\"id\":\"{name}\",\
             \"x\":{x},\"y\":{y}{props}}}}}]}}}}"
        )
    }

    /// Sends edits at this rate for so long; answers with how many.
    async fn keep_sending(self: Arc<Self>, doing: Doing, hertz: f64, phase: Duration, lasts: Duration) -> Result<u64> {
        let start = tokio::time::Instant::now() + phase;
        let end = start + lasts;
        let mut timer = tokio::time::interval_at(start, Duration::from_secs_f64(1.0 / hertz));
        let mut sent = 0;
        while timer.tick().await < end && tokio::time::Instant::now() < end {
            self.sender.send(self.patch(doing).as_bytes()).await?;
            sent += 1;
        }
        Ok(sent)
    }

    /// Notes how long the edits of others in this frame have taken.
    fn look_into(&self, frame: &[u8], arrived: u64) {
        let mut delays = self.lock();
        for place in SENT_AT.find_iter(frame) {
            let digits = &frame[place + SENT_AT.needle().len()..];
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            // Before it: `"id":"NAME",`.
            let name = frame[..place].strip_suffix(b"\",").unwrap_or_default();
            let own = name.ends_with(self.name.as_bytes());
            let sent = std::str::from_utf8(&digits[..length]).ok().and_then(|digits| digits.parse::<u64>().ok());
            if let Some(sent) = sent {
                let delay = arrived.saturating_sub(sent);
                if own {
                    self.accepted().push(u32::try_from(delay).unwrap_or(u32::MAX));
                    continue;
                }
                if self.is_neighbour(name) {
                    continue;
                }
                delays.push((sent, u32::try_from(delay).unwrap_or(u32::MAX)));
            }
        }
    }
}
