//! Provisional responses: 180 and 183 of the called devices for the caller, reliable ones (RFC 3262) leg by leg.
//!
//! Our choices: the caller hears each status once, so that ten ringing devices ring once. A description in a provisional
//! response (early media) is passed on under a To tag of its device's own, so the caller has one early dialog for each
//! device that sent one (RFC 3261 §12.1) and no early dialog ever has two answers. A reliable provisional response of
//! a called device gets its PRACK from us at once; the caller gets reliable ones when its INVITE requires 100rel.

use std::time::Duration;

use sip::dialog::reliable_provisional::{Due, OPTION_TAG};
use sip::dialog::{Dialog, DialogState};
use sip::message::{HeaderName, Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::compose::{Refusal, SDP, reply};
use super::description::Description;
use super::fork::Asker;
use super::leg::State;
use super::offer_answer::description_of;
use super::timer::Timer;
use super::{Call, Purpose, Scope};
use crate::flow::{DialogKey, LegId};

/// T1 of RFC 3261 §17.1.1.1, for the repetition of reliable provisional responses.
pub(super) const T1: Duration = Duration::from_millis(500);

/// A provisional response that waits for the PRACK of the one before.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    status: StatusCode,
    body: Option<Description>,
}

impl Call {
    /// A provisional response of a branch.
    pub(super) fn provisional(&mut self, scope: Scope<'_>, id: LegId, response: &Response) {
        let status = response.status();
        if status == StatusCode::TRYING || !self.take_early_dialog(id, response) {
            return;
        }
        let Some(fork) = self.fork.as_ref().filter(|fork| fork.branches.contains(&id)) else { return };
        match fork.asker {
            Asker::Caller(caller) => {
                let answer = description_of(response).filter(|_| fork.offer.is_some());
                self.progress(scope, caller, id, status, answer);
            }
            Asker::Transfer { .. } => self.transfer_progress(scope, status),
        }
    }

    /// Notes the early dialog and sends the PRACK that it wants. `false`: the response came before.
    fn take_early_dialog(&mut self, id: LegId, response: &Response) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        let response = leg.path.strip_response_routes(response);
        let headers = response.headers();
        let Some(outgoing) = leg.outgoing_mut() else { return false };
        let is_new = outgoing
            .early
            .as_ref()
            .is_none_or(|early| headers.to().is_ok_and(|to| to.tag() != Some(early.id().remote_tag())));
        if is_new && let Ok(dialog) = Dialog::from_uac_response(&outgoing.request, &response) {
            outgoing.early = Some(dialog);
            outgoing.order = Default::default();
        }
        let is_reliable = headers.require().flatten().any(|tag| tag.eq_ignore_ascii_case(OPTION_TAG.as_bytes()));
        let rseq = headers.rseq().ok().flatten().filter(|_| is_reliable);
        let (Some(rseq), Some(early)) = (rseq, &mut outgoing.early) else { return true };
        if !outgoing.order.accept(rseq) {
            return false;
        }
        let sequence = outgoing.request.headers().cseq().map(|cseq| cseq.sequence).unwrap_or_default();
        let prack = early.next_request(Method::Prack).ok();
        let prack =
            prack.and_then(|prack| prack.header(HeaderName::RAck, format!("{rseq} {sequence} INVITE")).finish().ok());
        if let Some(answer) = description_of(&response) {
            leg.received = Some(answer);
        }
        if let Some(prack) = prack {
            self.send(id, Purpose::Inform, prack);
        }
        true
    }

    /// Tells the caller how far it is.
    fn progress(
        &mut self,
        scope: Scope<'_>,
        caller: LegId,
        branch: LegId,
        status: StatusCode,
        answer: Option<Description>,
    ) {
        // What may not pass is left out here, and refused when it is the final answer.
        let body = answer.and_then(|answer| self.carry_answer(branch, caller, &answer).ok());
        let Some(incoming) = self.legs.get_mut(&caller).and_then(|leg| leg.incoming_mut()) else { return };
        if body.is_none() && !incoming.told.insert(status.as_u16()) {
            return;
        }
        if body.is_some() {
            self.tag_of_branch(scope, caller, branch);
        }
        self.send_provisional(scope, caller, Waiting { status, body });
    }

    /// Takes a new To tag when another device's answer went out under the present one.
    fn tag_of_branch(&mut self, scope: Scope<'_>, caller: LegId, branch: LegId) {
        let Some(incoming) = self.legs.get_mut(&caller).and_then(|leg| leg.incoming_mut()) else { return };
        if incoming.answered_by.replace(branch).is_none_or(|before| before == branch) {
            return;
        }
        let tag = scope.token();
        let Ok(dialog) = Dialog::from_uas_request(&incoming.request, tag.as_bytes(), DialogState::Early) else {
            return;
        };
        let key = DialogKey { call_id: dialog.id().call_id().clone(), local_tag: tag.clone().into() };
        incoming.tag = tag;
        incoming.dialog = dialog;
        self.adopt(caller, key);
    }

    /// 181 when the call is forwarded.
    pub(super) fn tell_forwarded(&mut self, scope: Scope<'_>, caller: LegId, to: &directory::DirectoryNumber) {
        let shown = super::identity::Shown::of_line(scope.node.directory(), to);
        if let Some(leg) = self.legs.get_mut(&caller) {
            leg.peer = shown;
            self.send_provisional(scope, caller, Waiting { status: StatusCode::CALL_IS_BEING_FORWARDED, body: None });
        }
    }

    fn send_provisional(&mut self, scope: Scope<'_>, caller: LegId, waiting: Waiting) {
        let Some(leg) = self.legs.get_mut(&caller) else { return };
        let State::Incoming(incoming) = &leg.state else { return };
        let mut builder = Response::reply_to(&incoming.request, waiting.status).to_tag(&incoming.tag);
        builder = leg.dress_response(scope, builder, leg.told);
        builder = leg.path.copy_routes(builder, &incoming.request);
        let (transaction, request) = (incoming.transaction, incoming.request.clone());
        let rseq = incoming.reliable.as_ref().map(|reliable| reliable.next_rseq());
        if let Some(None) = rseq {
            if let Some(incoming) = leg.incoming_mut() {
                incoming.waiting = Some(waiting);
            }
            return;
        }
        if let Some(Some(rseq)) = rseq {
            builder = builder.header(HeaderName::Require, OPTION_TAG).header_display(HeaderName::RSeq, rseq);
        }
        if let Some(body) = waiting.body {
            builder = builder.body(SDP, body);
        }
        let answer = reply(builder, &request);
        let reliable = leg.incoming_mut().and_then(|incoming| incoming.reliable.as_mut());
        if let Some(reliable) = reliable {
            reliable.sent(scope.now.monotonic, answer.bytes.clone());
            if let Some(at) = reliable.deadline() {
                self.timers.set(Timer::ProvisionalRepeat(caller), at);
            }
        }
        self.respond(caller, transaction, answer);
    }

    /// A PRACK of the caller.
    pub(super) fn prack(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        let rack = request.headers().rack().ok().flatten();
        let incoming = self.legs.get_mut(&id).and_then(|leg| leg.incoming_mut());
        let reliable = incoming.and_then(|incoming| incoming.reliable.as_mut());
        let matches = reliable.zip(rack).is_some_and(|(reliable, rack)| reliable.acknowledge(&rack));
        if !matches {
            let refusal = Refusal::new(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
            return self.refuse(scope, id, transaction, request, &refusal);
        }
        self.accept(scope, id, transaction, request, StatusCode::OK);
        self.timers.stop(Timer::ProvisionalRepeat(id));
        let Some(incoming) = self.legs.get_mut(&id).and_then(|leg| leg.incoming_mut()) else { return };
        match (incoming.held.take(), incoming.waiting.take()) {
            (Some(answer), _) => self.answer_caller(scope, id, answer),
            (None, Some(waiting)) => self.send_provisional(scope, id, waiting),
            (None, None) => {}
        }
    }

    /// No PRACK came in time.
    pub(super) fn repeat_provisional(&mut self, scope: Scope<'_>, id: LegId) {
        let Some(incoming) = self.legs.get_mut(&id).and_then(|leg| leg.incoming_mut()) else { return };
        let transaction = incoming.transaction;
        let Some(reliable) = &mut incoming.reliable else { return };
        let due = reliable.due(scope.now.monotonic);
        if let Some(at) = reliable.deadline() {
            self.timers.set(Timer::ProvisionalRepeat(id), at);
        }
        match due {
            Some(Due::Retransmit(bytes)) => {
                self.respond(id, transaction, super::compose::Reply { status: StatusCode::SESSION_PROGRESS, bytes });
            }
            // RFC 3262 §3
            Some(Due::GiveUp) => self.give_up_on_caller(scope, id, StatusCode::SERVER_TIMEOUT),
            None => {}
        }
    }
}
