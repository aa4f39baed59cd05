//! One deadline for each of many things, and which comes first.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Instant;

/// The deadlines of things that `K` names.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    of: HashMap<K, Instant>,
    ordered: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Eq + Hash + Ord> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Self { of: HashMap::new(), ordered: BTreeSet::new() }
    }

    /// Gives a thing another deadline, or none.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.of.insert(key, at),
            None => self.of.remove(&key),
        };
        if let Some(before) = before {
            self.ordered.remove(&(before, key));
        }
        if let Some(at) = at {
            self.ordered.insert((at, key));
        }
    }

    /// Takes out a thing whose deadline has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<K> {
        let (at, key) = *self.ordered.first()?;
        if at > now {
            return None;
        }
        self.set(key, None);
        Some(key)
    }

    /// The deadline that comes first.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.ordered.first().map(|(at, _)| *at)
    }

    /// How many things have a deadline.
    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }
}
