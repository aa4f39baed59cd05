//! The non-INVITE client transaction: RFC 3261 §17.1.2.
//!
//! ```text
//!                     request from TU / send, E := T1, F := 64×T1
//!                         |
//!      E / resend         v
//!           +------->+--------+  1xx / pass to TU
//!           +--------| Trying |------------------+
//!                    +--------+                  v    1xx / pass to TU
//!                         |                +------------+ E / resend
//!   200-699 / pass, K     |                | Proceeding |<--+
//!                         |                +------------+---+
//!                         v                      | 200-699 / pass, K
//!  200-699 / nothing +-----------+               |
//!           +------->| Completed |<--------------+
//!           +--------+-----------+
//!                         | K
//!                         v
//!                     Terminated    <- F, from Trying and Proceeding / timeout
//! ```
//!
//! E doubles up to T2 in Trying and is T2 in Proceeding; on a reliable transport it never runs, and K is zero.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::step::Step;
use super::timer::{Clock, Timer, TimerTable};
use crate::message::StatusCode;

/// What a non-INVITE client transaction reacts to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    /// A response came.
    Response(StatusCode),
    /// A timer fired.
    Expired(Timer),
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The current interval of Timer E.
    Trying(Duration),
    Proceeding,
    Completed,
    Terminated,
}

/// A non-INVITE client transaction (RFC 3261 §17.1.2).
#[derive(Debug)]
pub(super) struct NonInviteClientTransaction {
    timers: TimerTable,
    request: Bytes,
    state: State,
}

impl NonInviteClientTransaction {
    /// A transaction for `request`, which the first step sends.
    pub(super) fn new(clock: Clock, request: Bytes) -> (Self, Step) {
        let mut timers = TimerTable::default();
        timers.set(Timer::F, clock.transaction_timeout());
        if !clock.is_reliable() {
            timers.set(Timer::E, clock.now + clock.values.t1);
        }
        let step = Step::transmit(request.clone());
        (Self { timers, request, state: State::Trying(clock.values.t1) }, step)
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    pub(super) fn handle(&mut self, clock: Clock, input: Input) -> Step {
        let (state, step) = match (self.state, input) {
            (State::Trying(_) | State::Proceeding, Input::Response(status)) => self.response(clock, status),
            (State::Trying(interval), Input::Expired(Timer::E)) => {
                let interval = clock.values.back_off(interval);
                (State::Trying(interval), self.repeat(clock, interval))
            }
            (State::Proceeding, Input::Expired(Timer::E)) => (State::Proceeding, self.repeat(clock, clock.values.t2)),
            (State::Trying(_) | State::Proceeding, Input::Expired(_)) => {
                self.timers.stop_all();
                (State::Terminated, Step::timeout())
            }
            (State::Completed, Input::Response(_)) => (State::Completed, Step::nothing()),
            (State::Completed, Input::Expired(_)) | (State::Terminated, _) => (State::Terminated, Step::nothing()),
        };
        self.state = state;
        step
    }

    fn response(&mut self, clock: Clock, status: StatusCode) -> (State, Step) {
        if status.is_provisional() {
            return (State::Proceeding, Step::pass());
        }
        self.timers.stop_all();
        if clock.is_reliable() {
            return (State::Terminated, Step::pass());
        }
        self.timers.set(Timer::K, clock.now + clock.values.t4);
        (State::Completed, Step::pass())
    }

    fn repeat(&mut self, clock: Clock, interval: Duration) -> Step {
        self.timers.set(Timer::E, clock.now + interval);
        Step::transmit(self.request.clone())
    }

    pub(super) fn timeout(&mut self, clock: Clock) -> Step {
        match self.timers.expired(clock.now) {
            Some(timer) => self.handle(clock, Input::Expired(timer)),
            None => Step::nothing(),
        }
    }
}
