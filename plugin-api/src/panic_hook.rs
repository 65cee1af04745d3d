//! A panic traps, and a trap carries no message: this hook logs it first, so that the host can say what happened.

use std::sync::Once;

static INSTALLED: Once = Once::new();

/// Makes panics log their message and place. Every exported function calls it first; only the first call does anything.
#[inline]
pub(crate) fn install() {
    // Natively the test runner's own hook shows panics better.
    if cfg!(target_arch = "wasm32") && !INSTALLED.is_completed() {
        INSTALLED.call_once(|| std::panic::set_hook(Box::new(report)));
    }
}

fn report(panic: &std::panic::PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("(no message)");
    match panic.location() {
        Some(place) => crate::log::error(format!("panicked at {place}: {message}")),
        None => crate::log::error(format!("panicked: {message}")),
    }
}
