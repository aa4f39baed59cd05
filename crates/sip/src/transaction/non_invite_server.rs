//! The non-INVITE server transaction: RFC 3261 §17.2.2.
//!
//! ```text
//!                      request / pass to TU, Unanswered := 64×T1
//!                         |
//!      request / nothing  v
//!           +------->+--------+   1xx from TU / send
//!           +--------| Trying |------------------+
//!                    +--------+                  v    1xx from TU, request
//!                         |                +------------+ / send last 1xx
//!   200-699 from TU       |                | Proceeding |<--+
//!   / send, J             |                +------------+---+
//!                         v                      | 200-699 from TU / send, J
//!  request / resend  +-----------+               |
//!           +------->| Completed |<--------------+
//!           +--------+-----------+
//!                         | J
//!                         v
//!                     Terminated    <- Unanswered, from Trying and Proceeding / timeout
//! ```
//!
//! Timer J is zero on a reliable transport, so there a transaction that is answered leaves nothing behind.
//! Our choice: a transaction user that never answers loses the transaction after 64×T1, when its client
//! has given up by Timer F, so that a table of transactions always empties.

use std::time::Instant;

use bytes::Bytes;

use super::step::Step;
use super::timer::{Clock, Timer, TimerTable};
use crate::message::StatusCode;

/// What a non-INVITE server transaction reacts to.
#[derive(Debug)]
pub(super) enum Input {
    /// The request came again.
    Request,
    /// The transaction user answers.
    Respond(StatusCode, Bytes),
    /// A timer fired.
    Expired,
}

#[derive(Debug)]
enum State {
    Trying,
    /// The last provisional response.
    Proceeding(Bytes),
    /// The final response.
    Completed(Bytes),
    Terminated,
}

/// A non-INVITE server transaction (RFC 3261 §17.2.2).
#[derive(Debug)]
pub(super) struct NonInviteServerTransaction {
    timers: TimerTable,
    state: State,
}

impl NonInviteServerTransaction {
    /// A transaction for a request that has just been received.
    pub(super) fn new(clock: Clock) -> Self {
        let mut timers = TimerTable::default();
        timers.set(Timer::Unanswered, clock.transaction_timeout());
        Self { timers, state: State::Trying }
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    pub(super) fn handle(&mut self, clock: Clock, input: Input) -> Step {
        let (state, step) = match (std::mem::replace(&mut self.state, State::Terminated), input) {
            (State::Trying | State::Proceeding(_), Input::Respond(status, response)) => {
                self.respond(clock, status, response)
            }
            (State::Trying | State::Proceeding(_), Input::Expired) => (State::Terminated, Step::timeout()),
            (State::Trying, Input::Request) => (State::Trying, Step::nothing()),
            (State::Proceeding(response), Input::Request) => {
                (State::Proceeding(response.clone()), Step::transmit(response))
            }
            (State::Completed(response), Input::Request) => {
                (State::Completed(response.clone()), Step::transmit(response))
            }
            (State::Completed(response), Input::Respond(..)) => (State::Completed(response), Step::nothing()),
            (State::Completed(_), Input::Expired) | (State::Terminated, _) => (State::Terminated, Step::nothing()),
        };
        self.state = state;
        step
    }

    fn respond(&mut self, clock: Clock, status: StatusCode, response: Bytes) -> (State, Step) {
        let step = Step::transmit(response.clone());
        if status.is_provisional() {
            return (State::Proceeding(response), step);
        }
        self.timers.stop_all();
        if clock.is_reliable() {
            return (State::Terminated, step);
        }
        self.timers.set(Timer::J, clock.transaction_timeout());
        (State::Completed(response), step)
    }

    pub(super) fn timeout(&mut self, clock: Clock) -> Step {
        match self.timers.expired(clock.now) {
            Some(_) => self.handle(clock, Input::Expired),
            None => Step::nothing(),
        }
    }
}
