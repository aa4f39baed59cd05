//! The transaction layer of one flow (RFC 3261 §17).
//!
//! The way of a request that is answered at once over a reliable transport is the way of every REGISTER
//! refresh: its transaction is named, entered and removed, and leaves nothing behind. The timer that guards it
//! is announced only when the outputs are drained with the request still open.

use std::time::Instant;

use super::client_table::ClientTable;
use super::effects::{Effects, Owner};
use super::event::{Input, Output};
use super::matching::Matching;
use super::server_table::ServerTable;
use super::timer::{Clock, TimerValues, Transport};
use crate::message::Message;

/// How many transactions a flow may have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableLimits {
    /// Server transactions; one more request is answered 503.
    pub server: usize,
    /// Client transactions; one more request of ours is a transport error.
    pub client: usize,
}

impl Default for TableLimits {
    /// A phone has a handful open. An edge that carries many phones over one flow wants more.
    fn default() -> Self {
        Self { server: 128, client: 128 }
    }
}

/// The transactions of one flow.
///
/// Give it what happens with [`handle`](Self::handle), then take what it wants with [`poll`](Self::poll) until
/// that yields `None`. The transaction user may answer an event before it polls on.
#[derive(Debug)]
pub struct TransactionLayer {
    transport: Transport,
    values: TimerValues,
    matching: Matching,
    servers: ServerTable,
    clients: ClientTable,
    effects: Effects,
}

impl TransactionLayer {
    /// A layer without transactions.
    pub fn new(transport: Transport, values: TimerValues, limits: TableLimits) -> Self {
        Self {
            transport,
            values,
            matching: Matching::default(),
            servers: ServerTable::new(limits.server),
            clients: ClientTable::new(limits.client),
            effects: Effects::default(),
        }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let clock = Clock { now, transport: self.transport, values: self.values };
        let (matching, effects) = (&self.matching, &mut self.effects);
        match input {
            Input::Receive(Message::Request(request)) => self.servers.receive(clock, request, matching, effects),
            Input::Receive(Message::Response(response)) => self.clients.receive(clock, response, matching, effects),
            Input::Send { key, request } => self.clients.send(clock, key, request, matching, effects),
            Input::Respond { transaction, status, response } => {
                self.servers.respond(clock, transaction, status, response, effects);
            }
            Input::Cancel { invite } => self.clients.cancel(clock, invite, matching, effects),
            Input::Timeout => self.timeout(clock),
            Input::TransportFailed => {
                self.servers.clear(effects);
                self.clients.fail(effects);
            }
        }
    }

    fn timeout(&mut self, clock: Clock) {
        self.effects.timer_fired();
        while let Some(owner) = self.effects.due(clock.now) {
            match owner {
                Owner::Client(branch) => self.clients.timeout(clock, branch, &mut self.effects),
                Owner::Server(key) => self.servers.timeout(clock, key, &mut self.effects),
            }
        }
    }

    /// The next thing it wants.
    pub fn poll(&mut self) -> Option<Output> {
        self.effects.poll()
    }

    /// How many server transactions are open.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// How many client transactions are open.
    pub fn clients(&self) -> usize {
        self.clients.len()
    }
}
