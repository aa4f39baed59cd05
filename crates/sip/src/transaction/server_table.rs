//! The server transactions of a flow, and what holds between them: CANCEL (RFC 3261 §9.2), merged requests
//! (§8.2.2.2), the ACK to a 2xx (§13.3.1.4) and the bound.
//!
//! Our choice: over a reliable transport only INVITEs are watched for merged copies. Any other transaction ends
//! there with its answer, so a copy rarely finds it, and the hot path saves three header fields.

use std::collections::hash_map;
use std::time::Instant;

use bytes::Bytes;

use super::effects::{Effects, Owner, Place};
use super::event::{Event, Refusal, ServerKey};
use super::invite_server::{self, InviteServerTransaction};
use super::matching::{Matching, RequestKey, Table};
use super::non_invite_server::{self, NonInviteServerTransaction};
use super::refusal;
use super::step::{Inform, Step};
use super::timer::Clock;
use crate::message::{Method, Request, StatusCode};

#[derive(Debug)]
enum Machine {
    Invite(Box<InviteServerTransaction>),
    NonInvite(NonInviteServerTransaction),
}

#[derive(Debug)]
struct Entry {
    machine: Machine,
    request: Option<RequestKey>,
    place: Place,
}

impl Machine {
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Invite(machine) => machine.deadline(),
            Self::NonInvite(machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::NonInvite(machine) => machine.is_terminated(),
        }
    }

    fn failure(&self, key: ServerKey) -> Event {
        match self {
            Self::Invite(_) => Event::Unacknowledged { invite: key },
            Self::NonInvite(_) => Event::Unanswered { transaction: key },
        }
    }
}

/// The server transactions of one flow.
#[derive(Debug)]
pub(super) struct ServerTable {
    limit: usize,
    entries: Table<ServerKey, Entry>,
    /// The transactions that a merged request or an ACK may look for.
    requests: Table<RequestKey, ServerKey>,
}

impl ServerTable {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, entries: Table::default(), requests: Table::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn receive(&mut self, clock: Clock, request: Request, matching: &Matching, effects: &mut Effects) {
        let Some(key) = matching.server(&request) else {
            return refusal::refuse(request, Refusal::Unidentifiable, matching, effects);
        };
        match request.method() {
            Method::Ack => self.acknowledge(clock, key, request, matching, effects),
            Method::Cancel => self.cancel(request, matching, effects),
            _ if self.entries.contains_key(&key) => self.again(clock, key, effects),
            _ => match self.admit(clock, &request, key, matching) {
                Ok(identity) => self.begin(clock, key, identity, request, matching, effects),
                Err(why) => refusal::refuse(request, why, matching, effects),
            },
        }
    }

    /// A retransmission: the machine answers as it did before.
    fn again(&mut self, clock: Clock, key: ServerKey, effects: &mut Effects) {
        self.step(key, effects, |machine| match machine {
            Machine::Invite(machine) => machine.handle(clock, invite_server::Input::Invite),
            Machine::NonInvite(machine) => machine.handle(clock, non_invite_server::Input::Request),
        });
    }

    /// Whether a new transaction may begin, and under which identity others will look for it.
    fn admit(
        &self,
        clock: Clock,
        request: &Request,
        key: ServerKey,
        matching: &Matching,
    ) -> Result<Option<RequestKey>, Refusal> {
        if self.entries.len() >= self.limit {
            return Err(Refusal::Overload);
        }
        let is_invite = *request.method() == Method::Invite;
        if clock.is_reliable() && !is_invite {
            return Ok(None);
        }
        let to = request.headers().to().map_err(|_| Refusal::Unidentifiable)?;
        let identity = matching.request(request, request.method()).ok_or(Refusal::Unidentifiable)?;
        // RFC 3261 §8.2.2.2: only a request without a To tag can be a merged one.
        match self.requests.get(&identity) {
            Some(other) if to.tag().is_none() && *other != key => Err(Refusal::Merged),
            _ => Ok(Some(identity)),
        }
    }

    fn begin(
        &mut self,
        clock: Clock,
        key: ServerKey,
        identity: Option<RequestKey>,
        request: Request,
        matching: &Matching,
        effects: &mut Effects,
    ) {
        let machine = match request.method() {
            Method::Invite => {
                let trying = refusal::answer(&request, StatusCode::TRYING, matching);
                Machine::Invite(Box::new(InviteServerTransaction::new(clock, trying)))
            }
            _ => Machine::NonInvite(NonInviteServerTransaction::new(clock)),
        };
        if let Some(identity) = identity {
            self.requests.insert(identity, key);
        }
        let mut entry = Entry { machine, request: identity, place: effects.place() };
        effects.settle(&mut entry.place, entry.machine.deadline(), Owner::Server(key));
        self.entries.insert(key, entry);
        effects.tell(Event::Request { transaction: key, request });
    }

    fn acknowledge(&mut self, clock: Clock, key: ServerKey, ack: Request, matching: &Matching, effects: &mut Effects) {
        let invite = if self.entries.contains_key(&key) { Some(key) } else { self.accepted(&ack, matching) };
        let Some(invite) = invite else {
            return effects.tell(Event::Ack { invite: None, request: ack });
        };
        let inform = self.step(invite, effects, |machine| match machine {
            Machine::Invite(machine) => machine.handle(clock, invite_server::Input::Ack),
            Machine::NonInvite(_) => Step::nothing(),
        });
        if inform == Some(Inform::Message) {
            effects.tell(Event::Ack { invite: Some(invite), request: ack });
        }
    }

    /// The transaction whose 2xx this ACK answers: that ACK has a branch of its own.
    fn accepted(&self, ack: &Request, matching: &Matching) -> Option<ServerKey> {
        let key = self.requests.get(&matching.request(ack, &Method::Invite)?)?;
        match &self.entries.get(key)?.machine {
            Machine::Invite(machine) if machine.is_accepted() => Some(*key),
            _ => None,
        }
    }

    fn cancel(&mut self, cancel: Request, matching: &Matching, effects: &mut Effects) {
        let invite = matching.cancelled(&cancel);
        let entry = invite.and_then(|key| Some((key, self.entries.get_mut(&key)?)));
        let Some((invite, Entry { machine: Machine::Invite(machine), .. })) = entry else {
            return refusal::refuse(cancel, Refusal::NoSuchInvite, matching, effects);
        };
        if let Some(response) = refusal::cancelled(&cancel, machine.last_provisional(), matching) {
            effects.transmit(response);
        }
        if machine.cancel() {
            effects.tell(Event::Cancel { invite, request: cancel });
        }
    }

    pub(super) fn respond(
        &mut self,
        clock: Clock,
        key: ServerKey,
        status: StatusCode,
        response: Bytes,
        effects: &mut Effects,
    ) {
        self.step(key, effects, |machine| match machine {
            Machine::Invite(machine) => machine.handle(clock, invite_server::Input::Respond(status, response)),
            Machine::NonInvite(machine) => machine.handle(clock, non_invite_server::Input::Respond(status, response)),
        });
    }

    pub(super) fn timeout(&mut self, clock: Clock, key: ServerKey, effects: &mut Effects) {
        self.step(key, effects, |machine| match machine {
            Machine::Invite(machine) => machine.timeout(clock),
            Machine::NonInvite(machine) => machine.timeout(clock),
        });
    }

    /// Runs one machine, puts what it wants into effect, and forgets it when it is done.
    fn step(
        &mut self,
        key: ServerKey,
        effects: &mut Effects,
        run: impl FnOnce(&mut Machine) -> Step,
    ) -> Option<Inform> {
        let hash_map::Entry::Occupied(mut slot) = self.entries.entry(key) else { return None };
        let entry = slot.get_mut();
        let Step { transmit, inform } = run(&mut entry.machine);
        if let Some(message) = transmit {
            effects.transmit(message);
        }
        if inform == Some(Inform::Timeout) {
            effects.tell(entry.machine.failure(key));
        }
        if !entry.machine.is_terminated() {
            effects.settle(&mut entry.place, entry.machine.deadline(), Owner::Server(key));
            return inform;
        }
        let mut entry = slot.remove();
        effects.leave(&mut entry.place);
        if let Some(identity) = entry.request {
            self.forget(identity, key);
        }
        inform
    }

    fn forget(&mut self, identity: RequestKey, key: ServerKey) {
        if let hash_map::Entry::Occupied(slot) = self.requests.entry(identity)
            && *slot.get() == key
        {
            slot.remove();
        }
    }

    /// The flow is gone: there is nobody left to answer.
    pub(super) fn clear(&mut self, effects: &mut Effects) {
        for (_, mut entry) in self.entries.drain() {
            effects.leave(&mut entry.place);
        }
        self.requests.clear();
    }
}
