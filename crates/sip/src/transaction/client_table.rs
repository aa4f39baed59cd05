//! The client transactions of a flow, and the CANCEL of an INVITE (RFC 3261 §9.1).

use std::collections::{HashMap, hash_map};
use std::time::Instant;

use super::effects::{Effects, Owner, Place};
use super::event::{ClientKey, Event};
use super::invite_client::{self, InviteClientTransaction};
use super::matching::{BranchKey, Matching, Table};
use super::non_invite_client::{self, NonInviteClientTransaction};
use super::step::{Inform, Step};
use super::timer::Clock;
use super::{ack, cancel};
use crate::message::{Method, Request, Response};

#[derive(Debug)]
enum Machine {
    Invite(Box<Invite>),
    NonInvite(NonInviteClientTransaction),
}

/// An INVITE and what its ACK and CANCEL are made from.
#[derive(Debug)]
struct Invite {
    machine: InviteClientTransaction,
    request: Request,
    cancel: Cancel,
}

/// How far the CANCEL of an INVITE is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cancel {
    Unwanted,
    /// It waits for the first provisional response (RFC 3261 §9.1).
    Wanted,
    Sent,
}

#[derive(Debug)]
struct Entry {
    /// The transaction user's name for it; a CANCEL is the layer's own and has none.
    key: Option<ClientKey>,
    machine: Machine,
    place: Place,
}

/// The client transactions of one flow.
#[derive(Debug)]
pub(super) struct ClientTable {
    limit: usize,
    entries: Table<BranchKey, Entry>,
    keys: HashMap<ClientKey, BranchKey>,
}

impl ClientTable {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, entries: Table::default(), keys: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn send(
        &mut self,
        clock: Clock,
        key: ClientKey,
        request: Request,
        matching: &Matching,
        effects: &mut Effects,
    ) {
        match matching.client(&request) {
            Some(branch) if self.entries.len() < self.limit && !self.entries.contains_key(&branch) => {
                self.disown(clock, key, matching, effects);
                self.keys.insert(key, branch);
                self.begin(clock, Some(key), branch, request, effects);
            }
            _ => effects.tell(Event::TransportError { transaction: key }),
        }
    }

    /// The name goes to another transaction: the user hears no more of this one, so its INVITE is given up.
    fn disown(&mut self, clock: Clock, key: ClientKey, matching: &Matching, effects: &mut Effects) {
        self.cancel(clock, key, matching, effects);
        if let Some(entry) = self.keys.remove(&key).and_then(|branch| self.entries.get_mut(&branch)) {
            entry.key = None;
        }
    }

    fn begin(
        &mut self,
        clock: Clock,
        key: Option<ClientKey>,
        branch: BranchKey,
        request: Request,
        effects: &mut Effects,
    ) {
        let bytes = request.as_bytes().clone();
        let (machine, step) = match request.method() {
            Method::Invite => {
                let (machine, step) = InviteClientTransaction::new(clock, bytes);
                (Machine::Invite(Box::new(Invite { machine, request, cancel: Cancel::Unwanted })), step)
            }
            _ => {
                let (machine, step) = NonInviteClientTransaction::new(clock, bytes);
                (Machine::NonInvite(machine), step)
            }
        };
        let mut entry = Entry { key, machine, place: effects.place() };
        effects.settle(&mut entry.place, entry.machine.deadline(), Owner::Client(branch));
        self.entries.insert(branch, entry);
        if let Some(message) = step.transmit {
            effects.transmit(message);
        }
    }

    pub(super) fn receive(&mut self, clock: Clock, response: Response, matching: &Matching, effects: &mut Effects) {
        // RFC 3261 §8.1.3.3: a response with a second Via was misrouted.
        let is_ours = response.headers().vias().count() == 1;
        let branch = matching.response(&response).filter(|branch| is_ours && self.entries.contains_key(branch));
        let Some(branch) = branch else {
            return effects.tell(Event::StrayResponse);
        };
        let step = self.run(branch, |machine| machine.respond(clock, &response));
        self.conclude(branch, step, Some(response), effects);
        if self.cancel_state(branch) == Some(Cancel::Wanted) {
            self.try_cancel(clock, branch, matching, effects);
        }
    }

    pub(super) fn cancel(&mut self, clock: Clock, key: ClientKey, matching: &Matching, effects: &mut Effects) {
        let Some(branch) = self.keys.get(&key).copied() else { return };
        if self.cancel_state(branch) == Some(Cancel::Unwanted) {
            self.try_cancel(clock, branch, matching, effects);
        }
    }

    fn cancel_state(&self, branch: BranchKey) -> Option<Cancel> {
        match &self.entries.get(&branch)?.machine {
            Machine::Invite(invite) => Some(invite.cancel),
            Machine::NonInvite(_) => None,
        }
    }

    /// Sends the CANCEL if a provisional response allows it, or keeps the wish.
    fn try_cancel(&mut self, clock: Clock, branch: BranchKey, matching: &Matching, effects: &mut Effects) {
        let Some(Entry { machine: Machine::Invite(invite), place, .. }) = self.entries.get_mut(&branch) else { return };
        invite.cancel = Cancel::Wanted;
        if !invite.machine.is_proceeding() {
            return;
        }
        invite.cancel = Cancel::Sent;
        let step = invite.machine.handle(clock, invite_client::Input::Cancelled);
        debug_assert_eq!(step, Step::nothing());
        effects.settle(place, invite.machine.deadline(), Owner::Client(branch));
        let Some(cancel) = cancel::for_invite(&invite.request) else { return };
        if let Some(branch) = matching.client(&cancel) {
            self.begin(clock, None, branch, cancel, effects);
        }
    }

    pub(super) fn timeout(&mut self, clock: Clock, branch: BranchKey, effects: &mut Effects) {
        let step = self.run(branch, |machine| machine.timeout(clock));
        self.conclude(branch, step, None, effects);
    }

    fn run(&mut self, branch: BranchKey, input: impl FnOnce(&mut Machine) -> Step) -> Step {
        match self.entries.get_mut(&branch) {
            Some(entry) => input(&mut entry.machine),
            None => Step::nothing(),
        }
    }

    /// Puts a step into effect, and forgets the transaction when it is done.
    fn conclude(&mut self, branch: BranchKey, step: Step, response: Option<Response>, effects: &mut Effects) {
        let hash_map::Entry::Occupied(mut slot) = self.entries.entry(branch) else { return };
        let entry = slot.get_mut();
        if let Some(message) = step.transmit {
            effects.transmit(message);
        }
        let name = entry.key;
        match (name, step.inform, response) {
            (Some(transaction), Some(Inform::Message), Some(response)) => {
                effects.tell(Event::Response { transaction, response });
            }
            (Some(transaction), Some(Inform::Timeout), _) => effects.tell(Event::Timeout { transaction }),
            _ => {}
        }
        if !entry.machine.is_terminated() {
            return effects.settle(&mut entry.place, entry.machine.deadline(), Owner::Client(branch));
        }
        effects.leave(&mut slot.remove().place);
        let Some(transaction) = name else { return };
        self.keys.remove(&transaction);
        if step.inform != Some(Inform::Timeout) {
            effects.tell(Event::Terminated { transaction });
        }
    }

    /// The flow is gone: each transaction fails, in the order they began.
    pub(super) fn fail(&mut self, effects: &mut Effects) {
        let mut entries: Vec<Entry> = self.entries.drain().map(|(_, entry)| entry).collect();
        entries.sort_unstable_by_key(|entry| entry.place.sequence());
        for mut entry in entries {
            effects.leave(&mut entry.place);
            if let Some(transaction) = entry.key {
                effects.tell(Event::TransportError { transaction });
            }
        }
        self.keys.clear();
    }
}

impl Machine {
    fn respond(&mut self, clock: Clock, response: &Response) -> Step {
        let status = response.status();
        match self {
            Self::Invite(invite) => {
                let is_refusal = status.is_final() && !status.is_success();
                let ack = if is_refusal { ack::to_refusal(&invite.request, response) } else { None };
                invite.machine.handle(clock, invite_client::Input::Response(status, ack))
            }
            Self::NonInvite(machine) => machine.handle(clock, non_invite_client::Input::Response(status)),
        }
    }

    fn timeout(&mut self, clock: Clock) -> Step {
        match self {
            Self::Invite(invite) => invite.machine.timeout(clock),
            Self::NonInvite(machine) => machine.timeout(clock),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Invite(invite) => invite.machine.deadline(),
            Self::NonInvite(machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(invite) => invite.machine.is_terminated(),
            Self::NonInvite(machine) => machine.is_terminated(),
        }
    }
}
