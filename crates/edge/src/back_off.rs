//! How long to wait before connecting again: from 1 to 30 seconds, doubled each time, and never all at once.

use std::time::Duration;

use crate::key::Jitter;

const FIRST: u64 = 1_000;
const LONGEST: u64 = 30_000;

/// The waits between attempts.
#[derive(Debug)]
pub(crate) struct BackOff {
    milliseconds: u64,
}

impl BackOff {
    pub(crate) const fn new() -> Self {
        Self { milliseconds: FIRST }
    }

    /// The next wait: the interval of now, of which the second half is left to chance.
    pub(crate) fn next(&mut self, jitter: &mut Jitter) -> Duration {
        let half = self.milliseconds / 2;
        let wait = half + jitter.draw(half + 1);
        self.milliseconds = (2 * self.milliseconds).min(LONGEST);
        Duration::from_millis(wait.max(FIRST / 2))
    }

    /// An attempt succeeded.
    pub(crate) const fn reset(&mut self) {
        self.milliseconds = FIRST;
    }
}
