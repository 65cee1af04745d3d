//! [`Problem`]: the one form in which a plugin tells what the other side can mend.

use crate::contract::types::Problem;

impl Problem {
    /// A problem of this code (short, lower-case words joined by `-`, stable) and this sentence, which
    /// tells what was found, what was expected and what to do.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { code: code.into(), message: message.into(), path: None }
    }

    /// The same problem, with the place in the input to blame: a JSON Pointer (`/points/3`).
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What is answered for a name that the plugin does not have: `unknown-type` and its like.
    pub(crate) fn unknown<'a>(code: &str, kind: &str, found: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        Problem::new(code, format!("this plugin has no {kind} named {found:?}; it has: {}", known.join(", ")))
    }
}
