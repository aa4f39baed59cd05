//! What happened how often, by the reason codes that the logs have.
//!
//! Nothing is counted on the way of a refresh.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What: `handshake`, `refused`, `registered`, …
    pub kind: &'static str,
    /// The reason code, empty where there is none.
    pub reason: &'static str,
    /// How often.
    pub count: u64,
}

/// Counts by kind and reason.
#[derive(Debug, Default)]
pub struct Counters(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Counters {
    /// Counts one.
    pub fn count(&self, kind: &'static str, reason: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((kind, reason)).or_default() += 1;
    }

    /// All counts, in order of their names.
    #[must_use]
    pub fn all(&self) -> Vec<Count> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(&(kind, reason), &count)| Count { kind, reason, count }).collect()
    }
}
