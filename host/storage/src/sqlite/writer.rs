//! The thread that writes, in rounds: it takes the requests that wait, runs each in a savepoint of one transaction,
//! commits once, and only then answers each. So a thousand rooms share one fsync, and one request that fails spoils
//! no other.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::positions::Positions;
use crate::StoreError;

/// Bytes of urgent requests in a round: what a round may take to write before everybody is answered.
const URGENT_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of requests in a round that may wait, so that they delay the urgent ones by little.
const PATIENT_BYTES: usize = 512 * 1024;

/// What a request counts for besides its bytes: finding and changing the pages of one more canvas takes about as long.
const REQUEST_BYTES: usize = 32 * 1024;

/// How far apart rounds begin while several requests share each: an fsync for every few appends of a thousand rooms
/// costs more than the appends. A request that comes alone does not wait for company.
const SHARED_ROUNDS: Duration = Duration::from_millis(20);

/// What the writing thread works on.
pub(super) struct Desk {
    pub(super) db: Connection,
    /// Where the canvases stand; a cache of what `db` says.
    pub(super) positions: Positions,
}

/// How soon a request has to be written.
#[derive(Clone, Copy)]
pub(super) enum Urgency {
    /// In the next round.
    Urgent,
    /// In the background: some of these in every round.
    Patient,
}

/// The handle on the thread. Dropping it lets the thread write what waits, and waits for it.
pub(super) struct Writer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Connection) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let mut desk = Desk { db, positions: Positions::default() };
        let served = Served(queue.clone());
        let thread = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || {
            while let Some(round) = served.0.next_round() {
                let (began, shared) = (Instant::now(), round.len() > 1);
                desk.serve(round);
                if shared {
                    thread::sleep(SHARED_ROUNDS.saturating_sub(began.elapsed()));
                }
            }
        });
        let thread =
            thread.map_err(|error| StoreError::Failed(format!("the writing thread cannot be started: {error}")))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Runs `work` in one of the next rounds; answers when what it wrote is on the disk. When `work` fails, nothing
    /// of it is written. `bytes` is about how much it writes. A caller that stops waiting does not stop the work.
    pub(super) async fn run<T, F>(&self, urgency: Urgency, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let run = move |desk: &mut Desk| {
            let result = work(desk);
            let kept = result.is_ok();
            // Somebody who no longer waits needs no answer, hence `ok()`.
            let answer: Answer = Box::new(move |lost| drop(sender.send(lost.map_or(result, |lost| Err(lost.error())))));
            (kept, answer)
        };
        self.queue.push(urgency, Request { bytes, run: Box::new(run) });
        receiver.await.unwrap_or_else(|_| {
            Err(StoreError::Failed("a write was given up before it was begun; see the server's log".to_owned()))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes to the store ended by a panic");
        }
    }
}

struct Request {
    bytes: usize,
    run: Work,
}

/// Does what was asked for, and tells whether that is to be kept.
type Work = Box<dyn FnOnce(&mut Desk) -> (bool, Answer) + Send>;

/// Tells the caller how it went; given the reason when the whole round was lost.
type Answer = Box<dyn FnOnce(Option<&Lost>) + Send>;

/// Why nothing of a round was written.
struct Lost(String);

impl Lost {
    fn error(&self) -> StoreError {
        StoreError::Failed(format!("nothing was written: {}", self.0))
    }
}

impl From<rusqlite::Error> for Lost {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl Desk {
    fn serve(&mut self, round: Vec<Request>) {
        let mut answers = Vec::with_capacity(round.len());
        let outcome = self.write(round, &mut answers);
        if let Err(lost) = &outcome {
            tracing::error!(reason = lost.0, requests = answers.len(), "a round of writes to the store was lost");
            self.positions.forget();
            if !self.db.is_autocommit()
                && let Err(error) = self.db.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "the store's transaction cannot be rolled back");
            }
        }
        for answer in answers {
            answer(outcome.as_ref().err());
        }
    }

    fn write(&mut self, round: Vec<Request>, answers: &mut Vec<Answer>) -> Result<(), Lost> {
        self.step("BEGIN IMMEDIATE")?;
        for request in round {
            self.step("SAVEPOINT request")?;
            let (kept, answer) = (request.run)(self);
            answers.push(answer);
            if self.db.is_autocommit() {
                // SQLite itself rolls everything back on some errors: a full disk, no memory.
                return Err(Lost("the disk is full or failed; see the server's log".to_owned()));
            }
            if !kept {
                self.step("ROLLBACK TO request")?;
                // It may have noted what is now undone.
                self.positions.forget();
            }
            self.step("RELEASE request")?;
        }
        self.step("COMMIT")
    }

    fn step(&self, sql: &'static str) -> Result<(), Lost> {
        Ok(self.db.prepare_cached(sql)?.raw_execute().map(drop)?)
    }
}

/// Requests that wait for the thread.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Request>,
    patient: VecDeque<Request>,
    closed: bool,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request that comes too late is dropped, which its caller notices.
    fn push(&self, urgency: Urgency, request: Request) {
        let mut waiting = self.waiting();
        if waiting.closed {
            return;
        }
        // The thread sleeps only when nothing waits; every call for it is one to the kernel.
        let first = waiting.urgent.is_empty() && waiting.patient.is_empty();
        match urgency {
            Urgency::Urgent => waiting.urgent.push_back(request),
            Urgency::Patient => waiting.patient.push_back(request),
        }
        if first {
            self.changed.notify_one();
        }
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_one();
    }

    /// Waits for requests; none once the queue is closed and empty.
    fn next_round(&self) -> Option<Vec<Request>> {
        let empty = |waiting: &mut Waiting| waiting.urgent.is_empty() && waiting.patient.is_empty() && !waiting.closed;
        let mut waiting = self.changed.wait_while(self.waiting(), empty).unwrap_or_else(PoisonError::into_inner);
        let mut round = take(&mut waiting.urgent, URGENT_BYTES);
        round.append(&mut take(&mut waiting.patient, PATIENT_BYTES));
        (!round.is_empty()).then_some(round)
    }
}

/// Takes requests from the front: at least one, and no more than `bytes` of them.
fn take(lane: &mut VecDeque<Request>, bytes: usize) -> Vec<Request> {
    let mut total = 0;
    let fits = |request: &Request| {
        total += request.bytes + REQUEST_BYTES;
        total <= bytes
    };
    let count = lane.iter().map(fits).take_while(|fits| *fits).count();
    lane.drain(..count.max(1).min(lane.len())).collect()
}

/// The thread's side of the queue: however the thread ends, nobody waits for it for ever.
struct Served(Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.closed = true;
        waiting.urgent.clear();
        waiting.patient.clear();
    }
}
