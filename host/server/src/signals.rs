//! Ctrl-C and SIGTERM: the first ends the server in order, the second at once.

use std::io;

/// Waits for the first signal. A further one ends the process on the spot.
pub(crate) async fn wait() -> io::Result<()> {
    next().await?;
    tokio::spawn(async {
        if next().await.is_ok() {
            eprintln!("ended at once; what was not saved yet is in the browsers that drew it");
            // 128 + SIGINT, as shells put it.
            std::process::exit(130);
        }
    });
    Ok(())
}

#[cfg(unix)]
async fn next() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn next() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
