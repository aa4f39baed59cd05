//! The wall clock to the microsecond, as ladders show it.

use std::time::Duration;

use token::UnixTime;

/// Microseconds since 1970-01-01T00:00:00Z. The caller's clock makes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The time of a wall clock that says so long since 1970; the far end of time rather than an overflow.
    #[must_use]
    pub fn since_epoch(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    /// The whole seconds.
    #[must_use]
    pub fn unix(self) -> UnixTime {
        UnixTime(self.0 / 1_000_000)
    }

    /// What is left of them, in microseconds.
    #[must_use]
    pub fn subsecond_micros(self) -> u32 {
        // Cannot fail: a remainder is below its divisor.
        u32::try_from(self.0 % 1_000_000).unwrap_or(0)
    }

    /// How long after `earlier` this is; zero when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl From<UnixTime> for Timestamp {
    fn from(seconds: UnixTime) -> Self {
        Self(seconds.0.saturating_mul(1_000_000))
    }
}
