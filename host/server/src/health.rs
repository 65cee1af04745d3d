//! Whether this host can take people: it is not going, and reaches what it shares with others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use collabcanvas_canvas::ProjectId;
use collabcanvas_storage::{AccountStore, HotTier};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::stores::SharedTiers;

/// How long an answer counts: load balancers ask often, and each look costs a read of the store.
const COUNTS: Duration = Duration::from_secs(5);
/// How long Redis and the store may take to answer. Shorter than load balancers wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether this host can take people.
#[derive(Default)]
pub(crate) struct Health {
    draining: AtomicBool,
    /// What was wrong when it was last looked. Held while somebody looks, so that others wait for the answer.
    last: Mutex<Option<(Instant, Vec<String>)>>,
}

impl Health {
    /// From here on the host takes nobody.
    pub fn begin_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Why nobody should be sent here, in words; empty when they can be.
    pub async fn problems(&self, shared: Option<&SharedTiers>) -> Vec<String> {
        if self.draining.load(Ordering::Relaxed) {
            return vec!["this host is taken out of service".to_owned()];
        }
        let Some(shared) = shared else { return Vec::new() };
        let mut last = self.last.lock().await;
        if let Some((_, problems)) = last.as_ref().filter(|(at, _)| at.elapsed() < COUNTS) {
            return problems.clone();
        }
        let problems = look(shared).await;
        *last = Some((Instant::now(), problems.clone()));
        problems
    }
}

async fn look(shared: &SharedTiers) -> Vec<String> {
    // Of no project: it is only the answer that counts.
    let nobody = ProjectId::parse("health").expect("lower-case letters are an id");
    let (redis, store) = tokio::join!(
        timeout(PATIENCE, shared.redis.standing(&nobody)),
        timeout(PATIENCE, shared.store.first_operator())
    );
    let mut problems = Vec::new();
    match redis {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => problems.push(error.to_string()),
        Err(_) => problems.push(format!("Redis does not answer within {PATIENCE:?}")),
    }
    match store {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => problems.push(format!("the store: {error}")),
        Err(_) => problems.push(format!("the store does not answer within {PATIENCE:?}")),
    }
    problems
}
