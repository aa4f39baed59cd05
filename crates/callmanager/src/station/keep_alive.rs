//! CRLF keep-alives (RFC 5626 §3.5.1): each is answered, a flood closes the flow.

use std::time::{Duration, Instant};

/// More pings in one second close the flow; a phone sends one in half a minute.
const PINGS: u8 = 10;

/// Counts pings by the second.
#[derive(Debug, Default)]
pub(super) struct PingBudget {
    second: Option<Instant>,
    pings: u8,
}

impl PingBudget {
    /// Counts one; false when there were too many.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let fresh = self.second.is_none_or(|second| now.saturating_duration_since(second) >= Duration::from_secs(1));
        if fresh {
            self.second = Some(now);
            self.pings = 0;
        }
        self.pings = self.pings.saturating_add(1);
        self.pings <= PINGS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_5_the_eleventh_ping_of_a_second_is_too_many() {
        let (mut budget, now) = (PingBudget::default(), Instant::now());
        assert!((0..10).all(|_| budget.spend(now)));
        assert!(!budget.spend(now + Duration::from_millis(999)));
        assert!(budget.spend(now + Duration::from_secs(1)));
    }
}
