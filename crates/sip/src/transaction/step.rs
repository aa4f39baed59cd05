//! What one input did to a transaction: RFC 3261 §17 never asks for more than one message and one word to
//! the transaction user on a transition, so the outcome is a value and not a queue.

use bytes::Bytes;

/// The outcome of one transition.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use]
pub(super) struct Step {
    /// The message to put on the wire.
    pub(super) transmit: Option<Bytes>,
    /// What the transaction user hears.
    pub(super) inform: Option<Inform>,
}

/// What the transaction user hears of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inform {
    /// The message that was the input is new to the transaction user.
    Message,
    /// The peer did not answer in time.
    Timeout,
}

impl Step {
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    pub(super) fn transmit(message: Bytes) -> Self {
        Self { transmit: Some(message), inform: None }
    }

    pub(super) fn pass() -> Self {
        Self { transmit: None, inform: Some(Inform::Message) }
    }

    pub(super) fn timeout() -> Self {
        Self { transmit: None, inform: Some(Inform::Timeout) }
    }
}
