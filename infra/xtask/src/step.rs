//! Shows what is being done and how long it took.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What a step reports when it ends.
pub enum Outcome {
    /// Work was done; the note says what came of it.
    Done(String),
    /// Everything was there already.
    Fresh(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Done(note) => formatter.write_str(note),
            Outcome::Fresh(note) => write!(formatter, "{note}, nothing changed"),
        }
    }
}

/// Runs one step, printing its name before and its time and outcome after; an error names the step.
pub fn step(name: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
    say(&format!("▸ {name}"));
    let start = Instant::now();
    let outcome = work().with_context(|| format!("{name} failed"))?;
    say(&format!("✓ {name}  {}  {outcome}", seconds(start.elapsed())));
    Ok(())
}

/// Prints a line to standard error, where cargo's and npm's own progress goes too, so that the order holds.
pub fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A duration as people say it: `0.4 s`, `75 s`, `12 min 5 s`.
pub fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_as_precisely_as_it_matters() {
        assert_eq!(seconds(Duration::from_millis(432)), "0.4 s");
        assert_eq!(seconds(Duration::from_millis(75_900)), "75 s");
        assert_eq!(seconds(Duration::from_secs(725)), "12 min 5 s");
    }
}
