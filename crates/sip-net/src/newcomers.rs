//! Connections on which nobody has registered yet, bounded in all and for each source (TLS-2).
//!
//! Our choice: a source may hold as many as are still free. Alone it gets half of the room, two get a third each, and there is
//! always some left for whoever comes next. So an office behind one address comes up at once after an outage, and one
//! address that only holds connections shuts nobody out.

use std::collections::HashMap;
use std::net::IpAddr;

/// How many there are.
#[derive(Debug)]
pub(crate) struct Newcomers {
    room: usize,
    count: usize,
    by_source: HashMap<IpAddr, usize>,
}

impl Newcomers {
    /// Room for so many.
    pub(crate) fn new(room: usize) -> Self {
        Self { room, count: 0, by_source: HashMap::new() }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Whether one more may come from this source.
    pub(crate) fn has_room(&self, source: IpAddr) -> bool {
        let held = self.by_source.get(&source).copied().unwrap_or_default();
        held < self.room.saturating_sub(self.count)
    }

    pub(crate) fn enter(&mut self, source: IpAddr) {
        self.count += 1;
        *self.by_source.entry(source).or_default() += 1;
    }

    pub(crate) fn leave(&mut self, source: IpAddr) {
        let Some(held) = self.by_source.get_mut(&source) else { return };
        self.count = self.count.saturating_sub(1);
        *held -= 1;
        if *held == 0 {
            self.by_source.remove(&source);
        }
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
}
