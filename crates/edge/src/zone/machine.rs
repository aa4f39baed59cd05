//! Keeps a zone's connection (the vendor's "SIP status" of a neighbour zone).
//!
//! Our choice: OPTIONS every 30 seconds, and any response within 10 seconds shows a node that is alive, whatever its
//! status: what the node thinks of the request is between it and us. An OPTIONS that is not answered closes the
//! connection, and a new one is made.

use std::time::{Duration, Instant};

use super::{ConnectFailure, Zone, ZoneFailure, ZoneStatus};
use crate::back_off::BackOff;
use crate::flow::{CloseReason, FlowId};
use crate::key::Jitter;

const INTERVAL: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(10);

/// What a zone wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Connect,
    /// Send OPTIONS with this CSeq number.
    Options(FlowId, u32),
    Close(FlowId, CloseReason),
}

/// A zone, and what is known of its node.
#[derive(Debug)]
pub(crate) struct ZoneMachine {
    zone: Zone,
    state: State,
    status: ZoneStatus,
    back_off: BackOff,
    sequence: u32,
}

#[derive(Debug)]
enum State {
    /// Waiting to connect again.
    Waiting { until: Instant },
    /// The adapter connects.
    Connecting,
    /// Connected; OPTIONS was sent and is not answered yet.
    Asking { flow: FlowId, until: Instant },
    /// Connected; the last OPTIONS was answered.
    Resting { flow: FlowId, until: Instant },
}

impl ZoneMachine {
    /// A zone that connects at once.
    pub(crate) const fn new(zone: Zone) -> (Self, Action) {
        let (state, status) = (State::Connecting, ZoneStatus::Connecting);
        (Self { zone, state, status, back_off: BackOff::new(), sequence: 0 }, Action::Connect)
    }

    pub(crate) const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Takes what a refresh has changed of the zone and needs no other connection.
    pub(crate) fn set_zone(&mut self, zone: Zone) {
        self.zone = zone;
    }

    /// Connects now, if it waits to: what an administrator changed may be why it failed.
    pub(crate) fn hurry(&mut self) -> Option<Action> {
        if !matches!(self.state, State::Waiting { .. }) {
            return None;
        }
        self.state = State::Connecting;
        Some(Action::Connect)
    }

    pub(crate) const fn status(&self) -> &ZoneStatus {
        &self.status
    }

    /// The connection, if there is one.
    pub(crate) const fn flow(&self) -> Option<FlowId> {
        match self.state {
            State::Asking { flow, .. } | State::Resting { flow, .. } => Some(flow),
            State::Waiting { .. } | State::Connecting => None,
        }
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } | State::Asking { until, .. } | State::Resting { until, .. } => Some(until),
            State::Connecting => None,
        }
    }

    /// The connection is up. A second one replaces nothing.
    pub(crate) fn opened(&mut self, now: Instant, flow: FlowId) -> Action {
        if self.flow().is_some() {
            return Action::Close(flow, CloseReason::ZoneRemoved);
        }
        self.ask(now, flow)
    }

    /// No connection came of it. In TLS 1.3 the node's verdict on our certificate comes behind the handshake, and so this
    /// may come right after `closed`: then it says why.
    pub(crate) fn failed(&mut self, now: Instant, failure: ConnectFailure, jitter: &mut Jitter) {
        match (&self.state, &self.status) {
            (State::Connecting, _) => self.rest(now, ZoneFailure::Connect(failure), jitter),
            (State::Waiting { .. }, ZoneStatus::Failed(ZoneFailure::ConnectionLost)) => {
                self.status = ZoneStatus::Failed(ZoneFailure::Connect(failure));
            }
            _ => {}
        }
    }

    /// The connection has ended.
    pub(crate) fn closed(&mut self, now: Instant, jitter: &mut Jitter) {
        self.rest(now, ZoneFailure::ConnectionLost, jitter);
    }

    /// A response to our OPTIONS came.
    pub(crate) fn answered(&mut self, now: Instant, sequence: u32) {
        if let State::Asking { flow, .. } = self.state
            && sequence == self.sequence
        {
            self.state = State::Resting { flow, until: now + INTERVAL };
            self.status = ZoneStatus::Active;
            self.back_off.reset();
        }
    }

    pub(crate) fn timeout(&mut self, now: Instant, jitter: &mut Jitter) -> Option<Action> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.state {
            State::Waiting { .. } => {
                self.state = State::Connecting;
                Some(Action::Connect)
            }
            State::Resting { flow, .. } => Some(self.ask(now, flow)),
            State::Asking { flow, .. } => {
                self.rest(now, ZoneFailure::NoAnswer, jitter);
                Some(Action::Close(flow, CloseReason::NoAnswer))
            }
            State::Connecting => None,
        }
    }

    fn ask(&mut self, now: Instant, flow: FlowId) -> Action {
        self.sequence = if self.sequence >= (1 << 31) - 1 { 1 } else { self.sequence + 1 };
        self.state = State::Asking { flow, until: now + PATIENCE };
        Action::Options(flow, self.sequence)
    }

    /// The last reason stays in the status until the node answers again.
    fn rest(&mut self, now: Instant, failure: ZoneFailure, jitter: &mut Jitter) {
        self.status = ZoneStatus::Failed(failure);
        self.state = State::Waiting { until: now + self.back_off.next(jitter) };
    }
}
