//! The one flow of a phone: its state, its transactions, and the Via of what goes over it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use sip::message::{Message, Request, StatusCode};
use sip::transaction::{
    ClientKey, Event as TransactionEvent, Input, Output as TransactionOutput, ServerKey, TableLimits, TimerValues,
    TransactionLayer, Transport as Reliability,
};

use crate::context::Context;
use crate::event::{FlowId, Output};
use crate::target::{Target, Transport};

/// The flow of a phone.
#[derive(Default)]
pub(crate) struct Link {
    state: State,
    /// Counts flows, so that none has the name of another.
    flows: u64,
    pub(crate) outputs: VecDeque<Output>,
    events: VecDeque<TransactionEvent>,
}

#[derive(Default)]
enum State {
    #[default]
    Down,
    Opening(Target),
    Up(Box<Up>),
}

struct Up {
    target: Target,
    local: SocketAddr,
    layer: TransactionLayer,
    timer: Option<Instant>,
}

impl Link {
    fn flow(&self) -> FlowId {
        FlowId(self.flows)
    }

    /// Whether this is the flow in use.
    pub(crate) fn is(&self, flow: FlowId) -> bool {
        !matches!(self.state, State::Down) && flow == self.flow()
    }

    /// Asks for a new flow.
    pub(crate) fn connect(&mut self, target: Target) {
        self.flows += 1;
        self.state = State::Opening(target.clone());
        self.outputs.push_back(Output::Connect { flow: self.flow(), target });
    }

    /// The flow is up; says where to, unless it is not the one asked for last.
    pub(crate) fn connected(&mut self, flow: FlowId, local: SocketAddr, context: &Context) -> Option<Target> {
        let target = match &self.state {
            State::Opening(target) if flow == self.flow() => target.clone(),
            _ => return None,
        };
        let reliability = match target.transport {
            Transport::Udp => Reliability::Unreliable,
            Transport::Tls | Transport::Tcp => Reliability::Reliable,
        };
        let stack = context.config.stack;
        let values = TimerValues { t1: stack.t1, t2: stack.t2, ..TimerValues::default() };
        let layer = TransactionLayer::new(reliability, values, TableLimits::default());
        self.state = State::Up(Box::new(Up { target: target.clone(), local, layer, timer: None }));
        Some(target)
    }

    /// Asks for the end of the flow.
    pub(crate) fn disconnect(&mut self) {
        self.outputs.push_back(Output::Disconnect { flow: self.flow() });
    }

    /// The flow is gone, and its transactions with it.
    pub(crate) fn lost(&mut self, now: Instant) {
        self.handle(now, Input::TransportFailed);
        self.state = State::Down;
    }

    pub(crate) fn receive(&mut self, now: Instant, message: Message) {
        self.handle(now, Input::Receive(message));
    }

    /// Sends a request in a new transaction; says whether there is a flow for it.
    pub(crate) fn send(&mut self, now: Instant, key: ClientKey, request: &Request, context: &mut Context) -> bool {
        match self.with_via(request, context).and_then(|request| Request::parse(request).ok()) {
            Some(request) => {
                self.handle(now, Input::Send { key, request });
                true
            }
            None => false,
        }
    }

    /// Sends an ACK to a 2xx, which has no transaction (RFC 3261 §13.2.2.4).
    pub(crate) fn acknowledge(&mut self, ack: &Request, context: &mut Context) {
        if let Some(message) = self.with_via(ack, context) {
            self.outputs.push_back(Output::Transmit { flow: self.flow(), message });
        }
    }

    pub(crate) fn cancel(&mut self, now: Instant, key: ClientKey) {
        self.handle(now, Input::Cancel { invite: key });
    }

    pub(crate) fn respond(&mut self, now: Instant, transaction: ServerKey, status: StatusCode, response: Bytes) {
        self.handle(now, Input::Respond { transaction, status, response });
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        if let State::Up(up) = &mut self.state
            && up.timer.take_if(|at| *at <= now).is_some()
        {
            self.handle(now, Input::Timeout);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Up(up) => up.timer,
            State::Down | State::Opening(_) => None,
        }
    }

    /// What the transactions tell next.
    pub(crate) fn next_event(&mut self) -> Option<TransactionEvent> {
        self.events.pop_front()
    }

    fn handle(&mut self, now: Instant, input: Input) {
        let flow = self.flow();
        let State::Up(up) = &mut self.state else { return };
        up.layer.handle(now, input);
        while let Some(output) = up.layer.poll() {
            match output {
                TransactionOutput::Transmit(message) => self.outputs.push_back(Output::Transmit { flow, message }),
                TransactionOutput::SetTimer(at) => up.timer = Some(at),
                TransactionOutput::Event(event) => self.events.push_back(event),
            }
        }
    }

    /// The request with our Via on top, and a branch of its own.
    fn with_via(&self, request: &Request, context: &mut Context) -> Option<Bytes> {
        let State::Up(up) = &self.state else { return None };
        let branch = context.hexadecimal(8);
        let rport = if up.target.transport == Transport::Udp { ";rport" } else { "" };
        let via = format!("SIP/2.0/{} {};branch=z9hG4bK{branch}{rport}", up.target.transport.via_token(), up.local);
        request.edit().with_via(via).finish().ok()
    }
}
