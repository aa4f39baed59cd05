//! A bad network between two ends, on virtual time: it loses, delays, reorders and repeats, by a seed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The one.
    Left,
    /// The other.
    Right,
}

impl End {
    /// Where what this end sends arrives.
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// How bad a link is.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// Of a hundred messages, so many are lost.
    pub loss_percent: u64,
    /// Of a hundred messages, so many arrive twice.
    pub repeat_percent: u64,
    /// The shortest and the longest way; a difference reorders.
    pub delay: (Duration, Duration),
}

/// A link.
#[derive(Debug)]
pub struct LossyLink<T> {
    quality: Quality,
    random: u64,
    under_way: BTreeMap<(Instant, u64), (End, T)>,
    count: u64,
    /// How many messages were lost.
    pub lost: u64,
}

impl<T: Clone> LossyLink<T> {
    /// A link; the seed, which is not zero, decides the fate of each message.
    pub fn new(quality: Quality, seed: u64) -> Self {
        Self { quality, random: seed.max(1), under_way: BTreeMap::new(), count: 0, lost: 0 }
    }

    /// An end sends.
    pub fn send(&mut self, now: Instant, from: End, message: T) {
        if self.below(100) < self.quality.loss_percent {
            self.lost += 1;
            return;
        }
        let copies = if self.below(100) < self.quality.repeat_percent { 2 } else { 1 };
        for _ in 0..copies {
            let (shortest, longest) = self.quality.delay;
            let spread = (longest - shortest).as_micros() as u64 + 1;
            let at = now + shortest + Duration::from_micros(self.below(spread));
            self.count += 1;
            self.under_way.insert((at, self.count), (from.other(), message.clone()));
        }
    }

    /// When the next message arrives.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// What has arrived by `now`: where, and what.
    pub fn receive(&mut self, now: Instant) -> Option<(End, T)> {
        let first = self.under_way.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// xorshift64*
    fn below(&mut self, end: u64) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % end
    }
}
