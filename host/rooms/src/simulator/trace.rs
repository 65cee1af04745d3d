use collabcanvas_canvas::{Operation, UserId};
use serde::{Deserialize, Serialize};

/// Who edited what when, from an empty canvas on. As a file: JSON Lines, one [`TracedEdit`] a line, in order of time.
///
/// ```
/// use collabcanvas_rooms::simulator::Trace;
/// let trace = Trace::read(r#"{"at_ms":40,"user":"ada","operations":[{"delete":"s1"}]}"#).unwrap();
/// assert_eq!(trace.edits()[0].at_ms, 40);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    edits: Vec<TracedEdit>,
}

/// One transaction of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracedEdit {
    /// When it was sent, in milliseconds from the beginning of the trace.
    pub at_ms: u64,
    /// Who sent it.
    pub user: UserId,
    /// What it does, all or none, as on the wire.
    pub operations: Vec<Operation>,
}

/// Why a text is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A line is no edit.
    #[error("line {line} is no edit: {reason}; expected {{\"at_ms\":…, \"user\":\"…\", \"operations\":[…]}}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
    /// An edit comes after a later one.
    #[error("line {line} is at {at_ms} ms, before the line above it: sort the lines by at_ms")]
    Unsorted {
        /// Its number, from 1.
        line: usize,
        /// Its time.
        at_ms: u64,
    },
    /// There is nothing in it.
    #[error("there is no edit in it")]
    Empty,
}

impl Trace {
    /// A trace of these edits, put in order of time; those of the same time stay in their order.
    pub fn of(mut edits: Vec<TracedEdit>) -> Self {
        edits.sort_by_key(|edit| edit.at_ms);
        Self { edits }
    }

    /// Reads a trace from its file's text. Blank lines are skipped.
    pub fn read(text: &str) -> Result<Self, TraceError> {
        let mut edits: Vec<TracedEdit> = Vec::new();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (line, edit) in lines.map(|(place, line)| (place + 1, serde_json::from_str::<TracedEdit>(line))) {
            let edit = edit.map_err(|reason| TraceError::Line { line, reason })?;
            if edits.last().is_some_and(|before| before.at_ms > edit.at_ms) {
                return Err(TraceError::Unsorted { line, at_ms: edit.at_ms });
            }
            edits.push(edit);
        }
        if edits.is_empty() { Err(TraceError::Empty) } else { Ok(Self { edits }) }
    }

    /// The text of its file.
    pub fn write(&self) -> String {
        let line = |edit| serde_json::to_string(edit).expect("edits have string keys and finite numbers only") + "\n";
        self.edits.iter().map(line).collect()
    }

    /// The edits, in order of time.
    pub fn edits(&self) -> &[TracedEdit] {
        &self.edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "{\"at_ms\":0,\"user\":\"ada\",\"operations\":[{\"delete\":\"a\"}]}\n{\"at_ms\":7,\"user\":\"bo\",\"operations\":[]}\n";
        assert_eq!(Trace::read(text).unwrap().write(), text);
    }

    #[test]
    fn what_is_no_trace_is_refused_with_its_line() {
        let words = |text: &str| Trace::read(text).unwrap_err().to_string();
        assert!(words("").contains("no edit"));
        let late = "{\"at_ms\":9,\"user\":\"a\",\"operations\":[]}\n\n{\"at_ms\":8,\"user\":\"a\",\"operations\":[]}";
        assert!(words(late).starts_with("line 3 is at 8 ms"), "{}", words(late));
        assert!(words("{\"at\":9}").starts_with("line 1 is no edit: unknown field `at`"), "{}", words("{\"at\":9}"));
    }
}
