//! The yardstick: relays that do nothing but pass on what they are sent, each a process of its own.
//!
//! *Ticked*: a room joins what has come within 8 ms into one frame, the same bytes for everybody. *Bare*: each message
//! goes to the others at once, flushed once per wake-up, by axum's WebSockets as they come. *Lean*: the same with small
//! read buffers; where each of many sockets says little, a bare relay spends half of its time on clearing large ones.
//! *Published*: lean, one of several that pass on through a Redis channel for each room, to the sender too. None of them
//! orders, checks, remembers or saves anything.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use fred::clients::Client;
use fred::interfaces::{ClientLike, EventInterface, PubsubInterface};
use fred::types::Builder;
use fred::types::config::Config;
use futures_util::SinkExt;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use crate::people::Host;
use crate::process::{Cost, Process, on_its_own_core};

/// The first argument of a process that is a relay.
pub const COMMAND: &str = "relay";

/// How long a ticked relay collects.
const TICK: Duration = Duration::from_millis(8);
/// What a socket reads at once unless the relay is bare: tungstenite's own 128 KiB, which it clears before it asks the
/// kernel, would be nearly all that a connection costs.
const READ_BUFFER: usize = 4 * 1024;
/// Messages that may wait for a slow socket.
const WAITING: usize = 4_096;

/// Which relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One frame a tick, for everybody.
    Ticked,
    /// Every message at once, to the others.
    Bare,
    /// The same with small read buffers.
    Lean,
    /// Every message through the Redis at this port of this machine, to everybody.
    Published(u16),
}

impl Kind {
    /// As a process is told.
    fn argument(self) -> String {
        match self {
            Kind::Ticked => "--ticked".into(),
            Kind::Bare => "--bare".into(),
            Kind::Lean => "--lean".into(),
            Kind::Published(redis) => format!("--published={redis}"),
        }
    }

    fn parse(argument: &str) -> Result<Self> {
        Ok(match argument {
            "--ticked" => Kind::Ticked,
            "--bare" => Kind::Bare,
            "--lean" => Kind::Lean,
            other => match other.strip_prefix("--published=") {
                Some(port) => Kind::Published(port.parse()?),
                None => bail!("{COMMAND} takes --ticked, --bare, --lean or --published=PORT, not {other:?}"),
            },
        })
    }
}

/// A relay that runs.
pub struct Relay {
    process: Process,
    address: SocketAddr,
    kind: Kind,
}

impl Relay {
    /// Starts one.
    pub fn start(kind: Kind) -> Result<Self> {
        let mut command = on_its_own_core(std::env::current_exe()?);
        // It ends when its input does, so also when this process dies.
        command.args([COMMAND, &kind.argument()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut line = String::new();
        let output = process.take_stdout().context("the relay's output is no pipe")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("the relay said {line:?} instead of its address"))?;
        Ok(Self { process, address, kind })
    }

    /// Where people meet.
    pub fn host(&self) -> Host {
        Host { address: self.address, cookie: None, echoes: matches!(self.kind, Kind::Ticked | Kind::Published(_)) }
    }

    /// What it has cost so far.
    pub fn cost(&self) -> Cost {
        self.process.cost()
    }
}

/// Is a relay until the standard input ends.
pub fn serve(arguments: &[String]) -> Result<()> {
    let kind = Kind::parse(arguments.first().map(String::as_str).unwrap_or_default())?;
    std::thread::spawn(|| {
        // Whatever is read or goes wrong, it means that nobody needs this relay any more.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        std::io::stdout().flush()?;
        let channels = match kind {
            Kind::Published(redis) => Some(Channels::connect(redis).await?),
            _ => None,
        };
        let rooms = Arc::new(Rooms { kind, rooms: Mutex::default(), visitors: AtomicU64::new(0), channels });
        if let Some(channels) = &rooms.channels {
            tokio::spawn(channels.clone().hear(rooms.clone()));
        }
        let router = Router::new().route("/api/projects/{room}/live", get(live)).with_state(rooms);
        let listener = listener.tap_io(|stream| {
            // Without it small frames wait for the acknowledgements of those before.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await?;
        Ok(())
    })
}

struct Rooms {
    kind: Kind,
    rooms: Mutex<HashMap<String, Arc<Room>>>,
    visitors: AtomicU64,
    channels: Option<Channels>,
}

struct Room {
    name: String,
    everybody: broadcast::Sender<(u64, Utf8Bytes)>,
    collected: Mutex<Vec<Utf8Bytes>>,
}

impl Rooms {
    fn room(&self, name: String) -> Arc<Room> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let everybody = broadcast::channel(WAITING).0;
            let room = Arc::new(Room { name: name.clone(), everybody, collected: Mutex::default() });
            if self.kind == Kind::Ticked {
                tokio::spawn(tick(room.clone()));
            }
            room
        };
        rooms.entry(name.clone()).or_insert_with(open).clone()
    }
}

/// In the place of a sender's number: nobody's own.
const EVERYBODY: u64 = 0;

/// The rooms' channels in Redis.
#[derive(Clone)]
struct Channels {
    publishing: Client,
    hearing: Client,
}

impl Channels {
    async fn connect(port: u16) -> Result<Self> {
        let client = || {
            let config = Config::from_url(&format!("redis://127.0.0.1:{port}"))?;
            Builder::from_config(config)
                .with_performance_config(|performance| performance.broadcast_channel_capacity = WAITING)
                .build()
        };
        let channels = Self { publishing: client()?, hearing: client()? };
        tokio::try_join!(channels.publishing.init(), channels.hearing.init())?;
        Ok(channels)
    }

    async fn hear(self, rooms: Arc<Rooms>) {
        let mut messages = self.hearing.message_rx();
        loop {
            match messages.recv().await {
                Ok(message) => {
                    let text = message.value.into_bytes_str().unwrap_or_default();
                    // An error means that nobody is there.
                    let _ = rooms.room(message.channel.to_string()).everybody.send((EVERYBODY, (*text).into()));
                }
                // What is missed is missing in the count.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// Sends what has been collected, once a tick.
async fn tick(room: Arc<Room>) {
    let mut timer = tokio::time::interval(TICK);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let collected = std::mem::take(&mut *room.collected.lock().unwrap_or_else(PoisonError::into_inner));
        if !collected.is_empty() {
            let texts: Vec<&str> = collected.iter().map(Utf8Bytes::as_str).collect();
            // An error means that nobody is there.
            let _ = room.everybody.send((EVERYBODY, format!("[{}]", texts.join(",")).into()));
        }
    }
}

async fn live(State(rooms): State<Arc<Rooms>>, Path(room): Path<String>, upgrade: WebSocketUpgrade) -> Response {
    let room = rooms.room(room);
    if let Some(channels) = &rooms.channels {
        // Whoever it fails for hears nothing, and is missing in the count.
        let _ = channels.hearing.subscribe(&room.name).await;
    }
    let visitor = rooms.visitors.fetch_add(1, Ordering::Relaxed) + 1;
    let kind = rooms.kind;
    let upgrade = if kind == Kind::Bare { upgrade } else { upgrade.read_buffer_size(READ_BUFFER) };
    upgrade.on_upgrade(async move |socket| {
        // An error means that the visitor has gone.
        let _ = visit(socket, &room, visitor, &rooms).await;
    })
}

async fn visit(mut socket: WebSocket, room: &Room, visitor: u64, rooms: &Rooms) -> Result<()> {
    let mut news = room.everybody.subscribe();
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                Some(Ok(Message::Text(text))) => match (&rooms.channels, rooms.kind) {
                    (Some(channels), _) => {
                        let (publishing, name) = (channels.publishing.clone(), room.name.clone());
                        tokio::spawn(async move { publishing.publish::<(), _, _>(name, text.as_str()).await });
                    }
                    (None, Kind::Ticked) => {
                        room.collected.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                    }
                    // An error means that nobody else is there.
                    (None, _) => drop(room.everybody.send((visitor, text))),
                },
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
            first = news.recv() => {
                let mut next = first.map_err(|error| match error {
                    RecvError::Closed => TryRecvError::Closed,
                    RecvError::Lagged(missed) => TryRecvError::Lagged(missed),
                });
                loop {
                    match next {
                        Ok((from, text)) if from != visitor => socket.feed(Message::Text(text)).await?,
                        // What a slow visitor misses is missing in the count.
                        Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                        Err(TryRecvError::Empty) => break,
                        Err(TryRecvError::Closed) => return Ok(()),
                    }
                    next = news.try_recv();
                }
                socket.flush().await?;
            }
        }
    }
}
