use bytes::Bytes;
use collabcanvas_canvas::{Epoch, Seq};
use fred::types::Value;

use super::{
    RedisConfig,
    connection::{Connection, bytes, number, unexpected},
    keys::Keys,
    scripts,
};
use crate::{Entry, HotError, Standing};

/// Most entries of one script call: some 2 ms of Redis' only thread.
const MAX_ENTRIES: usize = 500;

/// Most bytes of one script call, but for one entry that is larger.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most texts, and bytes but for the last text, that one reading of the log gives.
const PAGE: (i64, i64) = (256, 1024 * 1024);

/// What was appended: places from `first` on.
pub(super) struct Appended {
    pub(super) first: Seq,
    /// Without those that the order had already.
    pub(super) texts: Vec<Bytes>,
}

/// What one reading of the log found.
pub(super) enum Read {
    Page(Page),
    Lost,
    Epoch(Epoch),
    Trimmed(Seq),
    /// The order is not as far as the reader is: Redis came back with older data.
    Behind,
}

/// A part of the log.
pub(super) struct Page {
    pub(super) last: Seq,
    pub(super) durable: Seq,
    /// The text at the reader's place, if it was asked for and is held.
    pub(super) at: Option<Bytes>,
    pub(super) texts: Vec<Bytes>,
}

/// How many entries from the start go into one script call.
pub(super) fn portion(entries: &[Entry]) -> usize {
    let mut size = 0;
    let fitting = entries.iter().take(MAX_ENTRIES).take_while(|entry| {
        size += entry.rest.len();
        size <= MAX_BYTES
    });
    fitting.count().max(1).min(entries.len())
}

/// Appends one portion to an order that has come as far as `heard`.
pub(super) async fn append(
    connection: &Connection,
    config: &RedisConfig,
    keys: &Keys,
    epoch: Epoch,
    heard: Seq,
    entries: &[Entry],
) -> Result<Appended, HotError> {
    let mut arguments = vec![
        text(epoch),
        keys.channel.as_str().into(),
        text(config.largest_notice as u64),
        text(config.idle.as_millis() as u64),
        text(heard),
    ];
    for entry in entries {
        arguments.push(format!("{}/{}", entry.outbox.user, entry.outbox.client).into());
        arguments.push(text(entry.number));
        arguments.push(Value::Bytes(entry.rest.clone()));
    }
    let reply = connection.run(&scripts::APPEND, keys, &[&keys.order, &keys.log], arguments).await?;
    answered(&reply)?;
    let before = number(reply.get(1))?;
    let mut known = reply[2..].iter().filter_map(Value::as_usize).peekable();
    let texts = entries.iter().enumerate().filter(|(at, _)| known.next_if_eq(at).is_none());
    Ok(Appended { first: before + 1, texts: texts.map(|(_, entry)| entry.rest.clone()).collect() })
}

/// Reads what comes after a place.
pub(super) async fn read(
    connection: &Connection,
    keys: &Keys,
    epoch: Epoch,
    after: Seq,
    verify: bool,
) -> Result<Read, HotError> {
    let arguments = vec![text(epoch), text(after), PAGE.0.into(), PAGE.1.into(), i64::from(verify).into()];
    let mut reply = connection.run(&scripts::PAGE, keys, &[&keys.order, &keys.log], arguments).await?;
    match reply.first().and_then(Value::as_str).as_deref() {
        Some("ok") if reply.len() >= 5 => {}
        Some("lost") => return Ok(Read::Lost),
        Some("epoch") => return Ok(Read::Epoch(number(reply.get(1))?)),
        Some("trimmed") => return Ok(Read::Trimmed(number(reply.get(1))?)),
        Some("ahead") => return Ok(Read::Behind),
        _ => return Err(unexpected(reply.first())),
    }
    let texts = reply.drain(5..).map(bytes).collect::<Result<_, _>>()?;
    let (last, durable) = (number(reply.get(2))?, number(reply.get(3))?);
    let at = bytes(reply.swap_remove(4))?;
    Ok(Read::Page(Page { last, durable, at: Some(at).filter(|at| !at.is_empty()), texts }))
}

/// Begins an order.
pub(super) async fn begin(
    connection: &Connection,
    config: &RedisConfig,
    keys: &Keys,
    epoch: Epoch,
    after: Seq,
) -> Result<Standing, HotError> {
    let arguments = vec![text(epoch), text(after), keys.channel.as_str().into(), text(config.idle.as_millis() as u64)];
    let reply = connection.run(&scripts::BEGIN, keys, &[&keys.order, &keys.log, &keys.marks], arguments).await?;
    standing(&reply)
}

/// How an order stands; none when there is none.
pub(super) async fn stands(connection: &Connection, keys: &Keys) -> Result<Option<Standing>, HotError> {
    let reply = connection.run(&scripts::STANDING, keys, &[&keys.order], Vec::new()).await?;
    match answered(&reply) {
        Ok(()) => standing(&reply[1..]).map(Some),
        Err(HotError::Lost) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Notes what is durable, and trims. Answers with what is durable then: never more than the order holds.
pub(super) async fn note_durable(
    connection: &Connection,
    config: &RedisConfig,
    keys: &Keys,
    epoch: Epoch,
    durable: Seq,
) -> Result<Seq, HotError> {
    let kept = &config.kept;
    let arguments = vec![
        text(epoch),
        text(durable),
        keys.channel.as_str().into(),
        text(kept.transactions),
        text(kept.bytes),
        text(kept.time.as_millis() as u64),
        text(config.idle.as_millis() as u64),
        text(kept.outboxes),
    ];
    let reply = connection.run(&scripts::DURABLE, keys, &[&keys.order, &keys.log, &keys.marks], arguments).await?;
    answered(&reply)?;
    number(reply.get(1))
}

/// Gives up an order of this epoch, which has lost transactions.
pub(super) async fn abandon(connection: &Connection, keys: &Keys, epoch: Epoch) -> Result<(), HotError> {
    let arguments = vec![text(epoch), keys.channel.as_str().into()];
    connection.run(&scripts::ABANDON, keys, &[&keys.order, &keys.log, &keys.marks], arguments).await.map(drop)
}

/// A number as an argument: as text, for they may be larger than what Lua writes out.
pub(super) fn text(number: u64) -> Value {
    number.to_string().into()
}

fn standing(fields: &[Value]) -> Result<Standing, HotError> {
    Ok(Standing {
        epoch: number(fields.first())?,
        floor: number(fields.get(1))?,
        last: number(fields.get(2))?,
        durable: number(fields.get(3))?,
    })
}

fn answered(reply: &[Value]) -> Result<(), HotError> {
    match reply.first().and_then(Value::as_str).as_deref() {
        Some("ok") => Ok(()),
        Some("lost") => Err(HotError::Lost),
        Some("epoch") => Err(HotError::Epoch { found: number(reply.get(1))? }),
        _ => Err(unexpected(reply.first())),
    }
}
