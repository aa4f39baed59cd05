//! The budget of failed authentications that each source address has.
//!
//! A source that fails too often has its flows without a registration answered with 503 and Retry-After until the budget has
//! refilled; flows that are registered go on, so that one guesser does not shut out everyone behind the same NAT.
//! Our choice: 60 failures at once, refilled at one a second; IPv6 sources count by their /64. The table is bounded: when
//! it is full, sources whose budget has refilled are dropped first, and if there are none the newcomer is not counted,
//! because forgetting a guesser is better than refusing a stranger.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures that a source may have at once.
const BUDGET: u32 = 60;
/// One failure is forgiven in this time.
const REFILL: Duration = Duration::from_secs(1);
/// Sources that are remembered.
const SOURCES: usize = 16_384;

/// Failures by source.
#[derive(Debug, Default)]
pub struct FailureThrottle {
    /// When the source's failures will all be forgiven.
    forgiven_at: HashMap<IpAddr, Instant>,
}

impl FailureThrottle {
    /// Counts a failed authentication.
    pub fn note_failure(&mut self, source: IpAddr, now: Instant) {
        let source = network_of(source);
        if self.forgiven_at.len() >= SOURCES && !self.forgiven_at.contains_key(&source) {
            self.forgiven_at.retain(|_, at| *at > now);
            if self.forgiven_at.len() >= SOURCES {
                return;
            }
        }
        let at = self.forgiven_at.entry(source).or_insert(now);
        *at = (*at).max(now) + REFILL;
    }

    /// How long the source has to wait, when it has used up its budget.
    #[must_use]
    pub fn retry_after(&self, source: IpAddr, now: Instant) -> Option<Duration> {
        let debt = self.forgiven_at.get(&network_of(source))?.checked_duration_since(now)?;
        let over = debt.checked_sub(REFILL * BUDGET)?;
        Some(over.max(REFILL))
    }
}

fn network_of(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(throttle: &mut FailureThrottle, source: IpAddr, times: u32, now: Instant) {
        for _ in 0..times {
            throttle.note_failure(source, now);
        }
    }

    #[test]
    fn a_source_waits_once_its_budget_is_used_up() {
        let (mut throttle, now) = (FailureThrottle::default(), Instant::now());
        let guesser: IpAddr = "192.0.2.1".parse().unwrap();
        fail(&mut throttle, guesser, 59, now);
        assert_eq!(throttle.retry_after(guesser, now), None);
        fail(&mut throttle, guesser, 1, now);
        assert_eq!(throttle.retry_after(guesser, now), Some(Duration::from_secs(1)));
        fail(&mut throttle, guesser, 9, now);
        assert_eq!(throttle.retry_after(guesser, now), Some(Duration::from_secs(9)));
        assert_eq!(throttle.retry_after(guesser, now + Duration::from_secs(10)), None);
        assert_eq!(throttle.retry_after("192.0.2.2".parse().unwrap(), now), None);
    }

    #[test]
    fn an_ipv6_source_counts_by_its_network() {
        let (mut throttle, now) = (FailureThrottle::default(), Instant::now());
        for host in 0..61 {
            throttle.note_failure(format!("2001:db8::{host:x}").parse().unwrap(), now);
        }
        assert!(throttle.retry_after("2001:db8::ffff".parse().unwrap(), now).is_some());
        assert!(throttle.retry_after("2001:db8:0:1::1".parse().unwrap(), now).is_none());
    }

    #[test]
    fn the_table_is_bounded() {
        let (mut throttle, now) = (FailureThrottle::default(), Instant::now());
        for host in 0..(SOURCES as u32 + 10) {
            throttle.note_failure(IpAddr::V4(host.into()), now);
        }
        assert_eq!(throttle.forgiven_at.len(), SOURCES);
        throttle.note_failure("2001:db8::1".parse().unwrap(), now + Duration::from_secs(2));
        assert_eq!(throttle.forgiven_at.len(), 1);
    }
}
