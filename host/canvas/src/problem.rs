use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why something was refused: the one form in which host and plugins report what the other can mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message} [{code}{}]", .path.as_deref().map(|path| format!(" at {path}")).unwrap_or_default())]
pub struct Problem {
    /// A stable, short, lower-case word or words joined by `-`, for programs: `out-of-range`.
    pub code: String,
    /// One sentence for people: what was found, what was expected, what to do.
    pub message: String,
    /// Where in the input, as a JSON Pointer, when one place is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub path: Option<String>,
}

impl Problem {
    /// A problem that no single place of the input is to blame for.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), path: None }
    }

    /// The same problem, with the place that is to blame.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same problem, seen from one level further out: `prefix` comes before its path.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.path = Some(format!("{prefix}{}", self.path.unwrap_or_default()));
        self
    }
}
