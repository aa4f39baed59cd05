//! re-INVITE: hold, resume, another codec, another address (RFC 3261 §14, RFC 3264 §8).
//!
//! What one party wants of the session, the other one decides: the re-INVITE is sent on in its dialog, and its answer
//! goes back. `sendonly` and `inactive` pass as they are, so hold is between the parties. Two changes at once do not
//! pass each other: whoever comes second gets 491, or 500 with Retry-After when it is the second of the same party
//! (RFC 3261 §14.2).

use sip::message::{HeaderName, Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::call_detail_record::EndedBy;
use super::cause::Cause;
use super::compose::{Refusal, SDP, reply};
use super::description::Description;
use super::leg::{ClientInvite, ClientStage, ServerInvite, ServerStage};
use super::offer_answer::{description, description_of};
use super::originate::{check_body, check_required};
use super::{Call, Purpose, Scope, session_timer};
use crate::flow::{ClientTransactionId, LegId};

impl Call {
    /// A re-INVITE of a leg.
    pub(super) fn reinvite(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        if let Err(refusal) = self.relay_invite(scope, id, transaction, request) {
            self.refuse(scope, id, transaction, request, &refusal);
        }
    }

    fn relay_invite(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
    ) -> Result<(), Refusal> {
        check_required(request.headers())?;
        check_body(request)?;
        let other = self.ready_for_change(scope, id)?;
        session_timer::answer(scope, request)?;
        let offer = description(request).map(|offer| self.carry_offer(id, other, &offer)).transpose()?;
        let purpose = Purpose::Relay { to: id, transaction, request: Box::new(request.clone()) };
        let sent = self.send_session_request(scope, other, Method::Invite, purpose, offer);
        let sent = sent.ok_or_else(|| Refusal::retry_after(StatusCode::SERVICE_UNAVAILABLE, 2))?;
        self.invite_sent(other, sent);
        if let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) {
            confirmed.server_invite =
                Some(ServerInvite { transaction, request: request.clone(), stage: ServerStage::Pending });
        }
        Ok(())
    }

    /// The other leg, if a change of the session may begin now.
    pub(super) fn ready_for_change(&self, scope: Scope<'_>, id: LegId) -> Result<LegId, Refusal> {
        let pending = || Refusal::new(StatusCode::REQUEST_PENDING);
        let confirmed = self.legs.get(&id).and_then(|leg| leg.confirmed()).ok_or_else(pending)?;
        if confirmed.server_invite.as_ref().is_some_and(|invite| invite.stage == ServerStage::Pending) {
            // "a Retry-After header field with a randomly chosen value of between 0 and 10 seconds" (RFC 3261 §14.2)
            let [random] = scope.random();
            return Err(Refusal::retry_after(StatusCode::SERVER_INTERNAL_ERROR, u32::from(random) % 11));
        }
        let other =
            self.bridge.and_then(|bridge| bridge.other(id)).filter(|_| self.join.is_none()).ok_or_else(pending)?;
        let is_quiet = |id| self.legs.get(id).is_some_and(|leg| leg.is_quiet());
        match is_quiet(&id) && is_quiet(&other) {
            true => Ok(other),
            false => Err(pending()),
        }
    }

    /// An INVITE of ours is under way in the dialog.
    pub(super) fn invite_sent(&mut self, id: LegId, transaction: ClientTransactionId) {
        if let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) {
            confirmed.client_invite = Some(ClientInvite { transaction, stage: ClientStage::Pending });
        }
    }

    /// A 2xx to the re-INVITE that was sent on: `id` answered what `to` had asked.
    pub(super) fn reinvite_answered(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        to: LegId,
        request: &Request,
        response: &Response,
    ) {
        let had_offer = description(request).is_some();
        let carried = match (description_of(response), had_offer) {
            (Some(answer), true) => self.carry_answer(id, to, &answer),
            (Some(offer), false) => self.carry_offer(id, to, &offer),
            (None, _) => Err(Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE)),
        };
        match carried {
            Ok(body) => {
                let stage = match had_offer {
                    true => ServerStage::Answered,
                    false => ServerStage::Offered { answer_for: id },
                };
                if had_offer {
                    self.acknowledge(scope, id, None);
                }
                self.answer_reinvite(scope, to, body, stage);
            }
            Err(refusal) => {
                // The other party has taken up a session that this one must not have: there is no way back.
                self.acknowledge(scope, id, None);
                self.refuse_reinvite(scope, to, &refusal);
                self.release(scope, Cause::BEARER_NOT_AVAILABLE, EndedBy::Node);
            }
        }
    }

    fn answer_reinvite(&mut self, scope: Scope<'_>, id: LegId, body: Description, stage: ServerStage) {
        let security = self.record.as_ref().map(|record| record.security);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.told = security;
        let Some(invite) = leg.confirmed_mut().and_then(|confirmed| confirmed.server_invite.as_mut()) else { return };
        invite.stage = stage;
        let (transaction, request) = (invite.transaction, invite.request.clone());
        let session = leg.refreshed_by(scope, &request);
        let mut builder = leg.dress_response(scope, Response::reply_to(&request, StatusCode::OK), security);
        builder = session_timer::write(builder, session);
        let answer = reply(builder.body(SDP, body), &request);
        self.respond(id, transaction, answer);
        self.arm_session_timer(id);
    }

    /// Refuses the re-INVITE that the leg waits for.
    pub(super) fn refuse_reinvite(&mut self, scope: Scope<'_>, id: LegId, refusal: &Refusal) {
        let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) else { return };
        let Some(invite) = confirmed.server_invite.take_if(|invite| invite.stage == ServerStage::Pending) else {
            return;
        };
        self.refuse(scope, id, invite.transaction, &invite.request, refusal);
    }

    /// The re-INVITE that was sent on was refused: so is the one that asked for it.
    pub(super) fn reinvite_refused(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        to: LegId,
        status: StatusCode,
        response: Option<&Response>,
    ) {
        let mut refusal = Refusal::new(passed_on(status));
        if let Some(seconds) = response.and_then(|response| response.headers().retry_after().ok().flatten()) {
            refusal = refusal.with(HeaderName::RetryAfter, seconds.to_string());
        }
        self.refuse_reinvite(scope, to, &refusal);
        if ends_dialog(status) {
            self.leg_lost(scope, id, Cause::from_status(status));
        }
    }
}

/// What one party may learn of the other's refusal: nothing that would make it send us, or a device, credentials.
pub(super) fn passed_on(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => StatusCode::FORBIDDEN,
        _ if (300..400).contains(&status.as_u16()) => StatusCode::NOT_ACCEPTABLE_HERE,
        _ => status,
    }
}

/// RFC 3261 §12.2.1.2: 481 and 408 to a request inside a dialog end it.
pub(super) fn ends_dialog(status: StatusCode) -> bool {
    matches!(status, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT)
}
