//! UPDATE (RFC 3311): a change of the session without INVITE, or a refresh of the session timer.
//!
//! Without a description it concerns its own leg only and is answered here. With one it is sent on to the other party
//! like a re-INVITE, once the call is answered. Before that the offer of the INVITE is still open, so an UPDATE with
//! an offer is refused: 500 with Retry-After for the caller, 491 for a called device (RFC 3311 §5.2).

use sip::message::{Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::compose::{Refusal, SDP, reply};
use super::description::Description;
use super::hold::{ends_dialog, passed_on};
use super::leg::State;
use super::offer_answer::{description, description_of};
use super::originate::{check_body, check_required};
use super::{Call, Purpose, Scope, session_timer};
use crate::flow::LegId;

impl Call {
    pub(super) fn update(&mut self, scope: Scope<'_>, id: LegId, transaction: ServerKey, request: &Request) {
        if let Err(refusal) = self.take_update(scope, id, transaction, request) {
            self.refuse(scope, id, transaction, request, &refusal);
        }
    }

    fn take_update(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
    ) -> Result<(), Refusal> {
        check_required(request.headers())?;
        check_body(request)?;
        session_timer::answer(scope, request)?;
        let Some(offer) = description(request) else {
            self.answer_update(scope, id, transaction, request, None);
            return Ok(());
        };
        match self.legs.get(&id).map(|leg| &leg.state) {
            Some(State::Incoming(_)) => return Err(Refusal::retry_after(StatusCode::SERVER_INTERNAL_ERROR, 2)),
            Some(State::Outgoing(_)) => return Err(Refusal::new(StatusCode::REQUEST_PENDING)),
            _ => {}
        }
        let other = self.ready_for_change(scope, id)?;
        let offer = self.carry_offer(id, other, &offer)?;
        let method = match self.legs.get(&other).is_some_and(|leg| leg.allows_update) {
            true => Method::Update,
            false => return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE)),
        };
        let purpose = Purpose::Relay { to: id, transaction, request: Box::new(request.clone()) };
        let sent = self.send_session_request(scope, other, method, purpose, Some(offer));
        sent.ok_or_else(|| Refusal::retry_after(StatusCode::SERVICE_UNAVAILABLE, 2))?;
        self.set_updating(id, other, true);
        Ok(())
    }

    /// The answer to the UPDATE that was sent on: `id` answered what `to` had asked.
    pub(super) fn update_answered(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        to: LegId,
        (transaction, request): (ServerKey, &Request),
        response: &Response,
    ) {
        self.set_updating(id, to, false);
        let missing = || Refusal::new(StatusCode::NOT_ACCEPTABLE_HERE);
        let answer = description_of(response).ok_or_else(missing).and_then(|answer| self.carry_answer(id, to, &answer));
        match answer {
            Ok(answer) => self.answer_update(scope, to, transaction, request, Some(answer)),
            Err(refusal) => {
                self.refuse(scope, to, transaction, request, &refusal);
                self.release(scope, super::Cause::BEARER_NOT_AVAILABLE, super::EndedBy::Node);
            }
        }
    }

    /// The UPDATE that was sent on was refused.
    pub(super) fn update_refused(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        to: LegId,
        (transaction, request): (ServerKey, &Request),
        status: StatusCode,
    ) {
        self.set_updating(id, to, false);
        self.refuse(scope, to, transaction, request, &Refusal::new(passed_on(status)));
        if ends_dialog(status) {
            self.leg_lost(scope, id, super::Cause::from_status(status));
        }
    }

    fn answer_update(
        &mut self,
        scope: Scope<'_>,
        id: LegId,
        transaction: ServerKey,
        request: &Request,
        answer: Option<Description>,
    ) {
        let security = self.record.as_ref().map(|record| record.security);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let session = leg.refreshed_by(scope, request);
        let mut builder = leg.dress_response(scope, Response::reply_to(request, StatusCode::OK), security);
        builder = session_timer::write(builder, session);
        if let Some(answer) = answer {
            builder = builder.body(SDP, answer);
        }
        self.respond(id, transaction, reply(builder, request));
        self.arm_session_timer(id);
    }

    fn set_updating(&mut self, one: LegId, other: LegId, updating: bool) {
        for id in [one, other] {
            if let Some(confirmed) = self.legs.get_mut(&id).and_then(|leg| leg.confirmed_mut()) {
                confirmed.updating = updating;
            }
        }
    }
}
