//! `log`: messages for operators and authors, so many a call and no more.

use collabcanvas_access::Actor;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, WasmStr};

use crate::contract::imports::log::Level;
use crate::contract::{CONTRACT_VERSIONS, export_name};
use crate::instance::GuestState;

/// Offers `log` to guests, by hand: the bindings would copy every message before it can be dropped.
pub(super) fn add_to_linker(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    let name = export_name("log", CONTRACT_VERSIONS[0]);
    linker.instance(&name)?.func_wrap("write", |mut store: StoreContextMut<'_, GuestState>, line: (Level, WasmStr)| {
        let (level, message) = line;
        if store.data_mut().takes_line(level)? {
            let message = cut(&message.to_str(&store)?, store.data().limits.log_line_bytes);
            store.data_mut().log(level, message);
        }
        Ok(())
    })
}

impl GuestState {
    /// Passes the gate and counts a line; false when it is one too many.
    fn takes_line(&mut self, level: Level) -> wasmtime::Result<bool> {
        // Whoever acts, and even in calls that must be pure: the gate lets every plugin log.
        super::gate(&Actor::stranger(), "log", "write")?.map_err(wasmtime::Error::new)?;
        self.meter.log_lines = self.meter.log_lines.saturating_add(1);
        // An error is looked at even then: a panic hook speaks last.
        Ok(self.meter.log_lines <= self.limits.log_lines || level == Level::Error)
    }

    fn log(&mut self, level: Level, message: String) {
        if level == Level::Error {
            self.meter.last_words = Some(message.clone());
        }
        if self.meter.log_lines > self.limits.log_lines {
            return;
        }
        let (plugin, project) = (&*self.plugin, &*self.project);
        match level {
            Level::Error => tracing::error!(target: "plugin", plugin, project, "{message}"),
            Level::Warn => tracing::warn!(target: "plugin", plugin, project, "{message}"),
            Level::Info => tracing::info!(target: "plugin", plugin, project, "{message}"),
            Level::Debug => tracing::debug!(target: "plugin", plugin, project, "{message}"),
        }
    }
}

/// Cuts a line at a character's boundary, and takes line breaks and control characters out: one message stays one line.
fn cut(message: &str, limit: usize) -> String {
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
        assert_eq!(cut("äöü", 3), "ä");
        assert_eq!(cut("a\nb\x1b[31m", 99), "a b [31m");
    }
}
