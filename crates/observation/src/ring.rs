//! The last of a kind.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Record;

/// What an entry weighs against the ring's limit.
type Weight = fn(&Record) -> usize;

/// A ring of records that holds no more than its limit in weight: entries, or octets.
pub(crate) struct Ring {
    limit: usize,
    weight: Weight,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    records: VecDeque<Arc<Record>>,
    weight: usize,
}

impl Ring {
    /// A ring of so many entries.
    pub(crate) fn of_entries(limit: usize) -> Self {
        Self { limit, weight: |_| 1, held: Mutex::default() }
    }

    /// A ring of so much.
    pub(crate) fn of_weight(limit: usize, weight: Weight) -> Self {
        Self { limit, weight, held: Mutex::default() }
    }

    /// Takes a record; the oldest give way. One that weighs more than the limit is not kept.
    pub(crate) fn push(&self, record: Arc<Record>) {
        let weight = (self.weight)(&record);
        if weight > self.limit {
            return;
        }
        // What gives way is freed after the lock is.
        let mut old = Vec::new();
        let mut held = self.lock();
        held.weight += weight;
        held.records.push_back(record);
        while held.weight > self.limit {
            let Some(oldest) = held.records.pop_front() else { break };
            held.weight = held.weight.saturating_sub((self.weight)(&oldest));
            old.push(oldest);
        }
        drop(held);
    }

    /// The newest that pass, newest first, no more than `limit`.
    pub(crate) fn newest(&self, limit: usize, mut passes: impl FnMut(&Record) -> bool) -> Vec<Arc<Record>> {
        self.snapshot().into_iter().rev().filter(|record| passes(record)).take(limit).collect()
    }

    /// All, oldest first.
    pub(crate) fn snapshot(&self) -> Vec<Arc<Record>> {
        self.lock().records.iter().cloned().collect()
    }

    /// The record of this number.
    pub(crate) fn find(&self, number: u64) -> Option<Arc<Record>> {
        self.lock().records.iter().rev().find(|record| record.number == number).cloned()
    }

    /// What it weighs now.
    pub(crate) fn weight(&self) -> usize {
        self.lock().weight
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        // A panic elsewhere can at worst leave the weight of one entry wrong.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
