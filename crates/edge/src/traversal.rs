//! C's end of the traversal link: C dials, pings every 15 seconds, and dials again (RFC 5626 §3.5.1, §4.5).

use std::time::{Duration, Instant};

use crate::back_off::BackOff;
use crate::flow::FlowId;
use crate::key::Jitter;

const PING: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_secs(40);

/// What the link wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Connect,
    Ping(FlowId),
    Close(FlowId),
}

/// The link to E.
#[derive(Debug)]
pub(crate) struct TraversalClient {
    state: State,
    back_off: BackOff,
}

#[derive(Debug)]
enum State {
    /// Nobody has asked for it yet.
    Off,
    Waiting {
        until: Instant,
    },
    Connecting,
    Up {
        flow: FlowId,
        heard_at: Instant,
        ping_at: Instant,
    },
}

impl TraversalClient {
    pub(crate) const fn new() -> Self {
        Self { state: State::Off, back_off: BackOff::new() }
    }

    /// Dials, if that has not been done, or waits to be done again: what an administrator changed may be why it failed.
    pub(crate) fn start(&mut self) -> Option<Action> {
        if !matches!(self.state, State::Off | State::Waiting { .. }) {
            return None;
        }
        self.state = State::Connecting;
        Some(Action::Connect)
    }

    pub(crate) const fn flow(&self) -> Option<FlowId> {
        match self.state {
            State::Up { flow, .. } => Some(flow),
            _ => None,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Up { heard_at, ping_at, .. } => Some(ping_at.min(heard_at + SILENCE)),
            State::Off | State::Connecting => None,
        }
    }

    /// The link is up; `false`: there is one already.
    pub(crate) fn opened(&mut self, now: Instant, flow: FlowId) -> bool {
        if self.flow().is_some() {
            return false;
        }
        self.state = State::Up { flow, heard_at: now, ping_at: now + PING };
        true
    }

    /// Something came. Only then was the dialling worth it: a peer that closes at once is not dialled faster for it.
    pub(crate) fn heard(&mut self, now: Instant) {
        if let State::Up { heard_at, .. } = &mut self.state {
            *heard_at = now;
            self.back_off.reset();
        }
    }

    pub(crate) fn lost(&mut self, now: Instant, jitter: &mut Jitter) {
        self.state = State::Waiting { until: now + self.back_off.next(jitter) };
    }

    pub(crate) fn timeout(&mut self, now: Instant, jitter: &mut Jitter) -> Option<Action> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match &mut self.state {
            State::Waiting { .. } => {
                self.state = State::Connecting;
                Some(Action::Connect)
            }
            State::Up { flow, heard_at, .. } if *heard_at + SILENCE <= now => {
                let flow = *flow;
                self.lost(now, jitter);
                Some(Action::Close(flow))
            }
            State::Up { flow, ping_at, .. } => {
                *ping_at = now + PING;
                Some(Action::Ping(*flow))
            }
            State::Off | State::Connecting => None,
        }
    }
}
