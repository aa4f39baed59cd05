//! Which call a dialog or transaction of this flow belongs to, and the carrying out of what calls command.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use directory::DeviceName;
use sip::message::{Method, Request, Response, StatusCode};
use sip::transaction::{self, ClientKey, ServerKey};

use crate::flow::{
    CallKey, CallLeg, ClientTransactionId, DialogKey, FlowCommand, FlowEvent, LegId, Listener, OutgoingRequest,
};
use crate::node_view::{NodeView, Now};
use crate::registrar::{Binding, UnregistrationReason};
use crate::station::refusal::Reason;
use crate::station::{Event, Output, Station};

/// The calls of a flow. Made with the first, gone with the last.
#[derive(Debug, Default)]
pub(super) struct Calls {
    dialogs: HashMap<DialogKey, Owner>,
    /// INVITEs that were received: until the final response that is no 2xx, or the ACK to the 2xx.
    invites: HashMap<ServerKey, Owner>,
    requests: HashMap<ClientKey, Sent>,
    /// The same by the name that the call has for them.
    sent: HashMap<(CallLeg, ClientTransactionId), ClientKey>,
    /// How many dialogs and INVITEs each device has.
    loads: HashMap<DeviceName, usize>,
    count: u64,
}

/// Whose a dialog or an INVITE is.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    /// The leg of the call.
    pub(super) leg: CallLeg,
    /// The device of the leg.
    pub(super) device: DeviceName,
}

/// A request that a call sent.
#[derive(Debug, Clone)]
struct Sent {
    from: CallLeg,
    transaction: ClientTransactionId,
    /// On the flow of an edge: the device, and the registration by which it is reached.
    client: Option<(DeviceName, Option<Arc<Binding>>)>,
}

impl Calls {
    /// Each leg that this flow serves, once.
    pub(super) fn legs(&self) -> Vec<CallLeg> {
        let owned = self.dialogs.values().chain(self.invites.values()).map(|owner| owner.leg);
        let sent = self.requests.values().map(|sent| sent.from);
        once_each(owned.chain(sent).collect())
    }

    /// Whose a dialog is.
    pub(super) fn owner(&self, call_id: &[u8], local_tag: &[u8]) -> Option<&Owner> {
        let key = DialogKey { call_id: Bytes::copy_from_slice(call_id), local_tag: Bytes::copy_from_slice(local_tag) };
        self.dialogs.get(&key)
    }

    /// How many dialogs and unanswered INVITEs there are.
    pub(super) fn len(&self) -> usize {
        self.dialogs.len() + self.invites.len()
    }

    /// The same of one device.
    pub(super) fn load(&self, device: &DeviceName) -> usize {
        self.loads.get(device).copied().unwrap_or_default()
    }

    /// Notes an INVITE that begins a call or comes inside one.
    pub(super) fn invited(&mut self, transaction: ServerKey, leg: CallLeg, device: DeviceName) {
        self.count_in(&device);
        let replaced = self.invites.insert(transaction, Owner { leg, device });
        self.count_out(replaced);
    }

    /// The INVITE wants nothing more.
    fn invite_over(&mut self, transaction: ServerKey) -> Option<CallLeg> {
        let over = self.invites.remove(&transaction);
        let leg = over.as_ref().map(|owner| owner.leg);
        self.count_out(over);
        leg
    }

    fn adopt(&mut self, dialog: DialogKey, leg: CallLeg, device: DeviceName) {
        self.count_in(&device);
        let replaced = self.dialogs.insert(dialog, Owner { leg, device });
        self.count_out(replaced);
    }

    fn forget(&mut self, dialog: &DialogKey) {
        let forgotten = self.dialogs.remove(dialog);
        self.count_out(forgotten);
    }

    /// Takes the dialogs of a device away, and says what is left of them.
    fn abandon(&mut self, device: &DeviceName) -> Abandoned {
        let lost: Vec<DialogKey> =
            self.dialogs.iter().filter(|(_, owner)| owner.device == *device).map(|(key, _)| key.clone()).collect();
        let mut legs = Vec::with_capacity(lost.len());
        for dialog in lost {
            legs.extend(self.dialogs.get(&dialog).map(|owner| owner.leg));
            self.forget(&dialog);
        }
        let legs = once_each(legs);
        let is_lost = |sent: &Sent| legs.binary_search_by_key(&order(&sent.from), order).is_ok();
        let requests = self.requests.iter().filter(|(_, sent)| is_lost(sent)).map(|(key, _)| *key).collect();
        let of_device = self.invites.iter().filter(|(_, owner)| owner.device == *device);
        let invites = of_device.map(|(key, owner)| (*key, owner.leg)).collect();
        Abandoned { legs, invites, requests }
    }

    fn sent(&mut self, sent: Sent) -> ClientKey {
        self.count += 1;
        let key = ClientKey(self.count);
        self.sent.insert((sent.from, sent.transaction), key);
        self.requests.insert(key, sent);
        key
    }

    fn answered_finally(&mut self, key: ClientKey) -> Option<Sent> {
        let sent = self.requests.remove(&key)?;
        self.sent.remove(&(sent.from, sent.transaction));
        Some(sent)
    }

    fn count_in(&mut self, device: &DeviceName) {
        *self.loads.entry(device.clone()).or_default() += 1;
    }

    fn count_out(&mut self, owner: Option<Owner>) {
        let Some(Owner { device, .. }) = owner else { return };
        match self.loads.get_mut(&device) {
            Some(load) if *load > 1 => *load -= 1,
            _ => {
                self.loads.remove(&device);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dialogs.is_empty() && self.invites.is_empty() && self.requests.is_empty()
    }
}

/// What was under way with a device that is gone.
struct Abandoned {
    /// The legs of its dialogs.
    legs: Vec<CallLeg>,
    /// Its INVITEs that wait for an answer, or for the ACK to it.
    invites: Vec<(ServerKey, CallLeg)>,
    /// The requests to it that have no final response.
    requests: Vec<ClientKey>,
}

fn order(leg: &CallLeg) -> (CallKey, LegId) {
    (leg.call, leg.leg)
}

fn once_each(mut legs: Vec<CallLeg>) -> Vec<CallLeg> {
    legs.sort_by_key(order);
    legs.dedup();
    legs
}

impl Station {
    /// Carries out what a call wants.
    pub(super) fn command(&mut self, now: Now, view: &impl NodeView, command: FlowCommand) {
        if self.is_closed {
            return self.too_late(command);
        }
        match command {
            FlowCommand::SendRequest { from, device, transaction, request } => {
                self.send_request(now, view, (from, device), transaction, &request);
            }
            FlowCommand::Respond { transaction, status, response } => {
                if status.is_final()
                    && !status.is_success()
                    && let Some(calls) = &mut self.calls
                {
                    calls.invite_over(transaction);
                }
                let input = transaction::Input::Respond { transaction, status, response };
                self.transactions.handle(now.monotonic, input);
            }
            FlowCommand::Acknowledge { request } => {
                let branch = self.tags.branch(view);
                if let Some(message) = with_via(&request, &self.flow, &branch) {
                    self.outputs.push_back(Output::Transmit(message));
                }
            }
            FlowCommand::Cancel { from, transaction } => {
                if let Some(&invite) = self.calls.as_ref().and_then(|calls| calls.sent.get(&(from, transaction))) {
                    self.transactions.handle(now.monotonic, transaction::Input::Cancel { invite });
                }
            }
            FlowCommand::Adopt { dialog, leg, device } => {
                self.calls.get_or_insert_default().adopt(dialog, leg, device);
            }
            FlowCommand::Forget { dialog } => {
                if let Some(calls) = &mut self.calls {
                    calls.forget(&dialog);
                }
            }
        }
        self.drain(now, view);
    }

    /// The flow closed before the command came: the call must hear of it, for this is a leg that was not known then.
    fn too_late(&mut self, command: FlowCommand) {
        let (leg, event) = match command {
            FlowCommand::SendRequest { from, transaction, .. } => {
                (from, FlowEvent::TransportFailed { leg: from.leg, transaction })
            }
            FlowCommand::Adopt { leg, .. } => (leg, FlowEvent::FlowClosed { flow: self.flow.id, leg: leg.leg }),
            _ => return,
        };
        self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
    }

    fn send_request(
        &mut self,
        now: Now,
        view: &impl NodeView,
        (from, device): (CallLeg, DeviceName),
        transaction: ClientTransactionId,
        request: &OutgoingRequest,
    ) {
        let branch = self.tags.branch(view);
        let parsed = with_via(request, &self.flow, &branch).and_then(|message| Request::parse(message).ok());
        let dialog = parsed.as_ref().and_then(dialog_of_ours);
        let (Some(parsed), false) = (parsed, self.is_closing) else {
            let event = FlowEvent::TransportFailed { leg: from.leg, transaction };
            self.outputs.push_back(Output::ToCall(from.call, Box::new(event)));
            return;
        };
        let client = (self.flow.listener == Listener::MraOAuth).then(|| {
            let registration = self.registrations.get(device.as_str());
            (device.clone(), registration.map(|registration| Arc::clone(&registration.binding)))
        });
        let calls = self.calls.get_or_insert_default();
        if let (Method::Invite, Some(dialog)) = (parsed.method(), dialog) {
            calls.adopt(dialog, from, device);
        }
        let key = calls.sent(Sent { from, transaction, client });
        self.transactions.handle(now.monotonic, transaction::Input::Send { key, request: parsed });
    }

    /// Takes what the transaction layer tells its user.
    pub(super) fn transaction_event(&mut self, now: Now, view: &impl NodeView, event: transaction::Event) {
        match event {
            transaction::Event::Request { transaction, request } => self.request(now, view, transaction, request),
            transaction::Event::Cancel { invite, .. } => {
                if let Some(leg) =
                    self.calls.as_ref().and_then(|calls| calls.invites.get(&invite)).map(|owner| owner.leg)
                {
                    let event = FlowEvent::Cancelled { leg: leg.leg, transaction: invite };
                    self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
                }
            }
            transaction::Event::Ack { invite, request } => self.acknowledged(invite, request),
            transaction::Event::Response { transaction, response } => {
                if response.status() == StatusCode::FLOW_FAILED {
                    self.flow_failed(now, view, transaction);
                }
                self.answered(transaction, response);
            }
            transaction::Event::Timeout { transaction } => {
                self.failed(transaction, |leg, transaction| FlowEvent::Timeout { leg, transaction });
            }
            transaction::Event::TransportError { transaction } => {
                self.failed(transaction, |leg, transaction| FlowEvent::TransportFailed { leg, transaction });
            }
            transaction::Event::Terminated { transaction } => {
                if let Some(calls) = &mut self.calls {
                    calls.answered_finally(transaction);
                }
            }
            transaction::Event::Unacknowledged { invite } => {
                if let Some(leg) = self.calls.as_mut().and_then(|calls| calls.invite_over(invite)) {
                    let event = FlowEvent::ResponseFailed { leg: leg.leg, transaction: invite };
                    self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
                }
            }
            // The call hears of it when its own answer is late; the peer has its 408 already.
            transaction::Event::Unanswered { .. } => {}
            transaction::Event::StrayResponse => self.outputs.push_back(Output::Event(Event::StrayResponse)),
            transaction::Event::Refused { request, refusal } => {
                let reason = Reason::Transaction(refusal);
                self.refused((now, view), &request, reason.transaction_status(), reason, None, None);
            }
        }
    }

    fn acknowledged(&mut self, invite: Option<ServerKey>, request: Request) {
        let Some(calls) = &mut self.calls else { return };
        if let Some(invite) = invite {
            calls.invite_over(invite);
        }
        let headers = request.headers();
        let (Ok(call_id), Ok(to)) = (headers.call_id(), headers.to()) else { return };
        let Some(Owner { leg, device }) = calls.owner(call_id, to.tag().unwrap_or_default()).cloned() else { return };
        // No answer goes to an ACK: one that comes from another client of the edge is as good as lost.
        let registration = self.registrations.get(device.as_str());
        if registration.is_none_or(|known| self.is_client_of(&request, &known.binding)) {
            let event = FlowEvent::Ack { leg: leg.leg, request };
            self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
        }
    }

    /// The edge says that the device's flow to it is gone: so is the binding (RFC 5626 §7). Without this the node would learn of it
    /// when the registration is not refreshed.
    fn flow_failed(&mut self, now: Now, view: &impl NodeView, transaction: ClientKey) {
        let sent = self.calls.as_ref().and_then(|calls| calls.requests.get(&transaction));
        match sent.and_then(|sent| sent.client.clone()) {
            Some((_, Some(binding))) => self.end(now, view, &binding, UnregistrationReason::ConnectivityError),
            // Its calls outlived the registration; the flow they do not.
            Some((device, None)) if self.registrations.get(device.as_str()).is_none() => {
                self.abandon_calls(now, view, &device);
            }
            _ => {}
        }
    }

    fn answered(&mut self, transaction: ClientKey, response: Response) {
        let sent = self.calls.as_ref().and_then(|calls| calls.requests.get(&transaction)).cloned();
        if let Some(Sent { from, transaction, .. }) = sent {
            let event = FlowEvent::Response { leg: from.leg, transaction, response };
            self.outputs.push_back(Output::ToCall(from.call, Box::new(event)));
        }
    }

    fn failed(&mut self, transaction: ClientKey, event: impl FnOnce(LegId, ClientTransactionId) -> FlowEvent) {
        if let Some(sent) = self.calls.as_mut().and_then(|calls| calls.answered_finally(transaction)) {
            self.outputs.push_back(Output::ToCall(sent.from.call, Box::new(event(sent.from.leg, sent.transaction))));
        }
    }

    /// A device is no longer behind this flow, which stays open: its calls hear what they would if the flow had closed.
    pub(super) fn abandon_calls(&mut self, now: Now, view: &impl NodeView, device: &DeviceName) {
        let Some(calls) = &mut self.calls else { return };
        let Abandoned { legs, invites, requests } = calls.abandon(device);
        for (transaction, leg) in invites {
            // Its answer would not arrive, but the transaction wants one.
            let event = FlowEvent::Cancelled { leg: leg.leg, transaction };
            self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
        }
        for leg in legs {
            let event = FlowEvent::FlowClosed { flow: self.flow.id, leg: leg.leg };
            self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
        }
        for invite in requests {
            // Once it rang, an INVITE has no timer of its own: nobody would end its transaction.
            self.transactions.handle(now.monotonic, transaction::Input::Cancel { invite });
        }
        self.drain(now, view);
    }

    /// Lets the tables go when the last call is over.
    pub(super) fn release_calls(&mut self) {
        if self.calls.as_ref().is_some_and(|calls| calls.is_empty()) {
            self.calls = None;
        }
    }
}

/// The dialog that a request of ours begins, by our From tag.
fn dialog_of_ours(request: &Request) -> Option<DialogKey> {
    let headers = request.headers();
    let call_id = Bytes::copy_from_slice(headers.call_id().ok()?);
    let local_tag = Bytes::copy_from_slice(headers.from().ok()?.tag()?);
    Some(DialogKey { call_id, local_tag })
}

/// Puts our Via on top (RFC 3261 §18.1.1): behind the request line.
fn with_via(request: &OutgoingRequest, flow: &crate::flow::Flow, branch: &str) -> Option<Bytes> {
    let message = &request.0;
    let end = message.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let (request_line, rest) = message.split_at_checked(end)?;
    let via = format!("Via: SIP/2.0/{} {};branch=z9hG4bK{branch}\r\n", flow.transport.via_token(), flow.local);
    let mut whole = BytesMut::with_capacity(message.len() + via.len());
    whole.put_slice(request_line);
    whole.put_slice(via.as_bytes());
    whole.put_slice(rest);
    Some(whole.freeze())
}
