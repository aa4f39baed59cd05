//! Connections on which nobody has registered yet, bounded in all and for each source (TLS-2).
//!
//! Our choice: a source may hold as many as are still free. Alone it gets half of the room, two get a third each, and there is
//! always some left for whoever comes next. So an office behind one address comes up at once after an outage, and one
//! address that only holds connections shuts nobody out. A source is an IPv4 address or an IPv6 /64, which is what one
//! subscriber has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// How many there are.
#[derive(Debug)]
pub struct Newcomers {
    room: usize,
    count: usize,
    by_source: HashMap<IpAddr, usize>,
}

impl Newcomers {
    /// Room for so many.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self { room, count: 0, by_source: HashMap::new() }
    }

    /// How many there are, of all sources.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether one more may come from this source.
    #[must_use]
    pub fn has_room(&self, source: IpAddr) -> bool {
        let held = self.by_source.get(&of_subscriber(source)).copied().unwrap_or_default();
        held < self.room.saturating_sub(self.count)
    }

    /// One came; whether there was room for it is asked before.
    pub fn enter(&mut self, source: IpAddr) {
        self.count += 1;
        *self.by_source.entry(of_subscriber(source)).or_default() += 1;
    }

    /// One of this source has registered, or is gone.
    pub fn leave(&mut self, source: IpAddr) {
        let source = of_subscriber(source);
        let Some(held) = self.by_source.get_mut(&source) else { return };
        self.count = self.count.saturating_sub(1);
        *held -= 1;
        if *held == 0 {
            self.by_source.remove(&source);
        }
    }
}

/// The same for every address that one subscriber can take: an IPv4 address is its own, an IPv6 address its /64.
#[must_use]
pub fn of_subscriber(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        source @ IpAddr::V4(_) => source,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::Newcomers;

    fn fill(newcomers: &mut Newcomers, source: IpAddr) -> usize {
        let mut entered = 0;
        while newcomers.has_room(source) {
            newcomers.enter(source);
            entered += 1;
        }
        entered
    }

    #[test]
    fn tls_2_one_source_leaves_room_for_others() {
        let mut newcomers = Newcomers::new(1_000);
        let source = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        assert_eq!(fill(&mut newcomers, source(1)), 500);
        assert_eq!(fill(&mut newcomers, source(2)), 250);
        assert_eq!(fill(&mut newcomers, source(3)), 125);
        assert!(!newcomers.has_room(source(1)));
        assert!(newcomers.has_room(source(4)));
        for _ in 0..500 {
            newcomers.leave(source(1));
        }
        newcomers.leave(source(1));
        assert_eq!(newcomers.count(), 375);
        assert_eq!(fill(&mut newcomers, source(1)), 313);
    }
    #[test]
    fn tls_2_a_subscriber_of_ipv6_is_one_source() {
        let mut newcomers = Newcomers::new(100);
        let address = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 7, 7, 7, host]);
        let held = (0..100).filter(|host| {
            newcomers.has_room(address(*host)) && {
                newcomers.enter(address(*host));
                true
            }
        });
        assert_eq!(held.count(), 50);
        newcomers.leave(address(99));
        assert!(
            newcomers.has_room(address(100)) && newcomers.has_room(IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]))
        );
        assert_eq!(newcomers.count(), 49);
    }
}
