//! The end of a call: BYE from either side, crossing or not, and our own (RFC 3261 §15).
//!
//! A BYE is answered at once, and the other party gets one of ours. A leg whose 2xx is not acknowledged yet gets its BYE after
//! the ACK, as §15 wants of the side that was called.

use sip::message::{HeaderName, Method, Request, StatusCode};
use sip::transaction::ServerKey;

use super::call_detail_record::EndedBy;
use super::cause::Cause;
use super::compose::Refusal;
use super::leg::{ClientStage, Leg, ServerStage, State};
use super::{Call, Purpose, Scope};
use crate::flow::{FlowCommand, LegId};

impl Call {
    /// A BYE of the device.
    pub(super) fn bye_received(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        if self.legs.get(&id).is_some_and(|leg| leg.is_outgoing()) {
            // RFC 3261 §15: who was called must not send BYE in an early dialog.
            let refusal = Refusal::new(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            return self.refuse(scope, id, transaction, request, &refusal);
        }
        self.accept(scope, id, transaction, request, StatusCode::OK);
        if self.legs.get_mut(&id).is_some_and(|leg| leg.incoming_mut().is_some()) {
            return self.caller_gave_up(scope, id);
        }
        let cause = cause_of(request).unwrap_or(Cause::NORMAL_CLEARING);
        let ended_by = self.side_of(id);
        self.leave(scope, id);
        self.party_left(scope, id, cause, ended_by);
    }

    /// A leg is lost: its device does not answer, or has no flow. The call ends with it.
    pub(super) fn leg_lost(&mut self, scope: Scope<'_>, id: LegId, cause: Cause) {
        let ended_by = EndedBy::Node;
        self.bye(scope, id, cause);
        self.party_left(scope, id, cause, ended_by);
    }

    /// Ends what is left of the call after a party went.
    fn party_left(&mut self, scope: Scope<'_>, id: LegId, cause: Cause, ended_by: EndedBy) {
        if self.transfer_lost(scope, id, cause, ended_by) || self.join_lost(scope, id) {
            return;
        }
        let Some(other) = self.bridge.and_then(|bridge| bridge.other(id)) else { return };
        self.bridge = None;
        self.bye(scope, other, cause);
        self.close_record(scope, cause, ended_by);
    }

    /// Ends every leg.
    pub(super) fn release(&mut self, scope: Scope<'_>, cause: Cause, ended_by: EndedBy) {
        self.end_fork();
        self.bridge = None;
        self.join = None;
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for id in legs {
            self.bye(scope, id, cause);
        }
        self.close_record(scope, cause, ended_by);
    }

    /// BYE to the device, as soon as it may be sent.
    pub(super) fn bye(&mut self, scope: Scope<'_>, id: LegId, cause: Cause) {
        self.acknowledge(scope, id, None);
        self.abandon_invite(id);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let has_flow = leg.path.flow.is_some();
        let Some(confirmed) = leg.confirmed_mut() else { return };
        match confirmed.server_invite.as_ref().map(|invite| invite.stage) {
            Some(ServerStage::Pending) => {
                self.refuse_reinvite(scope, id, &Refusal::new(StatusCode::REQUEST_TERMINATED))
            }
            Some(_) if has_flow => {
                confirmed.bye_after_ack = Some(cause);
                return;
            }
            _ => {}
        }
        let server = scope.node.running().server.clone();
        let sent = self.send_in_dialog(id, Method::Bye, Purpose::Bye, |builder| {
            builder.header(HeaderName::UserAgent, server).header(HeaderName::Reason, cause.reason())
        });
        match (sent, self.legs.get_mut(&id)) {
            (Some(_), Some(leg)) => {
                leg.state = State::Leaving;
                self.timers.stop_leg(id);
                self.drop_relays_to(id);
            }
            _ => self.leave(scope, id),
        }
    }

    /// The dialog is over: what is under way in it ends.
    pub(super) fn leave(&mut self, scope: Scope<'_>, id: LegId) {
        self.refuse_reinvite(scope, id, &Refusal::new(StatusCode::REQUEST_TERMINATED));
        self.acknowledge(scope, id, None);
        self.abandon_invite(id);
        self.drop_relays_to(id);
        self.answer_relays_of(scope, id);
        self.remove_leg(id);
    }

    /// CANCELs the INVITE of ours that is under way in the dialog: with the dialog gone nobody may answer it any more, and
    /// an INVITE that got a provisional response waits for ever (RFC 3261 §17.1.1.2).
    fn abandon_invite(&mut self, id: LegId) {
        let invite =
            self.legs.get(&id).and_then(|leg| leg.confirmed()).and_then(|confirmed| confirmed.client_invite.as_ref());
        if let Some(transaction) =
            invite.filter(|invite| invite.stage == ClientStage::Pending).map(|invite| invite.transaction)
        {
            self.cancel_transaction(id, transaction);
        }
    }

    /// Requests that were sent on for this leg: nobody waits for their answers any more.
    fn drop_relays_to(&mut self, id: LegId) {
        for pending in self.transactions.values_mut() {
            if matches!(&pending.purpose, Purpose::Relay { to, .. } if *to == id) {
                pending.purpose = Purpose::Inform;
            }
        }
    }

    /// Requests that were sent on to this leg: whoever asked hears that it is gone.
    fn answer_relays_of(&mut self, scope: Scope<'_>, id: LegId) {
        let gone: Vec<_> =
            self.transactions.iter().filter(|(_, pending)| pending.leg == id).map(|(key, _)| *key).collect();
        for key in gone {
            let Some(pending) = self.transactions.remove(&key) else { continue };
            if let Purpose::Relay { to, transaction, request } = pending.purpose {
                let refusal = Refusal::new(StatusCode::REQUEST_TERMINATED);
                match *request.method() {
                    Method::Invite => self.refuse_reinvite(scope, to, &refusal),
                    _ => self.refuse(scope, to, transaction, &request, &refusal),
                }
            }
        }
    }

    /// Takes the leg out of the call; its place on the line is free again.
    pub(super) fn remove_leg(&mut self, id: LegId) {
        let Some(leg) = self.legs.remove(&id) else { return };
        self.timers.stop_leg(id);
        self.transactions.retain(|_, pending| pending.leg != id);
        if let Some(flow) = leg.path.flow {
            self.departed.insert(id, flow);
            for dialog in leg.keys {
                self.command(flow, FlowCommand::Forget { dialog });
            }
        }
    }

    fn side_of(&self, id: LegId) -> EndedBy {
        match self.bridge {
            Some(bridge) if bridge.calling == id => EndedBy::Calling,
            Some(bridge) if bridge.called == id => EndedBy::Called,
            _ => EndedBy::Node,
        }
    }

    /// The CallManager service stops. Answered calls are left alone, so that their media goes on.
    pub(super) fn stop(&mut self, scope: Scope<'_>) {
        let is_waiting = |leg: &&Leg| matches!(leg.state, State::Incoming(_));
        let waiting: Vec<LegId> = self.legs.values().filter(is_waiting).map(|leg| leg.id).collect();
        for caller in waiting {
            self.give_up_on_caller(scope, caller, StatusCode::SERVICE_UNAVAILABLE);
        }
        self.end_fork();
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        legs.into_iter().for_each(|id| self.remove_leg(id));
        self.close_record(scope, Cause::TEMPORARY_FAILURE, EndedBy::Node);
    }
}

/// The Q.850 cause that the device gave (RFC 3326).
fn cause_of(request: &Request) -> Option<Cause> {
    let reason = request.headers().reasons().flatten().find(|reason| reason.protocol.eq_ignore_ascii_case(b"Q.850"))?;
    reason.cause().and_then(|cause| u8::try_from(cause).ok()).filter(|cause| *cause < 128).map(Cause)
}
