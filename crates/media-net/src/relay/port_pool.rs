//! The free pairs of ports of one address: RTP on an even port, RTCP on the next (RFC 3550 §11).
//!
//! A pair that is given back waits behind all others, so that the late packets of one call do not meet the next. The
//! first order is shuffled, so that nobody outside knows which ports are in use.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

/// The free pairs, each by its even port.
#[derive(Debug)]
pub(super) struct PortPool {
    free: VecDeque<u16>,
}

impl PortPool {
    /// All pairs of the range, in an order from random bytes.
    pub(super) fn new(range: &RangeInclusive<u16>, random: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut free: Vec<u16> = range.clone().filter(|port| port & 1 == 0 && port < range.end()).collect();
        for place in (1..free.len()).rev() {
            let mut octets = [0; 8];
            random(&mut octets);
            let other = (u64::from_be_bytes(octets) % (place as u64 + 1)) as usize;
            free.swap(place, other);
        }
        Self { free: free.into() }
    }

    pub(super) fn len(&self) -> usize {
        self.free.len()
    }

    pub(super) fn take(&mut self) -> Option<u16> {
        self.free.pop_front()
    }

    pub(super) fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }
}

#[cfg(test)]
mod tests {
    use super::PortPool;

    #[test]
    fn med_4_pairs_are_even_inside_the_range_and_rest_before_they_come_again() {
        let mut pool = PortPool::new(&(4_001..=4_010), &mut |bytes| bytes.fill(3));
        let mut taken: Vec<u16> = std::iter::from_fn(|| pool.take()).collect();
        taken.sort_unstable();
        assert_eq!(taken, [4_002, 4_004, 4_006, 4_008]);
        taken.iter().for_each(|port| pool.give_back(*port));
        let first = pool.take().unwrap();
        pool.give_back(first);
        assert_eq!((pool.len(), pool.take()), (4, Some(4_004)));
    }
}
