//! What the tables of a layer share: the queue of outputs and the order of deadlines.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;

use super::event::{Event, Output, ServerKey};
use super::matching::BranchKey;

/// The transaction a deadline belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Client(BranchKey),
    Server(ServerKey),
}

/// A transaction's place among the deadlines.
#[derive(Debug)]
pub(super) struct Place {
    /// Counts transactions, so that equal deadlines keep the order of their transactions.
    sequence: u64,
    at: Option<Instant>,
}

impl Place {
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }
}

/// Outputs and deadlines of a layer.
#[derive(Debug, Default)]
pub(super) struct Effects {
    outputs: VecDeque<Output>,
    deadlines: BTreeMap<(Instant, u64), Owner>,
    sequence: u64,
    announced: Option<Instant>,
}

impl Effects {
    pub(super) fn transmit(&mut self, message: Bytes) {
        self.outputs.push_back(Output::Transmit(message));
    }

    pub(super) fn tell(&mut self, event: Event) {
        if self.outputs.capacity() == 0 {
            // Most often it is drained before the next: an idle connection need not hold the room of four.
            self.outputs.reserve_exact(1);
        }
        self.outputs.push_back(Output::Event(event));
    }

    /// The next output. A timer is announced when all else is drained, and only if it moved.
    pub(super) fn poll(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let earliest = self.deadlines.first_key_value().map(|((at, _), _)| *at);
        if earliest == self.announced {
            return None;
        }
        self.announced = earliest;
        earliest.map(Output::SetTimer)
    }

    /// The caller's timer has fired, early or not: it must hear of the next deadline.
    pub(super) fn timer_fired(&mut self) {
        self.announced = None;
    }

    /// A place for a new transaction.
    pub(super) fn place(&mut self) -> Place {
        self.sequence += 1;
        Place { sequence: self.sequence, at: None }
    }

    /// Moves a transaction to its current deadline.
    pub(super) fn settle(&mut self, place: &mut Place, at: Option<Instant>, owner: Owner) {
        if place.at == at {
            return;
        }
        self.leave(place);
        if let Some(at) = at {
            self.deadlines.insert((at, place.sequence), owner);
            place.at = Some(at);
        }
    }

    /// Takes a transaction out of the deadlines.
    pub(super) fn leave(&mut self, place: &mut Place) {
        if let Some(at) = place.at.take() {
            self.deadlines.remove(&(at, place.sequence));
        }
    }

    /// The transaction whose deadline passed first.
    pub(super) fn due(&self, now: Instant) -> Option<Owner> {
        let ((at, _), owner) = self.deadlines.first_key_value()?;
        (*at <= now).then_some(*owner)
    }
}
