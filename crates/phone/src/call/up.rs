//! An answered call: hold and resume by re-INVITE (RFC 3261 §14), UPDATE (RFC 3311), session timers (RFC 4028), BYE.
//!
//! What the user wants and what the far end was told last may differ; whenever an offer may go out and they do,
//! [`Call::reconcile`] sends one. So hold and resume need no queue, and glare (491) is one retry later.

use std::time::{Duration, Instant};

use sip::dialog::session_timer::{Due, SessionTimer};
use sip::dialog::{Dialog, DialogId, Role};
use sip::message::{HeaderName, Headers, Method, Request, Response, StatusCode};
use sip::transaction::ServerKey;

use super::media::{SDP, description};
use super::ringing::session_expires;
use super::transfer::Transfer;
use super::{ALLOW, Call, Purpose, State, contact};
use crate::context::Context;
use crate::event::{EndCause, Event};

/// Between attempts to refresh a session.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

/// A dialog is confirmed.
pub(super) struct Up {
    pub(super) dialog: Dialog,
    /// The INVITE of the far end that we answered last.
    pub(super) invite: Option<ServerKey>,
    /// Whether its ACK is still to come.
    pub(super) awaits_ack: bool,
    /// Our INVITE or UPDATE under way.
    modify: Option<Modify>,
    /// Our last ACK to a 2xx.
    ack: Option<Request>,
    pub(super) session: Option<SessionTimer>,
    allows_update: bool,
    /// When glare is tried again.
    retry_at: Option<Instant>,
    pub(super) transfer: Transfer,
}

/// Our INVITE or UPDATE inside the dialog.
#[derive(Clone, Copy, Debug)]
struct Modify {
    method: Refresh,
    sequence: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    Invite,
    Update,
}

impl Up {
    pub(super) fn new(dialog: Dialog, session: Option<SessionTimer>, allows_update: bool) -> Self {
        Self {
            dialog,
            invite: None,
            awaits_ack: false,
            modify: None,
            ack: None,
            session,
            allows_update,
            retry_at: None,
            transfer: Transfer::default(),
        }
    }

    /// Sends the ACK to a 2xx (RFC 3261 §13.2.2.4).
    pub(super) fn acknowledge(&mut self, sequence: u32, context: &mut Context) {
        let ack = self.dialog.ack(sequence).header(HeaderName::UserAgent, &context.settings.user_agent);
        if let Ok(ack) = ack.finish_request() {
            self.ack = Some(ack.clone());
            context.acknowledge(ack);
        }
    }

    pub(super) fn wait_for_ack(&mut self, invite: ServerKey) {
        self.invite = Some(invite);
        self.awaits_ack = true;
    }

    /// A response to the first INVITE after the call was answered: the 2xx came again, or that of another fork,
    /// which is acknowledged and hung up (RFC 3261 §13.2.2.4).
    pub(super) fn late_response(&mut self, response: &Response, context: &mut Context) {
        if !response.status().is_success() {
            return;
        }
        let is_ours = DialogId::of_response(response).is_ok_and(|id| id == *self.dialog.id());
        if is_ours {
            if let Some(ack) = self.ack.clone() {
                context.acknowledge(ack);
            }
            return;
        }
        self.hang_up_fork(response, context);
    }

    fn hang_up_fork(&self, response: &Response, context: &mut Context) {
        // The dialog of a fork differs from ours in what its 2xx says and in nothing else.
        let Some(ack) = &self.ack else { return };
        let Ok(mut fork) = Dialog::from_uac_response(ack, response) else { return };
        let Some(sequence) = fork.local_sequence() else { return };
        if let Ok(ack) = fork.ack(sequence).finish_request() {
            context.acknowledge(ack);
        }
        if let Ok(bye) = fork.next_request(Method::Bye) {
            let _ = context.send(crate::context::Sender::Nobody, bye);
        }
    }

    /// Whether our INVITE waits for its final response.
    pub(super) fn is_inviting(&self) -> bool {
        self.modify.is_some_and(|modify| modify.method == Refresh::Invite)
    }

    fn may_offer(&self) -> bool {
        self.modify.is_none() && !self.awaits_ack && self.retry_at.is_none()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match (self.modify, self.retry_at) {
            (Some(_), _) => None,
            (None, Some(at)) => Some(at),
            (None, None) => self.session.map(|session| session.deadline()),
        }
    }
}

impl Call {
    /// The user puts the far end on hold, or takes it back.
    pub(crate) fn hold(&mut self, held: bool, context: &mut Context) {
        self.media.wanted = if held { sdp::Direction::SendOnly } else { sdp::Direction::SendReceive };
        self.reconcile(context);
    }

    /// Sends an offer if the far end has not been told what the user wants, and if one may go out.
    pub(super) fn reconcile(&mut self, context: &mut Context) {
        let State::Up(up) = &self.state else { return };
        if up.may_offer() && self.media.is_behind() && context.site.is_some() {
            self.reinvite(context);
        }
    }

    fn reinvite(&mut self, context: &mut Context) {
        if let Ok(offer) = self.media.offer(context) {
            self.modify(Refresh::Invite, Some(offer), context);
        }
    }

    fn modify(&mut self, method: Refresh, offer: Option<bytes::Bytes>, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        let name = match method {
            Refresh::Invite => Method::Invite,
            Refresh::Update => Method::Update,
        };
        let (Ok(request), Some(contact)) = (up.dialog.next_request(name), contact(context)) else {
            return self.media.withdraw();
        };
        let mut request = request
            .header(HeaderName::Contact, contact)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Supported, super::dialing::supported(context));
        if let Some(session) = &up.session {
            request = request.header(HeaderName::SessionExpires, session_expires(&session.session_expires()));
        }
        if let Some(offer) = offer {
            request = request.body(SDP, offer);
        }
        up.modify = up.dialog.local_sequence().map(|sequence| Modify { method, sequence });
        up.retry_at = None;
        self.send(Purpose::Modify, request, context);
    }

    pub(super) fn modify_response(&mut self, now: Instant, response: &Response, context: &mut Context) {
        let status = response.status();
        let State::Up(up) = &mut self.state else { return };
        if status.is_provisional() {
            return;
        }
        let Some(modify) = up.modify.take() else {
            // The 2xx came again: so does the ACK.
            return up.late_response(response, context);
        };
        if !status.is_success() {
            up.modify = Some(modify);
            return self.modify_failed(now, status, context);
        }
        if modify.method == Refresh::Invite {
            up.acknowledge(modify.sequence, context);
        }
        // A Contact that cannot be read leaves the target as it was.
        let _ = up.dialog.refresh_by_response(response);
        up.session = SessionTimer::agreed(now, response).ok().flatten();
        if self.media.is_offer_sent() {
            let answer = description(response.headers(), response.body());
            let taken = match answer {
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

    pub(super) fn modify_failed(&mut self, now: Instant, status: StatusCode, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        up.modify = None;
        let had_offer = self.media.is_offer_sent();
        self.media.withdraw();
        match status {
            // RFC 3261 §12.2.1.2: the far end knows nothing of this dialog any more.
            StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST | StatusCode::REQUEST_TIMEOUT => {
                self.bye(EndCause::Refused(status), context);
            }
            StatusCode::REQUEST_PENDING => {
                // RFC 3261 §14.1: whoever owns the Call-ID waits longer.
                let (from, to) = match up.dialog.role() {
                    Role::Uac => (2_100, 4_000),
                    Role::Uas => (0, 2_000),
                };
                let pause = context.between(Duration::from_millis(from), Duration::from_millis(to));
                up.retry_at = Some(now + pause);
            }
            _ => {
                up.retry_at = Some(now + REFRESH_PAUSE);
                if had_offer && self.media.is_behind() {
                    self.media.give_in();
                    context.tell(Event::MediaRefused { call: self.id, status });
                }
            }
        }
    }

    pub(super) fn up_timeout(&mut self, now: Instant, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        if up.deadline().is_none_or(|at| at > now) {
            return;
        }
        up.retry_at = None;
        let due = up.session.and_then(|session| session.due(now));
        match due {
            Some(Due::Expired) => self.bye(EndCause::Expired, context),
            Some(Due::Refresh) => self.refresh(now, context),
            None => self.reconcile(context),
        }
    }

    /// Refreshes the session, or tries again after a pause when no request can go out.
    fn refresh(&mut self, now: Instant, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        let ready = !up.awaits_ack && context.site.is_some();
        let allows_update = up.allows_update;
        up.retry_at = Some(now + REFRESH_PAUSE);
        match (ready, allows_update) {
            (true, true) => self.modify(Refresh::Update, None, context),
            (true, false) => self.reinvite(context),
            (false, _) => {}
        }
    }
}

/// Whether the far end takes UPDATE.
pub(super) fn allows_update(headers: &Headers) -> bool {
    headers.allow().flatten().any(|method| method == b"UPDATE")
}
