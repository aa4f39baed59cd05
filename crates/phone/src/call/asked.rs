//! What the far end asks for inside the dialog of a call: another session (RFC 3261 §14.2, RFC 3311), its end
//! (§15), a transfer.

use std::time::Instant;

use sip::dialog::DialogViolation;
use sip::message::{HeaderName, Method, Request, ResponseBuilder, StatusCode};
use sip::transaction::ServerKey;

use super::media::{SDP, description, refusal};
use super::ringing::{SESSION_POLICY, success, with_session};
use super::{ALLOW, Call, State, reply};
use crate::context::Context;
use crate::event::EndCause;

impl Call {
    /// A request that names the dialog of this call.
    pub(crate) fn request(&mut self, now: Instant, transaction: ServerKey, request: &Request, context: &mut Context) {
        let accepted = match &mut self.state {
            State::Ringing(ringing) => ringing.dialog.accept_request(request),
            State::Up(up) => up.dialog.accept_request(request),
            State::Dialing(_) | State::Over => Err(DialogViolation::NoSuchDialog),
        };
        match (accepted, &self.state) {
            (Err(violation), _) => self.respond(transaction, request, violation.status(), context),
            (Ok(()), State::Ringing(_)) => self.ringing_request(transaction, request, context),
            (Ok(()), _) => self.up_request(now, transaction, request, context),
        }
    }

    /// A request in the dialog, which has passed the checks of RFC 3261 §12.2.2.
    pub(super) fn up_request(
        &mut self,
        now: Instant,
        transaction: ServerKey,
        request: &Request,
        context: &mut Context,
    ) {
        match request.method() {
            Method::Invite => self.reinvited(now, transaction, request, context),
            Method::Update => self.updated(now, transaction, request, context),
            Method::Bye => {
                self.respond(transaction, request, StatusCode::OK, context);
                let transferred = matches!(&self.state, State::Up(up) if up.transfer.is_accepted());
                let cause = if transferred { EndCause::Transferred } else { EndCause::FarEndHungUp };
                self.end(cause, context);
            }
            Method::Refer => self.referred(transaction, request, context),
            Method::Notify => self.notified(transaction, request, context),
            Method::Info if request.body().is_empty() => self.respond(transaction, request, StatusCode::OK, context),
            Method::Info => self.respond(transaction, request, StatusCode::UNSUPPORTED_MEDIA_TYPE, context),
            Method::Options => {
                let response = self.reply(request, StatusCode::OK, context).header(HeaderName::Allow, ALLOW);
                context.respond(transaction, response);
            }
            Method::Prack => {
                self.respond(transaction, request, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST, context);
            }
            _ => {
                let status = StatusCode::METHOD_NOT_ALLOWED;
                let response = self.reply(request, status, context).header(HeaderName::Allow, ALLOW);
                context.respond(transaction, response);
            }
        }
    }

    fn reinvited(&mut self, now: Instant, transaction: ServerKey, request: &Request, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        // RFC 3261 §14.2: the last INVITE of the far end is not over; or ours crosses it.
        if up.awaits_ack {
            let busy = self.reply(request, StatusCode::SERVER_INTERNAL_ERROR, context);
            return context.respond(transaction, busy.header(HeaderName::RetryAfter, "1"));
        }
        if up.is_inviting() || self.media.is_offer_sent() {
            return self.respond(transaction, request, StatusCode::REQUEST_PENDING, context);
        }
        if self.take_offer(now, transaction, request, true, context)
            && let State::Up(up) = &mut self.state
        {
            up.wait_for_ack(transaction);
        }
    }

    fn updated(&mut self, now: Instant, transaction: ServerKey, request: &Request, context: &mut Context) {
        if !request.body().is_empty() && self.media.is_offer_sent() {
            return self.respond(transaction, request, StatusCode::REQUEST_PENDING, context);
        }
        self.take_offer(now, transaction, request, false, context);
    }

    /// Answers an INVITE or UPDATE inside the dialog; an INVITE without offer gets ours.
    fn take_offer(
        &mut self,
        now: Instant,
        transaction: ServerKey,
        request: &Request,
        offers: bool,
        context: &mut Context,
    ) -> bool {
        let offer = match description(request.headers(), request.body()) {
            Ok(offer) => offer,
            Err(unreadable) => {
                self.respond(transaction, request, unreadable.status(), context);
                return false;
            }
        };
        let session = match SESSION_POLICY.answer(now, request) {
            Ok(session) => session,
            Err(_) => {
                let status = StatusCode::SESSION_INTERVAL_TOO_SMALL;
                let response = self.reply(request, status, context);
                let least = SESSION_POLICY.min_se.to_string();
                context.respond(transaction, response.header(HeaderName::MinSe, least));
                return false;
            }
        };
        let body = match &offer {
            Some(offer) => self.media.answer(offer, context).map(Some),
            None if offers => self.media.offer(context).map(Some),
            None => Ok(None),
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                self.respond(transaction, request, refusal(&error), context);
                return false;
            }
        };
        let response = success(self.reply(request, StatusCode::OK, context), context);
        let response = with_session(response, session.map(|(_, value)| value));
        context.respond(
            transaction,
            match body {
                Some(body) => response.body(SDP, body),
                None => response,
            },
        );
        if let State::Up(up) = &mut self.state {
            up.session = session.map(|(timer, _)| timer);
        }
        if offer.is_some() {
            self.tell_media(context);
        }
        true
    }

    /// The ACK to our 2xx came; it answers the offer that the 2xx made.
    pub(crate) fn acknowledged(&mut self, ack: &Request, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        if !std::mem::replace(&mut up.awaits_ack, false) {
            return;
        }
        if self.media.is_offer_sent() {
            let taken = match description(ack.headers(), ack.body()) {
                Ok(Some(answer)) => self.media.receive_answer(&answer),
                Ok(None) => Err(sdp::SdpError::AnswerDoesNotFitOffer("no answer")),
                Err(unreadable) => Err(unreadable.into_error()),
            };
            match taken {
                Ok(()) => self.tell_media(context),
                Err(error) => return self.bye(EndCause::Media(error), context),
            }
        }
        self.reconcile(context);
    }

    /// No ACK came (RFC 3261 §13.3.1.4).
    pub(crate) fn unacknowledged(&mut self, context: &mut Context) {
        match &self.state {
            State::Up(up) if up.awaits_ack => self.bye(EndCause::Expired, context),
            _ => {}
        }
    }

    pub(super) fn reply(&self, request: &Request, status: StatusCode, context: &Context) -> ResponseBuilder {
        let tag = self.dialog().map(|dialog| dialog.id().local_tag().clone()).unwrap_or_default();
        reply(request, status, &tag, context)
    }

    pub(super) fn respond(&self, transaction: ServerKey, request: &Request, status: StatusCode, context: &mut Context) {
        let response = self.reply(request, status, context);
        context.respond(transaction, response);
    }
}
