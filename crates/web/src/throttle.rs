//! How many requests a surface takes: so many at a time, and so many a second from one source, an address or a token.
//!
//! Both are asked before anything costs: no password is hashed and no body is read for a request too many. It hears when to come
//! back. The buckets of sources are bounded; a source that has been quiet is forgotten first. The addresses of one subscriber, an
//! IPv6 /64, are one source.
//!
//! Our choice: a bucket fills by the requests per second and holds twice as many; at most 4096 sources are remembered.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sip::transport::of_subscriber;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many sources are remembered.
const MOST_SOURCES: usize = 4096;

/// A surface's bounds.
pub struct Throttle<S = IpAddr> {
    places: Arc<Semaphore>,
    /// What one request costs.
    interval: Duration,
    /// What a quiet source has saved up.
    burst: Duration,
    /// Until when each source has spent.
    spent: Mutex<HashMap<S, Instant>>,
}

/// A request too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Seconds.
    pub retry_after: u64,
}

impl<S: Copy + Eq + Hash> Throttle<S> {
    /// So many requests at a time, and so many a second from one source.
    #[must_use]
    pub fn new(at_a_time: usize, per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let places = Arc::new(Semaphore::new(at_a_time));
        Self { places, interval, burst: interval * per_second * 2, spent: Mutex::default() }
    }

    /// A place for one more request, given back when dropped.
    ///
    /// # Errors
    /// When to come back.
    pub fn admit(&self, source: S, now: Instant) -> Result<OwnedSemaphorePermit, TooMany> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| TooMany { retry_after: 1 })?;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= MOST_SOURCES && !spent.contains_key(&source) {
            spent.retain(|_, until| *until > now);
            if spent.len() >= MOST_SOURCES {
                return Err(TooMany { retry_after: 1 });
            }
        }
        let until = spent.get(&source).copied().unwrap_or(now).max(now) + self.interval;
        let ahead = until.duration_since(now);
        if ahead > self.burst {
            return Err(TooMany { retry_after: (ahead - self.burst).as_secs() + 1 });
        }
        spent.insert(source, until);
        Ok(place)
    }
}

impl Throttle {
    /// A place for one more request from an address.
    ///
    /// # Errors
    /// When to come back.
    pub fn admit_address(&self, address: IpAddr, now: Instant) -> Result<OwnedSemaphorePermit, TooMany> {
        self.admit(of_subscriber(address), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn an_address_that_asks_too_often_waits_and_others_do_not() {
        let throttle = Throttle::new(100, 5);
        let start = Instant::now();
        for _ in 0..10 {
            assert!(throttle.admit(ONE, start).is_ok());
        }
        assert_eq!(throttle.admit(ONE, start).unwrap_err(), TooMany { retry_after: 1 });
        assert!(throttle.admit(TWO, start).is_ok());
        let later = start + Duration::from_millis(200);
        assert!(throttle.admit(ONE, later).is_ok(), "one more after a fifth of a second");
        assert!(throttle.admit(ONE, later).is_err());
        let quiet = start + Duration::from_secs(60);
        assert_eq!((0..11).filter(|_| throttle.admit(ONE, quiet).is_ok()).count(), 10);
    }

    #[test]
    fn tls_2_the_addresses_of_a_subscriber_share_one_bucket() {
        let throttle = Throttle::new(100, 5);
        let now = Instant::now();
        let address = |number: u128| IpAddr::V6((0x2001_0db8_u128 << 96 | number).into());
        let admitted = (0..100).filter(|number| throttle.admit_address(address(*number), now).is_ok()).count();
        assert_eq!(admitted, 10, "as many as one address");
        assert!(throttle.admit_address(address(1 << 64), now).is_ok(), "another subscriber does not wait");
    }

    #[test]
    fn a_place_is_given_back() {
        let throttle = Throttle::new(2, 1000);
        let now = Instant::now();
        let first = throttle.admit(ONE, now).unwrap();
        let _second = throttle.admit(ONE, now).unwrap();
        assert_eq!(throttle.admit(TWO, now).unwrap_err(), TooMany { retry_after: 1 });
        drop(first);
        assert!(throttle.admit(TWO, now).is_ok());
    }

    #[test]
    fn the_addresses_are_bounded() {
        let throttle = Throttle::new(1, 1);
        let now = Instant::now();
        for number in 0..MOST_SOURCES as u32 {
            assert!(throttle.admit(IpAddr::from(number.to_be_bytes()), now).is_ok());
        }
        assert!(throttle.admit(ONE, now).is_err());
        assert!(throttle.admit(ONE, now + Duration::from_secs(1)).is_ok(), "those that were quiet are forgotten");
        assert_eq!(throttle.spent.lock().unwrap().len(), 1);
    }
}
