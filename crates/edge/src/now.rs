//! The time, by both clocks.

use std::time::Instant;

use token::UnixTime;

/// The time: timers run on the clock that never jumps, tokens and statements on the wall clock.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// For timers.
    pub monotonic: Instant,
    /// For tokens and for the timestamp of a statement.
    pub unix: UnixTime,
}
