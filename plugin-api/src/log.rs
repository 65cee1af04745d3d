//! Messages for operators and authors. The host keeps 64 of a call, and the first 4 KiB of each.
//!
//! On the host's own target, where unit tests run, they go to standard error.

pub use crate::contract::host::log::Level;

/// What went wrong and needs somebody's attention.
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message.as_ref());
}

/// What was odd, and what was done about it.
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// What an operator may want to know.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// What only the plugin's author wants to know.
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// Writes one message at this level.
pub fn write(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::contract::host::log::write(level, message);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?}: {message}");
}
