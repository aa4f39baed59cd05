//! How much a peer may do in a time.

use std::time::{Duration, Instant};

/// A bucket of tokens: `burst` at once, and `per_second` in the long run.
#[derive(Debug)]
pub(crate) struct Meter {
    burst: u32,
    per_second: u32,
    millis_left: u64,
    filled_at: Instant,
}

impl Meter {
    pub(crate) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self { burst, per_second, millis_left: u64::from(burst) * 1_000, filled_at: now }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.filled_at).min(Duration::from_secs(3_600));
        let filled = elapsed.as_millis() as u64 * u64::from(self.per_second);
        self.millis_left = (self.millis_left + filled).min(u64::from(self.burst) * 1_000);
        self.filled_at = now;
        match self.millis_left.checked_sub(1_000) {
            Some(left) => {
                self.millis_left = left;
                true
            }
            None => false,
        }
    }
}
