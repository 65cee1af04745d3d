//! Faults: what a guest can break, how it is told, and when a plugin is set aside (P1, P3).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use collabcanvas_canvas::Problem;
use serde::Serialize;
use tokio::time::Instant;
use wasmtime::Trap;

use crate::Limits;
use crate::limits::Call;

/// Why a guest was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FaultCause {
    /// It ran too long.
    #[error("it ran longer than {limit_ms} ms")]
    Deadline {
        /// Its run time.
        limit_ms: u64,
    },
    /// It wanted too much memory, or a table that is too large.
    #[error("it wanted more than {limit_bytes} bytes of memory")]
    Memory {
        /// What all its memories together may have.
        limit_bytes: usize,
    },
    /// It answered too much, or handed too much to a host function.
    #[error("it handed over more than {limit_bytes} bytes at once")]
    Output {
        /// What it may hand over.
        limit_bytes: usize,
    },
    /// It went on calling host functions after they had answered `too-many-calls`.
    #[error("it called host functions more than {limit} times in one call, and went on when told so")]
    HostCalls {
        /// How many it may call.
        limit: u32,
    },
    /// It trapped: a panic, a stack that overflowed, an access outside its memory.
    #[error("it trapped: {reason}{}", .last_words.as_ref().map(|words| format!(" (it had logged: {words})")).unwrap_or_default())]
    Trap {
        /// What the runtime saw.
        reason: String,
        /// The last error that it logged in this call: a panic's message, if its panic hook logs it.
        last_words: Option<String>,
    },
    /// Its answer breaks the contract.
    #[error("its answer breaks the contract: {reason}")]
    Malformed {
        /// What was found, and what is expected.
        reason: String,
    },
}

/// A plugin broke a limit or the contract. It has cost it its instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the plugin {plugin} failed in the project {project} in its function {call}: {cause}")]
pub struct Fault {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// The project's id; `(install)` while a plugin is installed.
    pub project: Arc<str>,
    /// The function of the contract that was called.
    pub call: &'static str,
    /// What it broke.
    pub cause: FaultCause,
}

/// Why a plugin gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PluginError {
    /// No plugin of this name is enabled in the project.
    #[error("the plugin {plugin} is not enabled in the project {project}: an owner can enable it again")]
    Missing {
        /// The plugin's name.
        plugin: String,
        /// The project's id.
        project: Arc<str>,
    },
    /// The plugin is there but does not do such things.
    #[error("the plugin {plugin} has no {what}")]
    Unsupported {
        /// The plugin's name.
        plugin: String,
        /// The interface, tool or format.
        what: String,
    },
    /// It has been set aside in this project after repeated faults.
    #[error(
        "the plugin {plugin} is set aside in the project {project} after repeated faults; the last: {reason}. An operator can let it try again"
    )]
    Quarantined {
        /// The plugin's name.
        plugin: String,
        /// The project's id.
        project: Arc<str>,
        /// The fault that was one too many.
        reason: String,
    },
    /// It failed in this call.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The host has no room for another instance just now. No fault of the plugin.
    #[error("the host has no room for an instance of the plugin {plugin} just now: try again")]
    Unavailable {
        /// The plugin's name.
        plugin: String,
    },
    /// It answered with a problem, as the contract foresees.
    #[error(transparent)]
    Refused(Problem),
}

impl PluginError {
    /// A stable word for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::Missing { .. } => "plugin-missing",
            Self::Unsupported { .. } => "plugin-unsupported",
            Self::Quarantined { .. } => "plugin-quarantined",
            Self::Fault(_) => "plugin-failed",
            Self::Unavailable { .. } => "plugin-unavailable",
            Self::Refused(problem) => &problem.code,
        }
    }
}

impl From<PluginError> for Problem {
    fn from(error: PluginError) -> Self {
        match error {
            PluginError::Refused(problem) => problem,
            other => Problem::new(other.code().to_owned(), other.to_string()),
        }
    }
}

/// Why the host ended a guest, as it travels through Wasmtime.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error("the run time is used up")]
    Deadline,
    #[error("the memory limit is reached")]
    Memory,
    #[error("too many host calls")]
    HostCalls,
    #[error("a pure function may not call {0}")]
    Impure(&'static str),
}

impl FaultCause {
    /// Reads the cause from what Wasmtime gave back.
    pub(crate) fn of(error: &wasmtime::Error, call: Call, limits: &Limits, last_words: Option<String>) -> Self {
        let allowance = limits.allowance(call);
        match error.downcast_ref::<Stop>() {
            Some(Stop::Deadline) => {
                return Self::Deadline { limit_ms: u64::try_from(allowance.run.as_millis()).unwrap_or(u64::MAX) };
            }
            Some(Stop::Memory) => return Self::Memory { limit_bytes: limits.memory_bytes },
            Some(Stop::HostCalls) => return Self::HostCalls { limit: limits.host_calls },
            Some(stop @ Stop::Impure(_)) => return Self::Malformed { reason: stop.to_string() },
            None => {}
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return Self::Trap { reason: trap.to_string(), last_words };
        }
        let text = format!("{:#}", error);
        // Wasmtime keeps this error's type to itself; the test `huge_output…` notices when its words change.
        if text.contains("fuel allocated for hostcalls") {
            return Self::Output { limit_bytes: allowance.output_bytes };
        }
        // What is left are answers that could not be read: invalid UTF-8, pointers outside the memory.
        Self::Malformed { reason: text.chars().take(300).collect() }
    }
}

/// Counts a plugin's faults in one project.
#[derive(Debug, Default)]
pub(crate) struct FaultCounter {
    recent: VecDeque<Instant>,
    total: u64,
    last: Option<String>,
    quarantined: bool,
}

impl FaultCounter {
    /// Counts one; true when it is the one that puts the plugin into quarantine.
    pub(crate) fn count(&mut self, fault: &Fault, limits: &Limits) -> bool {
        let now = Instant::now();
        let window = Duration::from_millis(limits.fault_window_ms);
        self.recent.retain(|at| now.duration_since(*at) < window);
        self.recent.push_back(now);
        self.total += 1;
        self.last = Some(fault.to_string());
        let was = self.quarantined;
        self.quarantined |= self.recent.len() >= limits.faults as usize;
        self.quarantined && !was
    }

    /// The reason, when the plugin is set aside.
    pub(crate) fn quarantine(&self) -> Option<&str> {
        self.quarantined.then(|| self.last.as_deref().unwrap_or("unknown"))
    }

    /// Lets the plugin try again, with a clean slate.
    pub(crate) fn release(&mut self) {
        *self = Self { total: self.total, last: self.last.take(), ..Self::default() };
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Fault {
        Fault { plugin: "p".into(), project: "q".into(), call: "render", cause: FaultCause::HostCalls { limit: 1 } }
    }

    #[tokio::test(start_paused = true)]
    async fn p1_five_faults_within_a_minute_set_a_plugin_aside() {
        let mut counter = FaultCounter::default();
        let limits = Limits::default();
        for _ in 0..4 {
            assert!(!counter.count(&fault(), &limits));
        }
        assert_eq!(counter.quarantine(), None);
        assert!(counter.count(&fault(), &limits));
        assert!(counter.quarantine().unwrap().contains("the plugin p failed in the project q"));
        assert!(!counter.count(&fault(), &limits), "it is reported once");
        counter.release();
        assert_eq!((counter.quarantine(), counter.total()), (None, 6));
    }

    #[tokio::test(start_paused = true)]
    async fn faults_that_are_far_apart_do_not_add_up() {
        let mut counter = FaultCounter::default();
        let limits = Limits::default();
        for _ in 0..20 {
            assert!(!counter.count(&fault(), &limits));
            tokio::time::advance(Duration::from_secs(16)).await;
        }
        assert_eq!(counter.quarantine(), None);
    }
}
