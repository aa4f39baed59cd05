//! A called device answers with 2xx: it is acknowledged, and whoever asked gets its answer.
//!
//! The ACK goes out at once when the INVITE had an offer. When the device made the offer, its ACK waits until the
//! answer is there: in the caller's ACK, or in a party's answer to the re-INVITE of a transfer. A 2xx that nobody waits
//! for any more (it crossed a CANCEL, or another device was faster) is acknowledged and its dialog ended with BYE
//! (RFC 3261 §13.2.2.4).

use sip::dialog::Dialog;
use sip::message::{HeaderName, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::call_detail_record::EndedBy;
use super::cause::Cause;
use super::compose::{Refusal, SDP, reply};
use super::description::Description;
use super::fork::{Asker, Fork};
use super::leg::{ClientInvite, ClientStage, Confirmed, ServerInvite, ServerStage, State};
use super::offer_answer::{description, description_of};
use super::{Bridge, Call, Scope};
use crate::flow::{ClientTransactionId, FlowCommand, LegId, OutgoingRequest};

/// A 2xx that waits until the caller has acknowledged a provisional response (RFC 3262 §3).
#[derive(Debug)]
pub(super) struct HeldAnswer {
    pub(super) called: LegId,
    had_offer: bool,
    description: Option<Description>,
}

impl Call {
    /// A 2xx to the INVITE of a branch.
    pub(super) fn branch_answered(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        response: &Response,
    ) {
        match self.legs.get(&id).map(|leg| &leg.state) {
            Some(State::Outgoing(_)) => {}
            Some(State::Confirmed(_)) => return self.answered_again(scope, id, transaction, response),
            _ => return,
        }
        if !self.confirm_branch(scope, id, transaction, response) {
            // Without Contact there is no dialog to acknowledge in (RFC 3261 §12.1).
            return self.branch_refused(scope, id, StatusCode::BAD_GATEWAY, None);
        }
        let Some(fork) = self.end_fork() else {
            self.acknowledge(scope, id, None);
            return self.bye(scope, id, Cause::NORMAL_CLEARING);
        };
        let early = self.legs.get(&id).and_then(|leg| leg.received.clone());
        let description = description_of(response).or(early);
        match fork.asker {
            Asker::Caller(caller) => self.answer_caller(scope, caller, HeldAnswer::new(id, &fork, description)),
            Asker::Transfer { .. } => self.transfer_answered(scope, id, description),
        }
    }

    /// The dialog of the branch is confirmed. `false`: the 2xx makes no dialog.
    fn confirm_branch(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        response: &Response,
    ) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let response = &leg.path.strip_response_routes(response);
        leg.learn(response.headers());
        leg.agree_session(scope, response);
        let Some(outgoing) = leg.outgoing_mut() else { return false };
        let Some((dialog, sequence)) = outgoing.confirm(response) else { return false };
        let request = outgoing.request.clone();
        leg.state = State::Confirmed(Box::new(Confirmed {
            client_invite: Some(ClientInvite { transaction, stage: ClientStage::Unacknowledged { sequence } }),
            invite: Some(request),
            ..Confirmed::new(dialog)
        }));
        self.arm_session_timer(id);
        true
    }

    /// The caller hears that it was answered; or, while it has a reliable provisional response to acknowledge, later.
    pub(super) fn answer_caller(&mut self, scope: Scope<'_>, caller: LegId, answer: HeldAnswer) {
        let Some(incoming) = self.legs.get_mut(&caller).and_then(|leg| leg.incoming_mut()) else {
            self.acknowledge(scope, answer.called, None);
            return self.bye(scope, answer.called, Cause::NORMAL_CLEARING);
        };
        if incoming.reliable.as_ref().is_some_and(|reliable| reliable.is_pending()) {
            incoming.held = Some(answer);
            return;
        }
        match self.carry_description(caller, &answer) {
            Ok((body, stage)) => self.connect(scope, caller, answer.called, body, stage),
            Err(refusal) => {
                self.acknowledge(scope, answer.called, None);
                self.bye(scope, answer.called, Cause::from_status(refusal.status));
                self.refuse_caller(scope, caller, &refusal);
                self.refused_record(refusal.status);
                self.close_record(scope, Cause::from_status(refusal.status), EndedBy::Node);
            }
        }
    }

    fn carry_description(&mut self, caller: LegId, answer: &HeldAnswer) -> Result<(Description, ServerStage), Refusal> {
        let missing = || Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE).because("Answer without session description");
        let description = answer.description.as_ref().ok_or_else(missing)?;
        match answer.had_offer {
            true => Ok((self.carry_answer(answer.called, caller, description)?, ServerStage::Answered)),
            false => {
                let body = self.carry_offer(answer.called, caller, description)?;
                Ok((body, ServerStage::Offered { answer_for: answer.called }))
            }
        }
    }

    /// The two legs talk: 200 to the caller, ACK to the called device if its answer is complete.
    fn connect(&mut self, scope: Scope<'_>, calling: LegId, called: LegId, body: Description, stage: ServerStage) {
        self.bridge = Some(Bridge { calling, called });
        let connected = self.legs.get(&called).map(|leg| (leg.shown.clone(), leg.party.clone()));
        if let Some((shown, party)) = connected {
            if let Some(caller) = self.legs.get_mut(&calling) {
                caller.peer = shown;
            }
            self.record_connected(scope, party);
        }
        self.answer_invite(scope, calling, body, stage);
        if stage == ServerStage::Answered {
            self.acknowledge(scope, called, None);
            self.tell_security(scope, called);
        }
    }

    /// 200 to the INVITE that began the call.
    fn answer_invite(&mut self, scope: Scope<'_>, id: LegId, body: Description, stage: ServerStage) {
        let security = self.record.as_ref().map(|record| record.security);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.told = security;
        let Some(incoming) = leg.take_incoming() else { return };
        let mut builder = Response::reply_to(&incoming.request, StatusCode::OK).to_tag(&incoming.tag);
        builder = leg.dress_response(scope, builder, security);
        builder = leg.path.copy_routes(builder, &incoming.request);
        builder = super::session_timer::write(builder, incoming.session_expires);
        let answer = reply(builder.body(SDP, body), &incoming.request);
        let mut dialog = incoming.dialog;
        dialog.confirm();
        leg.state = State::Confirmed(Box::new(Confirmed {
            server_invite: Some(ServerInvite { transaction: incoming.transaction, request: incoming.request, stage }),
            ..Confirmed::new(dialog)
        }));
        self.timers.stop(super::timer::Timer::ProvisionalRepeat(id));
        self.respond(id, incoming.transaction, answer);
        self.arm_session_timer(id);
    }

    /// ACKs the 2xx that the leg's INVITE got, if that is still due.
    pub(super) fn acknowledge(&mut self, scope: Scope<'_>, id: LegId, answer: Option<Description>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let flow = leg.path.flow;
        let Some(confirmed) = leg.confirmed_mut() else { return };
        let Some(ClientInvite { transaction, stage: ClientStage::Unacknowledged { sequence } }) =
            confirmed.client_invite
        else {
            return;
        };
        confirmed.client_invite = None;
        let mut builder = confirmed.dialog.ack(sequence).header(HeaderName::UserAgent, &scope.node.running().server);
        if let Some(answer) = answer {
            builder = builder.body(SDP, answer);
        }
        let Ok(ack) = builder.finish() else { return };
        let request = OutgoingRequest(ack);
        confirmed.last_ack = Some((transaction, request.clone()));
        if let Some(flow) = flow {
            self.command(flow, FlowCommand::Acknowledge { request });
        }
    }

    /// A 2xx of an INVITE that has one already: it came again and wants its ACK again, or another dialog was made
    /// behind the device, which is ended (RFC 3261 §13.2.2.4).
    pub(super) fn answered_again(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        response: &Response,
    ) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (Some(flow), Some(confirmed)) = (leg.path.flow, leg.confirmed()) else { return };
        let tag = response.headers().to().ok().and_then(|to| to.tag());
        if tag == Some(confirmed.dialog.id().remote_tag()) {
            if let Some((_, request)) = confirmed.last_ack.clone().filter(|(acked, _)| *acked == transaction) {
                self.command(flow, FlowCommand::Acknowledge { request });
            }
            return;
        }
        let Some(invite) = confirmed.invite.clone() else { return };
        let Ok(mut stray) = Dialog::from_uac_response(&invite, &leg.path.strip_response_routes(response)) else {
            return;
        };
        let sequence = invite.headers().cseq().map(|cseq| cseq.sequence).unwrap_or_default();
        let ack = stray.ack(sequence).finish();
        let bye = stray.next_request(sip::message::Method::Bye).ok().and_then(|bye| bye.finish().ok());
        if let (Ok(ack), Some(bye)) = (ack, bye) {
            self.command(flow, FlowCommand::Acknowledge { request: OutgoingRequest(ack) });
            self.send(id, super::Purpose::Inform, bye);
        }
        let _ = scope;
    }

    /// The ACK to a 2xx of ours.
    pub(super) fn ack_received(&mut self, scope: Scope<'_>, id: LegId, request: &Request) {
        let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) else { return };
        let Some(invite) = confirmed.server_invite.take_if(|invite| invite.stage != ServerStage::Pending) else {
            return;
        };
        let bye = confirmed.bye_after_ack.take();
        if let ServerStage::Offered { answer_for } = invite.stage {
            self.late_answer(scope, id, answer_for, description(request));
        }
        if let Some(cause) = bye {
            self.bye(scope, id, cause);
        }
    }

    /// The answer came in an ACK: it goes on in the ACK of the leg that made the offer.
    fn late_answer(&mut self, scope: Scope<'_>, from: LegId, to: LegId, answer: Option<Description>) {
        let missing = Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE);
        match answer.ok_or(missing).and_then(|answer| self.carry_answer(from, to, &answer)) {
            Ok(answer) => {
                self.acknowledge(scope, to, Some(answer));
                self.tell_security(scope, to);
                self.tell_security(scope, from);
            }
            Err(_) => {
                self.acknowledge(scope, to, None);
                self.release(scope, Cause::BEARER_NOT_AVAILABLE, EndedBy::Node);
            }
        }
    }

    /// The ACK to a 2xx never came (RFC 3261 §13.3.1.4).
    pub(super) fn response_failed(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey) {
        let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) else { return };
        let Some(invite) = confirmed.server_invite.take_if(|invite| invite.transaction == transaction) else { return };
        confirmed.bye_after_ack = None;
        if let ServerStage::Offered { answer_for } = invite.stage {
            self.acknowledge(scope, answer_for, None);
        }
        self.bye(scope, id, Cause::TIMER_EXPIRY);
        self.release(scope, Cause::TIMER_EXPIRY, EndedBy::Node);
    }
}

impl HeldAnswer {
    fn new(called: LegId, fork: &Fork, description: Option<Description>) -> Self {
        Self { called, had_offer: fork.offer.is_some(), description }
    }
}
