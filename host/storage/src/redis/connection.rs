use std::time::{Duration, Instant};

use bytes::Bytes;
use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::{ClientLike, EventInterface, PubsubInterface},
    types::{
        Builder, ClusterHash, CustomCommand, Message, RespVersion, Value,
        config::{Config, ReconnectError, ReconnectPolicy, Server, UnresponsiveConfig},
    },
};
use tokio::sync::broadcast;

use super::{RedisConfig, keys::Keys, scripts::Script};
use crate::HotError;

/// Messages that wait for this host before some are dropped (which is noticed and mended). The client takes the memory
/// for them at once, and for six more queues of that length: 65,536 would be 90 MB.
const WAITING_MESSAGES: usize = 8_192;

/// Of the connection that hears nothing.
const WAITING_ERRORS: usize = 32;

/// How long a server that is still reading its data is asked again, at most for the time limit of a call.
const LOADING_PAUSE: Duration = Duration::from_millis(20);

/// Between two lines in the log about the connection.
const LOG_PAUSE: Duration = Duration::from_secs(10);

/// The two connections of a host: one for calls, one for what it hears.
pub(super) struct Connection {
    calls: Client,
    hearing: Client,
    time_limit: Duration,
}

impl Connection {
    /// Starts to connect, and waits for it no longer than configured.
    pub(super) async fn open(config: &RedisConfig) -> Result<Self, HotError> {
        let (calls, hearing) = (client(config, WAITING_ERRORS)?, client(config, WAITING_MESSAGES)?);
        let connection = Self { calls, hearing, time_limit: config.time_limit };
        // What goes on when this is given up is in tasks of the client.
        let connected = async { tokio::try_join!(connection.calls.init(), connection.hearing.init()) };
        let checked = match tokio::time::timeout(config.patience, connected).await {
            Ok(Ok(_)) => connection.check_version(),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => {
                tracing::warn!("Redis does not answer yet: connecting goes on in the background");
                Ok(())
            }
        };
        if checked.is_err() {
            connection.close();
        }
        checked.map(|()| connection)
    }

    fn check_version(&self) -> Result<(), HotError> {
        match self.calls.server_version() {
            Some(version) if version.major < 7 => Err(HotError::Unavailable(format!(
                "it has version {version}, and version 7 or Valkey is needed (sharded pub/sub, script flags)"
            ))),
            _ => Ok(()),
        }
    }

    /// Runs a script, which is sent along when the server does not know it. Ask for the reply's form at the place of
    /// call: all scripts answer flat lists.
    pub(super) async fn run(
        &self,
        script: &Script,
        keys: &Keys,
        names: &[&str],
        mut arguments: Vec<Value>,
    ) -> Result<Vec<Value>, HotError> {
        let mut all: Vec<Value> = Vec::with_capacity(2 + names.len() + arguments.len());
        all.push(script.digest.as_str().into());
        all.push(Value::Integer(names.len() as i64));
        all.extend(names.iter().map(|name| Value::from(*name)));
        all.append(&mut arguments);
        let reply = match self.send("EVALSHA", keys.slot, all.clone()).await {
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                all[0] = script.text.into();
                self.send("EVAL", keys.slot, all).await
            }
            reply => reply,
        };
        match reply.map_err(|error| failure(&error))? {
            Value::Array(values) => Ok(values),
            value => Ok(vec![value]),
        }
    }

    /// Runs one command.
    pub(super) async fn command(
        &self,
        name: &'static str,
        keys: &Keys,
        arguments: Vec<Value>,
    ) -> Result<Value, HotError> {
        self.send(name, keys.slot, arguments).await.map_err(|error| failure(&error))
    }

    async fn send(&self, name: &'static str, slot: u16, arguments: Vec<Value>) -> Result<Value, Error> {
        let deadline = Instant::now() + self.time_limit;
        loop {
            // Waiting for a connection would keep every caller for the whole time limit.
            if !self.calls.is_connected() {
                return Err(Error::new(ErrorKind::IO, "not connected"));
            }
            let command = CustomCommand::new_static(name, ClusterHash::Custom(slot), false);
            let reply = self.calls.custom(command, arguments.clone()).await;
            match reply {
                Err(error) if error.details().starts_with("LOADING") && Instant::now() + LOADING_PAUSE < deadline => {
                    tokio::time::sleep(LOADING_PAUSE).await;
                }
                reply => return reply,
            }
        }
    }

    /// From here on messages in this channel are heard, until the connection breaks.
    pub(super) async fn subscribe(&self, channel: &str) -> Result<(), HotError> {
        self.hearing.ssubscribe(channel).await.map_err(|error| failure(&error))
    }

    /// Hears no more of this channel.
    pub(super) async fn unsubscribe(&self, channel: &str) -> Result<(), HotError> {
        self.hearing.sunsubscribe(channel).await.map_err(|error| failure(&error))
    }

    /// What is heard.
    pub(super) fn messages(&self) -> broadcast::Receiver<Message> {
        self.hearing.message_rx()
    }

    /// Tells each time that hearing begins anew, with no channel.
    pub(super) fn reconnections(&self) -> broadcast::Receiver<Server> {
        self.hearing.reconnect_rx()
    }

    /// Each error of the connections.
    pub(super) fn errors(&self) -> broadcast::Receiver<(Error, Option<Server>)> {
        self.calls.error_rx()
    }

    /// Both connections answer to this. One that does not is closed by the client, and opened again.
    pub(super) async fn ping(&self) {
        let (_, _) = tokio::join!(self.calls.ping::<Value>(None), self.hearing.ping::<Value>(None));
    }

    /// Logs why the connection breaks or cannot be had, for as long as this host runs.
    pub(super) async fn log_errors(&self) {
        let (mut errors, mut logged) = (self.calls.error_rx(), None::<Instant>);
        loop {
            match errors.recv().await {
                Ok((error, _)) if logged.is_none_or(|at| at.elapsed() > LOG_PAUSE) => {
                    logged = Some(Instant::now());
                    tracing::warn!("Redis cannot be reached, and is tried again: {error}");
                }
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Closes both.
    pub(super) fn close(&self) {
        let (calls, hearing) = (self.calls.clone(), self.hearing.clone());
        // Without a runtime there is no connection any more.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let (_, _) = tokio::join!(calls.quit(), hearing.quit());
            });
        }
    }
}

pub(super) fn client(config: &RedisConfig, waiting: usize) -> Result<Client, HotError> {
    // The client would take any other for a Redis without TLS.
    let (scheme, _) = config.url.split_once("://").unwrap_or_default();
    if !["redis", "rediss", "redis-cluster", "rediss-cluster"].contains(&scheme) {
        let found = format!("its address begins with {scheme:?}, not redis://, rediss:// or redis-cluster://");
        return Err(HotError::Unavailable(found));
    }
    let mut settings = Config::from_url(&config.url)
        .map_err(|error| HotError::Unavailable(format!("its address cannot be read: {}", error.details())))?;
    settings.version = RespVersion::RESP3;
    settings.fail_fast = false;
    Builder::from_config(settings)
        .with_performance_config(|performance| {
            performance.default_command_timeout = config.time_limit;
            performance.broadcast_channel_capacity = waiting;
        })
        .with_connection_config(|connection| {
            connection.connection_timeout = Duration::from_secs(3);
            connection.internal_command_timeout = Duration::from_secs(3);
            // Callers repeat what failed: they know better whether it is still wanted.
            connection.max_command_attempts = 1;
            connection.reconnect_errors = vec![ReconnectError::ReadOnly];
            connection.unresponsive =
                UnresponsiveConfig { max_timeout: Some(Duration::from_secs(6)), interval: Duration::from_secs(2) };
            connection.tcp.nodelay = Some(true);
        })
        .set_policy(ReconnectPolicy::new_exponential(0, 50, 2_000, 2))
        .build()
        .map_err(|error| failure(&error))
}

/// What an error of the client means for a caller.
pub(super) fn failure(error: &Error) -> HotError {
    let details = error.details();
    if details.starts_with("OOM") {
        return HotError::Full(details.to_owned());
    }
    match error.kind() {
        ErrorKind::Timeout => HotError::Unavailable("no answer in time".to_owned()),
        _ => HotError::Unavailable(details.to_owned()),
    }
}

/// A reply's number: whole numbers come as numbers from scripts and as texts from hashes.
pub(super) fn number(value: Option<&Value>) -> Result<u64, HotError> {
    value.and_then(Value::as_u64).ok_or_else(|| unexpected(value))
}

/// A reply's bytes.
pub(super) fn bytes(value: Value) -> Result<Bytes, HotError> {
    match value {
        Value::String(text) => Ok(text.into_inner()),
        Value::Bytes(bytes) => Ok(bytes),
        value => Err(unexpected(Some(&value))),
    }
}

/// The error for a reply of another form than the script gives.
pub(super) fn unexpected(value: Option<&Value>) -> HotError {
    HotError::Unavailable(format!("a script answered {:?}", value.map(Value::kind)))
}
