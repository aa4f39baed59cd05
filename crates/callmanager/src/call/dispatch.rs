//! Which request, response or timer goes to which file.

use sip::message::{HeaderName, Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::cause::Cause;
use super::compose::{ALLOW, Refusal, SDP, reply};
use super::leg::State;
use super::timer::Timer;
use super::{Call, Purpose, Scope};
use crate::flow::{CallLeg, ClientTransactionId, LegId};

impl Call {
    /// A request inside a dialog of the leg.
    pub(super) fn request_received(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
        replaces: Option<CallLeg>,
    ) {
        if let Err(refusal) = self.check_dialog(id, request) {
            return self.refuse(scope, id, transaction, request, &refusal);
        }
        match request.method() {
            Method::Invite => self.reinvite(scope, id, transaction, request),
            Method::Update => self.update(scope, id, transaction, request),
            Method::Bye => self.bye_received(scope, id, transaction, request),
            Method::Info => self.info(scope, id, transaction, request),
            Method::Prack => self.prack(scope, id, transaction, request),
            Method::Refer => self.refer(scope, id, transaction, request, replaces),
            Method::Options => self.options(scope, id, transaction, request),
            Method::Notify | Method::Subscribe => {
                // No subscription of ours or theirs exists inside a call but that of REFER, whose notifier we are.
                self.refuse(scope, id, transaction, request, &Refusal::new(StatusCode::BAD_EVENT));
            }
            _ => {
                let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED).with(HeaderName::Allow, ALLOW);
                self.refuse(scope, id, transaction, request, &refusal);
            }
        }
    }

    /// RFC 3261 §12.2.2: the dialog exists and the request is next in it.
    fn check_dialog(&mut self, id: LegId, request: &Request) -> Result<(), Refusal> {
        let gone = || Refusal::new(StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST);
        let leg = self.legs.get_mut(&id).ok_or_else(gone)?;
        let dialog = match &mut leg.state {
            State::Incoming(incoming) => &mut incoming.dialog,
            State::Outgoing(outgoing) => outgoing.early.as_mut().ok_or_else(gone)?,
            State::Confirmed(confirmed) => &mut confirmed.dialog,
            State::Leaving if *request.method() == Method::Bye => return Ok(()),
            State::Leaving => return Err(gone()),
        };
        dialog.accept_request(request).map_err(|violation| Refusal::new(violation.status()))
    }

    /// OPTIONS: what an INVITE in this dialog could use (RFC 3261 §11.2).
    fn options(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        let Some(leg) = self.legs.get(&id) else { return };
        let builder = leg.dress_response(scope, Response::reply_to(request, StatusCode::OK), leg.told);
        let answer = reply(builder.header(HeaderName::Accept, SDP), request);
        self.respond(id, transaction, answer);
    }

    /// A response to a request of ours.
    pub(super) fn response_received(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        response: &Response,
    ) {
        let status = response.status();
        let Some(pending) = self.transactions.get(&transaction) else {
            if status.is_success() {
                self.answered_again(scope, id, transaction, response);
            }
            return;
        };
        if status.is_provisional() {
            if matches!(pending.purpose, Purpose::Branch) {
                self.provisional(scope, id, response);
            }
            return;
        }
        let purpose = pending.purpose.clone();
        self.transactions.remove(&transaction);
        if status.is_success() {
            self.target_refreshed(scope, id, transaction, response);
        } else {
            self.invite_over(id, transaction);
        }
        self.concluded(scope, id, transaction, purpose, status, Some(response));
    }

    /// No response came, or the request could not be sent.
    pub(super) fn no_response(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        status: StatusCode,
    ) {
        let Some(pending) = self.transactions.remove(&transaction) else { return };
        self.invite_over(id, transaction);
        self.concluded(scope, id, transaction, pending.purpose, status, None);
    }

    fn concluded(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ClientTransactionId,
        purpose: Purpose,
        status: StatusCode,
        response: Option<&Response>,
    ) {
        let success = response.filter(|_| status.is_success());
        match (purpose, success) {
            (Purpose::Branch, Some(response)) => self.branch_answered(scope, id, transaction, response),
            // A device that cannot be reached is one that is not there.
            (Purpose::Branch, None) if status == StatusCode::SERVICE_UNAVAILABLE && response.is_none() => {
                self.branch_refused(scope, id, StatusCode::TEMPORARILY_UNAVAILABLE, None);
            }
            (Purpose::Branch, None) => self.branch_refused(scope, id, status, response),
            (Purpose::Relay { to, transaction, request }, _) => match (request.method(), success) {
                (Method::Invite, Some(response)) => self.reinvite_answered(scope, id, to, &request, response),
                (Method::Invite, None) => self.reinvite_refused(scope, id, to, status, response),
                (Method::Update, Some(response)) => {
                    self.update_answered(scope, id, to, (transaction, &request), response)
                }
                (Method::Update, None) => self.update_refused(scope, id, to, (transaction, &request), status),
                (_, _) => self.info_answered(scope, id, to, (transaction, &request), status),
            },
            (Purpose::Reverted { to }, success) => self.reverted(scope, id, to, success),
            (Purpose::JoinOffer, success) => self.join_offered(scope, id, status, success),
            (Purpose::JoinAnswer, success) => self.join_answered(scope, id, status, success),
            (Purpose::Refresh, success) => self.refreshed(scope, id, status, success),
            (Purpose::Bye, _) => self.remove_leg(id),
            (Purpose::Notify, _) => self.notified(status),
            (Purpose::Inform, success) => {
                // A re-INVITE for which nobody waits any more still wants its ACK.
                if success.is_some() {
                    self.acknowledge(scope, id, None);
                }
            }
        }
    }

    /// A 2xx to an INVITE or UPDATE of ours in a confirmed dialog: remote target, session timer, and for an INVITE the
    /// ACK that is due now.
    fn target_refreshed(&mut self, scope: Scope<'_>, id: LegId, transaction: ClientTransactionId, response: &Response) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Ok(cseq) = response.headers().cseq() else { return };
        let Some(confirmed) = leg.confirmed_mut() else { return };
        if !matches!(cseq.method, Method::Invite | Method::Update) {
            return;
        }
        // A Contact that cannot be read leaves the target as it was.
        let _ = confirmed.dialog.refresh_by_response(response);
        if let Some(invite) = confirmed.client_invite.as_mut().filter(|invite| invite.transaction == transaction) {
            invite.stage = super::leg::ClientStage::Unacknowledged { sequence: cseq.sequence };
        }
        if leg.session.is_some() {
            leg.agree_session(scope, response);
            self.arm_session_timer(id);
        }
    }

    /// The INVITE of ours in the dialog got no 2xx.
    fn invite_over(&mut self, id: LegId, transaction: ClientTransactionId) {
        if let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) {
            confirmed.client_invite.take_if(|invite| invite.transaction == transaction);
        }
    }

    pub(super) fn timeout(&mut self, scope: Scope<'_>) {
        self.armed = None;
        while let Some(timer) = self.timers.expired(scope.now.monotonic) {
            match timer {
                Timer::NoAnswer => self.no_answer(scope),
                Timer::C => self.fork_failed(scope, StatusCode::TEMPORARILY_UNAVAILABLE),
                Timer::Rebind(id) => self.look_for_device(scope, id),
                Timer::Grace(id) => self.grace_over(scope, id),
                Timer::Glare => self.resume_join(scope),
                Timer::Session(id) => self.session_due(scope, id),
                Timer::SessionExpired(id) => self.leg_lost(scope, id, Cause::TIMER_EXPIRY),
                Timer::ProvisionalRepeat(id) => self.repeat_provisional(scope, id),
                Timer::Surrender => self.surrender_overdue(scope),
            }
        }
    }
}
