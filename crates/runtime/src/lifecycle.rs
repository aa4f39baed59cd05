//! What the service manager and the administrator ask of a running process, and what it tells them.
//!
//! | Signal | Meaning |
//! |---|---|
//! | SIGHUP | read the configuration, the certificates and the trust stores again |
//! | SIGUSR1 | open the log file again |
//! | SIGTERM | take nothing new, let calls end for a while, then end; a second one: end now |
//! | SIGINT | end now |
//!
//! What it tells goes to the socket in `NOTIFY_SOCKET` (sd_notify(3)); without one, nobody is told.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Read again what can be changed while it runs.
    Reload,
    /// Open the log file again.
    ReopenLog,
    /// Take nothing new, and end when the calls in progress have ended.
    Drain,
    /// End now.
    Stop,
}

/// The signals of the process.
#[derive(Debug)]
pub struct Requests {
    hangup: Signal,
    user1: Signal,
    terminate: Signal,
    interrupt: Signal,
    is_draining: bool,
}

impl Requests {
    /// Takes over the signals. From here on none of them ends the process by itself.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            is_draining: false,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.terminate.recv() => {
                if std::mem::replace(&mut self.is_draining, true) { Request::Stop } else { Request::Drain }
            }
            _ = self.hangup.recv() => Request::Reload,
            _ = self.user1.recv() => Request::ReopenLog,
        }
    }
}

/// Tells that the process serves, and keeps telling that it is alive as often as is asked for (`WATCHDOG_USEC`).
pub fn tell_ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
    if let Some(period) = sd_notify::watchdog_enabled() {
        tokio::spawn(keep_alive(period / 2));
    }
}

/// Tells that the configuration is read again; [`tell_reloaded`] tells the end of it.
pub fn tell_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the service manager is not told of the reload"),
    }
}

/// Tells that the configuration has been read again.
pub fn tell_reloaded() {
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// Tells that the process ends, and why it still takes a while.
pub fn tell_stopping(status: &str) {
    tell(&[NotifyState::Stopping, NotifyState::Status(status)]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// A task of the runtime itself: when the runtime stands still, it is not heard of any more.
async fn keep_alive(period: Duration) {
    loop {
        tell(&[NotifyState::Watchdog]);
        tokio::time::sleep(period).await;
    }
}
