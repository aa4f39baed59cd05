//! An orderly end: SIGTERM and SIGINT ask every part to stop, once.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells everyone who holds a [`Stopping`] that the node stops.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Waits for the node's end; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

/// A pair of the one who stops and the one who waits for it.
#[must_use]
pub fn channel() -> (Stop, Stopping) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Stopping(receiver))
}

impl Stop {
    /// Asks everyone to stop. A second call changes nothing.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Returns when the node stops, also when the [`Stop`] was dropped.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is an end too.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Whether the node stops.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow()
    }
}

/// Returns at the first SIGTERM or SIGINT.
///
/// # Errors
/// When the signal handlers cannot be installed.
pub async fn signalled() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
