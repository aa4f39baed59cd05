//! Which node to try next: the group in its order, the nodes that asked for a pause left out, and a growing
//! pause after each round without success. All pauses are spread at random, so that the phones of a node that
//! dies do not come back at the same moment.

use std::time::{Duration, Instant};

use crate::context::Context;

/// A lost flow may be tried again at once; this spreads those who lost it together.
const RECONNECT_SPREAD: Duration = Duration::from_secs(2);
/// Between one node and the next.
const NEXT_NODE_SPREAD: Duration = Duration::from_millis(500);
/// After the first round without success.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// After many.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The nodes of the group, by index.
#[derive(Debug)]
pub(super) struct Nodes {
    /// Until when each node wants to be left alone.
    pauses: Vec<Option<Instant>>,
    /// Failures since the last success.
    failures: u32,
}

/// When to try which node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) node: usize,
    pub(super) at: Instant,
}

impl Nodes {
    pub(super) fn new(count: usize) -> Self {
        Self { pauses: vec![None; count], failures: 0 }
    }

    pub(super) fn succeeded(&mut self, node: usize) {
        self.failures = 0;
        if let Some(pause) = self.pauses.get_mut(node) {
            *pause = None;
        }
    }

    /// The flow was lost while it worked: the same node may be back at once.
    pub(super) fn lost(&mut self, now: Instant, node: usize, context: &mut Context) -> Attempt {
        Attempt { node, at: now + context.between(Duration::ZERO, RECONNECT_SPREAD) }
    }

    /// A node cannot be had: the next one, after a pause when all were tried.
    pub(super) fn failed(&mut self, now: Instant, node: usize, context: &mut Context) -> Attempt {
        self.failures = self.failures.saturating_add(1);
        let count = self.pauses.len().max(1);
        let round = self.failures / u32::try_from(count).unwrap_or(1);
        let round_ended = self.failures.is_multiple_of(u32::try_from(count).unwrap_or(1));
        let pause = if round_ended {
            let doubled = FIRST_PAUSE * (1 << (round.saturating_sub(1)).min(5));
            let longest = doubled.min(LONGEST_PAUSE);
            context.between(longest / 2, longest)
        } else {
            context.between(Duration::ZERO, NEXT_NODE_SPREAD)
        };
        self.next(now + pause, (node + 1) % count)
    }

    /// A node asked to be left alone for a while.
    pub(super) fn paused(&mut self, now: Instant, node: usize, pause: Duration, context: &mut Context) -> Attempt {
        if let Some(until) = self.pauses.get_mut(node) {
            *until = Some(now + pause);
        }
        let next = self.next(now, (node + 1) % self.pauses.len().max(1));
        Attempt { at: next.at + context.between(Duration::ZERO, NEXT_NODE_SPREAD), ..next }
    }

    /// The same node again, not before a pause.
    pub(super) fn same(&mut self, now: Instant, node: usize, pause: Duration) -> Attempt {
        Attempt { node, at: now + pause }
    }

    /// The first node from `from` on that may be tried at `at`, or the one that may be tried soonest.
    fn next(&self, at: Instant, from: usize) -> Attempt {
        let count = self.pauses.len().max(1);
        let order = (0..count).map(|step| (from + step) % count);
        let ready = |node: usize| self.pauses.get(node).copied().flatten().map_or(at, |until| until.max(at));
        let node = order.min_by_key(|node| ready(*node)).unwrap_or(from);
        Attempt { node, at: ready(node) }
    }
}
