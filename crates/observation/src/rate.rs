//! How many messages are recorded in a second.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the messages of the running second, and those that were left out.
///
/// To mask and keep a message takes longer than to answer it, so a storm of registrations is recorded in part: what it costs
/// has a bound, and the phones come first.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    limit: u32,
    /// The second in the upper half, its messages in the lower.
    counted: AtomicU64,
    left_out: AtomicU64,
}

impl Rate {
    pub(crate) fn of(limit: u32) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether there is room in this second for a message and its answers, which are counted when they are kept.
    pub(crate) fn has_room(&self, second: u64) -> bool {
        let counted = self.counted.load(Ordering::Relaxed);
        let of_this_second = if counted >> 32 == low(second) { low(counted) } else { 0 };
        let has_room = of_this_second < u64::from(self.limit);
        if !has_room {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }

    /// A message was kept. A few of another task may go uncounted as a second ends.
    pub(crate) fn count(&self, second: u64) {
        let counted = self.counted.load(Ordering::Relaxed);
        if counted >> 32 == low(second) {
            self.counted.fetch_add(1, Ordering::Relaxed);
        } else {
            self.counted.store(low(second) << 32 | 1, Ordering::Relaxed);
        }
    }

    /// How often something was left out.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }
}

fn low(number: u64) -> u64 {
    number & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_no_more_than_its_limit() {
        let rate = Rate::of(2);
        for _ in 0..2 {
            assert!(rate.has_room(7));
            rate.count(7);
        }
        assert!(!rate.has_room(7));
        assert!(!rate.has_room(7));
        assert_eq!(rate.left_out(), 2);
        assert!(rate.has_room(8), "the next second begins anew");
        rate.count(8);
        assert!(rate.has_room(8));
        assert!(!Rate::of(0).has_room(9), "no room is none in any second");
    }
}
