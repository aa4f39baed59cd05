//! Which call a dialog or transaction of this flow belongs to, and the carrying out of what calls command.

use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};
use sip::message::{Method, Request, Response};
use sip::transaction::{self, ClientKey, ServerKey};

use crate::flow::{CallLeg, ClientTransactionId, DialogKey, FlowCommand, FlowEvent, OutgoingRequest};
use crate::node_view::{NodeView, Now};
use crate::station::refusal::Reason;
use crate::station::{Event, Output, Station};

/// The calls of a flow. Made with the first, gone with the last.
#[derive(Debug, Default)]
pub(super) struct Calls {
    dialogs: HashMap<DialogKey, CallLeg>,
    /// INVITEs that were received: until the final response that is no 2xx, or the ACK to the 2xx.
    invites: HashMap<ServerKey, CallLeg>,
    requests: HashMap<ClientKey, Sent>,
    sent: u64,
}

/// A request that a call sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    from: CallLeg,
    transaction: ClientTransactionId,
}

impl Calls {
    /// Each leg that this flow serves, once.
    pub(super) fn legs(&self) -> Vec<CallLeg> {
        let sent = self.requests.values().map(|sent| &sent.from);
        let mut legs: Vec<CallLeg> = self.dialogs.values().chain(self.invites.values()).chain(sent).copied().collect();
        legs.sort_by_key(|leg| (leg.call, leg.leg));
        legs.dedup();
        legs
    }

    /// The leg of a dialog.
    pub(super) fn leg(&self, call_id: &[u8], local_tag: &[u8]) -> Option<CallLeg> {
        let key = DialogKey { call_id: Bytes::copy_from_slice(call_id), local_tag: Bytes::copy_from_slice(local_tag) };
        self.dialogs.get(&key).copied()
    }

    /// How many dialogs and unanswered INVITEs there are.
    pub(super) fn len(&self) -> usize {
        self.dialogs.len() + self.invites.len()
    }

    /// Notes an INVITE that begins a call or comes inside one.
    pub(super) fn invited(&mut self, transaction: ServerKey, leg: CallLeg) {
        self.invites.insert(transaction, leg);
    }

    fn is_empty(&self) -> bool {
        self.dialogs.is_empty() && self.invites.is_empty() && self.requests.is_empty()
    }
}

impl Station {
    /// Carries out what a call wants.
    pub(super) fn command(&mut self, now: Now, view: &impl NodeView, command: FlowCommand) {
        if self.is_closed {
            return self.too_late(command);
        }
        match command {
            FlowCommand::SendRequest { from, transaction, request } => {
                self.send_request(now, view, from, transaction, &request);
            }
            FlowCommand::Respond { transaction, status, response } => {
                if status.is_final()
                    && !status.is_success()
                    && let Some(calls) = &mut self.calls
                {
                    calls.invites.remove(&transaction);
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
                let sent = self.calls.iter().flat_map(|calls| &calls.requests);
                let invite = sent.into_iter().find(|(_, sent)| sent.from == from && sent.transaction == transaction);
                if let Some((&invite, _)) = invite {
                    self.transactions.handle(now.monotonic, transaction::Input::Cancel { invite });
                }
            }
            FlowCommand::Adopt { dialog, leg } => {
                self.calls.get_or_insert_default().dialogs.insert(dialog, leg);
            }
            FlowCommand::Forget { dialog } => {
                if let Some(calls) = &mut self.calls {
                    calls.dialogs.remove(&dialog);
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
        from: CallLeg,
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
        let calls = self.calls.get_or_insert_default();
        if let (Method::Invite, Some(dialog)) = (parsed.method(), dialog) {
            calls.dialogs.insert(dialog, from);
        }
        calls.sent += 1;
        let key = ClientKey(calls.sent);
        calls.requests.insert(key, Sent { from, transaction });
        self.transactions.handle(now.monotonic, transaction::Input::Send { key, request: parsed });
    }

    /// Takes what the transaction layer tells its user.
    pub(super) fn transaction_event(&mut self, now: Now, view: &impl NodeView, event: transaction::Event) {
        match event {
            transaction::Event::Request { transaction, request } => self.request(now, view, transaction, request),
            transaction::Event::Cancel { invite, .. } => {
                if let Some(leg) = self.calls.as_ref().and_then(|calls| calls.invites.get(&invite)).copied() {
                    let event = FlowEvent::Cancelled { leg: leg.leg, transaction: invite };
                    self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
                }
            }
            transaction::Event::Ack { invite, request } => self.acknowledged(invite, request),
            transaction::Event::Response { transaction, response } => self.answered(transaction, response),
            transaction::Event::Timeout { transaction } => {
                self.failed(transaction, |leg, transaction| FlowEvent::Timeout { leg, transaction });
            }
            transaction::Event::TransportError { transaction } => {
                self.failed(transaction, |leg, transaction| FlowEvent::TransportFailed { leg, transaction });
            }
            transaction::Event::Terminated { transaction } => {
                if let Some(calls) = &mut self.calls {
                    calls.requests.remove(&transaction);
                }
            }
            transaction::Event::Unacknowledged { invite } => {
                if let Some(leg) = self.calls.as_mut().and_then(|calls| calls.invites.remove(&invite)) {
                    let event = FlowEvent::ResponseFailed { leg: leg.leg, transaction: invite };
                    self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
                }
            }
            // The call hears of it when its own answer is late; the peer has its 408 already.
            transaction::Event::Unanswered { .. } => {}
            transaction::Event::StrayResponse => self.outputs.push_back(Output::Event(Event::StrayResponse)),
            transaction::Event::Refused { request, refusal } => {
                let reason = Reason::Transaction(refusal);
                self.refused(&request, reason.transaction_status(), reason, None, None);
            }
        }
    }

    fn acknowledged(&mut self, invite: Option<ServerKey>, request: Request) {
        let Some(calls) = &mut self.calls else { return };
        if let Some(invite) = invite {
            calls.invites.remove(&invite);
        }
        let headers = request.headers();
        let (Ok(call_id), Ok(to)) = (headers.call_id(), headers.to()) else { return };
        if let Some(leg) = calls.leg(call_id, to.tag().unwrap_or_default()) {
            self.outputs.push_back(Output::ToCall(leg.call, Box::new(FlowEvent::Ack { leg: leg.leg, request })));
        }
    }

    fn answered(&mut self, transaction: ClientKey, response: Response) {
        let sent = self.calls.as_ref().and_then(|calls| calls.requests.get(&transaction)).copied();
        if let Some(Sent { from, transaction }) = sent {
            let event = FlowEvent::Response { leg: from.leg, transaction, response };
            self.outputs.push_back(Output::ToCall(from.call, Box::new(event)));
        }
    }

    fn failed(
        &mut self,
        transaction: ClientKey,
        event: impl FnOnce(crate::flow::LegId, ClientTransactionId) -> FlowEvent,
    ) {
        if let Some(sent) = self.calls.as_mut().and_then(|calls| calls.requests.remove(&transaction)) {
            self.outputs.push_back(Output::ToCall(sent.from.call, Box::new(event(sent.from.leg, sent.transaction))));
        }
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
