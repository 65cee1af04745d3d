//! What everybody can look at: which hosts are there, and how far people are.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use collabcanvas_rooms::protocol::Place;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::sync::watch;

/// How far a person is.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub project: String,
    pub place: Place,
    /// Edits that are not known to be saved.
    pub unsaved: usize,
    /// Whether they are on a canvas that is up to date.
    pub ready: bool,
}

/// The board.
pub struct Board {
    hosts: Mutex<Vec<Option<String>>>,
    people: Mutex<BTreeMap<String, Standing>>,
    changes: watch::Sender<u64>,
    began: Instant,
}

impl Board {
    /// For this many hosts, none of which is there yet.
    pub fn new(hosts: usize) -> Self {
        Self {
            hosts: Mutex::new(vec![None; hosts]),
            people: Mutex::default(),
            changes: watch::channel(0).0,
            began: Instant::now(),
        }
    }

    /// Milliseconds since the run began.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A host is there, or no longer.
    pub fn set_host(&self, host: usize, url: Option<String>) {
        lock(&self.hosts)[host] = url;
    }

    /// One of the hosts that are there, as a load balancer chooses.
    pub fn any_host(&self, random: &mut StdRng) -> Option<String> {
        let hosts = lock(&self.hosts);
        let there: Vec<&String> = hosts.iter().flatten().collect();
        // A balancer notices a moment late that one is gone.
        if random.random_bool(0.02) { None } else { there.choose(random).map(|url| (*url).clone()) }
    }

    /// Somebody says how far they are.
    pub fn show(&self, client: &str, standing: Standing) {
        let mut people = lock(&self.people);
        if people.get(client) != Some(&standing) {
            people.insert(client.to_owned(), standing);
            drop(people);
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// Somebody is gone for good.
    pub fn remove(&self, client: &str) {
        lock(&self.people).remove(client);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Waits until everybody has everything saved and is at the same place as all others of their project.
    pub async fn settled(&self) {
        let mut changes = self.changes.subscribe();
        while !self.is_settled() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn is_settled(&self) -> bool {
        let people = lock(&self.people);
        let mut places: BTreeMap<&str, Place> = BTreeMap::new();
        people.values().all(|standing| {
            let place = *places.entry(&standing.project).or_insert(standing.place);
            standing.ready && standing.unsaved == 0 && standing.place == place
        })
    }

    /// Who is not there yet, for people who read why a run does not end.
    pub fn unsettled(&self) -> String {
        let people = lock(&self.people);
        let mut lines: Vec<String> = people
            .iter()
            .map(|(client, Standing { project, place, unsaved, ready })| {
                let ready = if *ready { "" } else { ", not up to date" };
                format!("  {client} in {project} at {}/{}: {unsaved} unsaved{ready}", place.epoch, place.seq)
            })
            .collect();
        lines.insert(0, "how far people are:".into());
        lines.join("\n")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
