//! The INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.
//!
//! ```text
//!                          INVITE / pass to TU, Trying := 200 ms
//!                             |
//!   INVITE / last 1xx         v              1xx from TU / send
//!        +--------------+------------+--------------+
//!        +------------->|            |<-------------+
//!        +------------->| Proceeding |
//!        +--------------+------------+
//!   Trying / 100          |        |
//!      300-699 from TU    |        |  2xx from TU
//!      / send, G, H       v        v  / send, L, Success
//!             +-----------+        +----------+
//!    INVITE,G |           |        |          | INVITE / nothing
//!    / resend | Completed |        | Accepted | ACK / pass to TU, stop Success
//!             |           |        |          | 2xx from TU, Success / send
//!             +-----------+        +----------+
//!          ACK / I |   | H / timeout    | L / timeout if no ACK came
//!                  v   |                |
//!           +-----------+               |
//!           | Confirmed | ACK / nothing |
//!           +-----------+               |
//!                  | I |                |
//!                  v   v                v
//!                   Terminated <--------+
//! ```
//!
//! The timer named Success is the transaction user's duty to repeat a 2xx until its ACK, over reliable
//! transports too (RFC 3261 §13.3.1.4). Our choice: it is done here, for every transaction user alike.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::step::Step;
use super::timer::{Clock, TRYING, Timer, TimerTable};
use crate::message::StatusCode;

/// What an INVITE server transaction reacts to.
#[derive(Debug)]
pub(super) enum Input {
    /// The INVITE came again.
    Invite,
    /// An ACK for this INVITE came.
    Ack,
    /// The transaction user answers.
    Respond(StatusCode, Bytes),
    /// A timer fired.
    Expired(Timer),
}

#[derive(Debug)]
enum State {
    Proceeding(Proceeding),
    Completed(Completed),
    Accepted(Accepted),
    Confirmed,
    Terminated,
}

/// No final response yet.
#[derive(Debug)]
struct Proceeding {
    /// The 100 that goes out when the transaction user is slow.
    trying: Option<Bytes>,
    last_provisional: Option<Bytes>,
    cancelled: bool,
}

/// A response of 300 to 699 waits for its ACK.
#[derive(Debug)]
struct Completed {
    response: Bytes,
    interval: Duration,
}

/// A 2xx went out.
#[derive(Debug)]
struct Accepted {
    /// The 2xx that still waits for its ACK.
    unacknowledged: Option<Bytes>,
    interval: Duration,
}

/// An INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1).
#[derive(Debug)]
pub(super) struct InviteServerTransaction {
    timers: TimerTable,
    state: State,
}

impl InviteServerTransaction {
    /// A transaction for an INVITE that has just been received; `trying` is the 100 that answers it.
    pub(super) fn new(clock: Clock, trying: Option<Bytes>) -> Self {
        let mut timers = TimerTable::default();
        timers.set(Timer::Trying, clock.now + TRYING);
        Self { timers, state: State::Proceeding(Proceeding { trying, last_provisional: None, cancelled: false }) }
    }

    /// The earliest deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub(super) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    /// Whether a 2xx went out.
    pub(super) fn is_accepted(&self) -> bool {
        matches!(self.state, State::Accepted(_))
    }

    /// Marks the INVITE cancelled. Says whether that is news and still has an effect (RFC 3261 §9.2).
    pub(super) fn cancel(&mut self) -> bool {
        match &mut self.state {
            State::Proceeding(proceeding) => !std::mem::replace(&mut proceeding.cancelled, true),
            _ => false,
        }
    }

    /// The last provisional response sent.
    pub(super) fn last_provisional(&self) -> Option<&Bytes> {
        match &self.state {
            State::Proceeding(proceeding) => proceeding.last_provisional.as_ref(),
            _ => None,
        }
    }

    pub(super) fn handle(&mut self, clock: Clock, input: Input) -> Step {
        let timers = &mut self.timers;
        let (state, step) = match std::mem::replace(&mut self.state, State::Terminated) {
            State::Proceeding(state) => state.handle(clock, input, timers),
            State::Completed(state) => state.handle(clock, input, timers),
            State::Accepted(state) => state.handle(clock, input, timers),
            State::Confirmed => match input {
                Input::Expired(_) => (State::Terminated, Step::nothing()),
                _ => (State::Confirmed, Step::nothing()),
            },
            State::Terminated => (State::Terminated, Step::nothing()),
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

impl Proceeding {
    fn handle(mut self, clock: Clock, input: Input, timers: &mut TimerTable) -> (State, Step) {
        match input {
            Input::Invite => {
                let step = Step { transmit: self.last_provisional.clone(), inform: None };
                (State::Proceeding(self), step)
            }
            Input::Ack => (State::Proceeding(self), Step::nothing()),
            Input::Expired(_) => {
                self.last_provisional = self.trying.take();
                let step = Step { transmit: self.last_provisional.clone(), inform: None };
                (State::Proceeding(self), step)
            }
            Input::Respond(status, response) if status.is_provisional() => {
                timers.stop(Timer::Trying);
                self.last_provisional = Some(response.clone());
                (State::Proceeding(self), Step::transmit(response))
            }
            Input::Respond(status, response) => {
                timers.stop_all();
                let state = match status.is_success() {
                    true => State::Accepted(Accepted::enter(clock, response.clone(), timers)),
                    false => State::Completed(Completed::enter(clock, response.clone(), timers)),
                };
                (state, Step::transmit(response))
            }
        }
    }
}

impl Completed {
    fn enter(clock: Clock, response: Bytes, timers: &mut TimerTable) -> Self {
        let interval = clock.values.t1;
        timers.set(Timer::H, clock.transaction_timeout());
        if !clock.is_reliable() {
            timers.set(Timer::G, clock.now + interval);
        }
        Self { response, interval }
    }

    fn handle(mut self, clock: Clock, input: Input, timers: &mut TimerTable) -> (State, Step) {
        match input {
            Input::Ack => {
                timers.stop_all();
                if clock.is_reliable() {
                    return (State::Terminated, Step::nothing());
                }
                timers.set(Timer::I, clock.now + clock.values.t4);
                (State::Confirmed, Step::nothing())
            }
            Input::Expired(Timer::G) => {
                self.interval = clock.values.back_off(self.interval);
                timers.set(Timer::G, clock.now + self.interval);
                self.repeat()
            }
            Input::Expired(_) => {
                timers.stop_all();
                (State::Terminated, Step::timeout())
            }
            Input::Invite => self.repeat(),
            // A second final response is discarded (§17.2.1).
            Input::Respond(..) => (State::Completed(self), Step::nothing()),
        }
    }

    fn repeat(self) -> (State, Step) {
        let response = self.response.clone();
        (State::Completed(self), Step::transmit(response))
    }
}

impl Accepted {
    fn enter(clock: Clock, response: Bytes, timers: &mut TimerTable) -> Self {
        let interval = clock.values.t1;
        timers.set(Timer::L, clock.transaction_timeout());
        timers.set(Timer::Success, clock.now + interval);
        Self { unacknowledged: Some(response), interval }
    }

    fn handle(mut self, clock: Clock, input: Input, timers: &mut TimerTable) -> (State, Step) {
        match input {
            Input::Ack => {
                timers.stop(Timer::Success);
                self.unacknowledged = None;
                (State::Accepted(self), Step::pass())
            }
            Input::Expired(Timer::Success) => {
                self.interval = clock.values.back_off(self.interval);
                timers.set(Timer::Success, clock.now + self.interval);
                let step = Step { transmit: self.unacknowledged.clone(), inform: None };
                (State::Accepted(self), step)
            }
            Input::Expired(_) => {
                timers.stop_all();
                let acknowledged = self.unacknowledged.is_none();
                (State::Terminated, if acknowledged { Step::nothing() } else { Step::timeout() })
            }
            Input::Respond(status, response) if status.is_success() => {
                (State::Accepted(self), Step::transmit(response))
            }
            Input::Respond(..) | Input::Invite => (State::Accepted(self), Step::nothing()),
        }
    }
}
