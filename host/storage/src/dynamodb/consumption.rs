//! What the store costs: capacity units by project and operation, as DynamoDB itself reports them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;
use smol_str::SmolStr;

/// Capacity units since the last [`Consumption::take`], by project and operation. Read for metrics, and to know what a
/// save strategy costs. Writes that are refused, and reads that are repeated, are billed but not reported, so they are
/// not in it.
#[derive(Debug, Default)]
pub struct Consumption(Mutex<HashMap<Consumer, Units>>);

/// Who caused it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Consumer {
    /// The project's id; empty for what belongs to none, such as sign-ins.
    pub project: SmolStr,
    /// What was done, for example `append` or `load`.
    pub operation: &'static str,
}

/// What was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Requests that were answered.
    pub requests: u64,
    /// Read capacity units: 4 KB read consistently is one.
    pub read: f64,
    /// Write capacity units: 1 KB written is one, in a transaction two.
    pub write: f64,
}

/// Whether a request reads or writes; DynamoDB reports a plain total for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
}

impl Consumption {
    /// What was used up so far, in order of project and operation.
    pub fn read(&self) -> Vec<(Consumer, Units)> {
        let mut all: Vec<_> = self.entries().iter().map(|(who, units)| (who.clone(), *units)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The same, and begins anew, so that projects that are no longer used take up no memory.
    pub fn take(&self) -> Vec<(Consumer, Units)> {
        let mut all: Vec<_> = std::mem::take(&mut *self.entries()).into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// What one operation used up in all projects.
    pub fn of(&self, operation: &str) -> Units {
        let entries = self.entries();
        let its = entries.iter().filter(|(who, _)| who.operation == operation);
        its.fold(Units::default(), |sum, (_, units)| Units {
            requests: sum.requests + units.requests,
            read: sum.read + units.read,
            write: sum.write + units.write,
        })
    }

    pub(super) fn note<'a>(
        &self,
        who: Consumer,
        direction: Direction,
        reported: impl IntoIterator<Item = &'a ConsumedCapacity>,
    ) {
        let total: f64 = reported.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        let mut entries = self.entries();
        let units = entries.entry(who).or_default();
        units.requests += 1;
        match direction {
            Direction::Read => units.read += total,
            Direction::Write => units.write += total,
        }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<Consumer, Units>> {
        // Numbers are never left half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
