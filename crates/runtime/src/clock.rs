//! The only place where time is read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time for timers, wall-clock time for tokens and headers, read together.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Never goes back: timers, transactions, registrations.
    pub monotonic: Instant,
    /// Seconds since 1970-01-01 UTC: tokens, certificates, the `Date` header.
    pub unix_seconds: u64,
}

/// Reads both clocks. A wall clock set before 1970 reads as 0, so that every token is refused rather than accepted.
#[must_use]
pub fn now() -> Reading {
    Reading { monotonic: Instant::now(), unix_seconds: unix_seconds() }
}

/// How long ago 1970-01-01 UTC was; nothing on a clock that is set before.
#[must_use]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Seconds since 1970-01-01 UTC.
#[must_use]
pub fn unix_seconds() -> u64 {
    since_epoch().as_secs()
}
