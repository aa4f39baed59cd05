//! Choices that a seed repeats (SplitMix64).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of choices.
pub struct Random(u64);

impl Random {
    /// From the seed in the environment, or a new one.
    pub fn seeded() -> (Random, u64) {
        let given = std::env::var("RINGBEARER_CRASH_SEED").ok();
        let seed = match given {
            Some(seed) => seed.parse().expect("RINGBEARER_CRASH_SEED is a number"),
            None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64),
        };
        (Random(seed), seed)
    }

    /// A source of its own, for another thread.
    pub fn split(&mut self) -> Random {
        Random(self.next())
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// True so often in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// A time between two.
    pub fn milliseconds(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(1000 * least + self.below(1000 * (most - least)))
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
