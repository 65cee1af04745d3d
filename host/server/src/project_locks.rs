//! One lock for each project.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use collabcanvas_canvas::ProjectId;
use tokio::sync::OwnedMutexGuard;

/// Locks that exist for as long as somebody holds or waits for them: a room that is stuck holds up its own project only.
#[derive(Default)]
pub(crate) struct ProjectLocks {
    locks: Mutex<HashMap<ProjectId, Weak<tokio::sync::Mutex<()>>>>,
}

impl ProjectLocks {
    /// Waits until nobody else changes the project.
    pub async fn lock(&self, project: &ProjectId) -> OwnedMutexGuard<()> {
        self.of(project).lock_owned().await
    }

    fn of(&self, project: &ProjectId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(project).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(project.clone(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_of_one_project_wait_for_each_other_and_others_do_not() {
        let (locks, id) = (ProjectLocks::default(), |name| ProjectId::parse(name).unwrap());
        let held = locks.lock(&id("a")).await;
        let _other = locks.lock(&id("b")).await;
        assert!(locks.of(&id("a")).try_lock().is_err());
        drop(held);
        assert!(locks.of(&id("a")).try_lock().is_ok());
    }
}
