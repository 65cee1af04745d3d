//! `log`: messages for operators and authors, so many a call and no more.

use crate::contract::imports::log::{Host, Level};
use crate::instance::GuestState;

impl Host for GuestState {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let limits = self.limits.clone();
        let message = cut(message, limits.log_line_bytes);
        if level == Level::Error {
            // Kept even beyond the limit: a panic hook speaks last.
            self.meter.last_words = Some(message.clone());
        }
        if self.meter.log_lines >= limits.log_lines {
            self.meter.dropped_lines += 1;
            return Ok(());
        }
        self.meter.log_lines += 1;
        let (plugin, project) = (&*self.plugin, &*self.project);
        match level {
            Level::Error => tracing::error!(target: "plugin", plugin, project, "{message}"),
            Level::Warn => tracing::warn!(target: "plugin", plugin, project, "{message}"),
            Level::Info => tracing::info!(target: "plugin", plugin, project, "{message}"),
            Level::Debug => tracing::debug!(target: "plugin", plugin, project, "{message}"),
        }
        Ok(())
    }
}

/// Cuts a line at a character's boundary, and takes line breaks and control characters out: one message stays one line.
fn cut(message: String, limit: usize) -> String {
    let mut end = message.len().min(limit);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message[..end].chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert_eq!(cut("äöü".into(), 3), "ä");
        assert_eq!(cut("a\nb\x1b[31m".into(), 99), "a b [31m");
    }
}
