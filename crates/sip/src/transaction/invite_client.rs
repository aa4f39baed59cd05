//! The INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.
//!
//! ```text
//!                     INVITE from TU / send, A := T1, B := 64×T1
//!                         |
//!      A / resend         v
//!           +------->+---------+  1xx / pass to TU
//!           +--------| Calling |-----------------+
//!                    +---------+                 v
//!                     |       |            +------------+ 1xx / pass to TU
//!                     |       |            | Proceeding |<--+
//!                     |       |            +------------+---+
//!                     |       |               |      |
//!    300-699          |       |  2xx          |      |
//!    / ACK, pass, D   v       v  / pass, M    |      |
//!            +-----------+  +----------+      |      |
//!    300-699 | Completed |  | Accepted |<-----+      |
//!    / ACK   +-----------+  +----------+ 2xx         |
//!                 ^   | D      | M    2xx / pass     |
//!                 |   v        v                     |
//!                 |  Terminated                      |
//!                 +----------------------------------+ 300-699
//!
//!    B from Calling, Cancelled from Proceeding / timeout, Terminated
//! ```
//!
//! A never runs on a reliable transport, and D is zero there. Proceeding has no timer until the transaction
//! user cancels: how long a phone may ring is its decision.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::step::{Inform, Step};
use super::timer::{Clock, Timer, TimerTable};
use crate::message::StatusCode;

/// What an INVITE client transaction reacts to.
#[derive(Debug)]
pub(super) enum Input {
    /// A response came; a final one that is not a 2xx comes with the ACK that answers it.
    Response(StatusCode, Option<Bytes>),
    /// The CANCEL for this INVITE went out.
    Cancelled,
    /// A timer fired.
    Expired(Timer),
}

#[derive(Debug)]
enum State {
    Calling(Calling),
    Proceeding,
    Completed(Completed),
    Accepted,
    Terminated,
}

/// No response yet.
#[derive(Debug)]
struct Calling {
    invite: Bytes,
    interval: Duration,
}

/// A response of 300 to 699 was acknowledged.
#[derive(Debug)]
struct Completed {
    ack: Bytes,
}

/// An INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2).
#[derive(Debug)]
pub(super) struct InviteClientTransaction {
    timers: TimerTable,
    state: State,
}

impl InviteClientTransaction {
    /// A transaction for `invite`, which the first step sends.
    pub(super) fn new(clock: Clock, invite: Bytes) -> (Self, Step) {
        let mut timers = TimerTable::default();
        timers.set(Timer::B, clock.transaction_timeout());
        if !clock.is_reliable() {
            timers.set(Timer::A, clock.now + clock.values.t1);
        }
        let step = Step::transmit(invite.clone());
        (Self { timers, state: State::Calling(Calling { invite, interval: clock.values.t1 }) }, step)
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// Whether a provisional response has come and no final one: a CANCEL may go out (RFC 3261 §9.1).
    pub(super) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    pub(super) fn handle(&mut self, clock: Clock, input: Input) -> Step {
        let timers = &mut self.timers;
        let (state, step) = match (std::mem::replace(&mut self.state, State::Terminated), input) {
            (State::Calling(mut calling), Input::Expired(Timer::A)) => {
                // §17.1.1.2: Timer A doubles without a limit.
                calling.interval *= 2;
                timers.set(Timer::A, clock.now + calling.interval);
                let invite = calling.invite.clone();
                (State::Calling(calling), Step::transmit(invite))
            }
            (State::Calling(_) | State::Proceeding, Input::Response(status, ack)) => {
                timers.stop(Timer::A);
                timers.stop(Timer::B);
                respond(clock, status, ack, timers)
            }
            (State::Calling(_) | State::Proceeding, Input::Expired(_)) => {
                timers.stop_all();
                (State::Terminated, Step::timeout())
            }
            (State::Proceeding, Input::Cancelled) => {
                timers.set(Timer::Cancelled, clock.transaction_timeout());
                (State::Proceeding, Step::nothing())
            }
            (State::Completed(completed), Input::Response(status, _)) if !status.is_provisional() => {
                let ack = completed.ack.clone();
                (State::Completed(completed), Step::transmit(ack))
            }
            (State::Accepted, Input::Response(status, _)) if status.is_success() => (State::Accepted, Step::pass()),
            (State::Completed(_) | State::Accepted, Input::Expired(_)) => (State::Terminated, Step::nothing()),
            (state, _) => (state, Step::nothing()),
        };
        self.state = state;
        step
    }

    pub(super) fn timeout(&mut self, clock: Clock) -> Step {
        match self.timers.expired(clock.now) {
            Some(timer) => self.handle(clock, Input::Expired(timer)),
            None => Step::nothing(),
        }
    }
}

/// The first response of its kind, in Calling or Proceeding.
fn respond(clock: Clock, status: StatusCode, ack: Option<Bytes>, timers: &mut TimerTable) -> (State, Step) {
    if status.is_provisional() {
        return (State::Proceeding, Step::pass());
    }
    timers.stop_all();
    let timeout = clock.transaction_timeout();
    if status.is_success() {
        timers.set(Timer::M, timeout);
        return (State::Accepted, Step::pass());
    }
    let step = Step { transmit: ack.clone(), inform: Some(Inform::Message) };
    match ack {
        Some(ack) if !clock.is_reliable() => {
            timers.set(Timer::D, timeout);
            (State::Completed(Completed { ack }), step)
        }
        _ => (State::Terminated, step),
    }
}
