//! A call that comes in, until we answer it (RFC 3261 §13.3).

use std::net::SocketAddr;
use std::time::Instant;

use sdp::SessionDescription;
use sip::dialog::reliable_provisional::{self, Due, ReliableProvisional};
use sip::dialog::session_timer::{SMALLEST_INTERVAL, SessionPolicy, SessionTimer, SessionTimerViolation};
use sip::dialog::{Dialog, DialogState};
use sip::message::header::{Refresher, SessionExpires};
use sip::message::{HeaderName, Method, Request, ResponseBuilder, StatusCode};
use sip::transaction::ServerKey;

use super::dialing::supported;
use super::media::{Media, SDP, description, refusal};
use super::up::{Up, allows_update};
use super::{ALLOW, Call, State, contact, party, reply};
use crate::context::{Context, Effect};
use crate::event::{CallId, EndCause, Event};

/// The interval that we take from a caller: any that the standard allows.
pub(super) const SESSION_POLICY: SessionPolicy = SessionPolicy { interval: 1800, min_se: SMALLEST_INTERVAL };

/// An INVITE waits for our user.
pub(super) struct Ringing {
    pub(super) transaction: ServerKey,
    pub(super) dialog: Dialog,
    invite: Request,
    local_tag: String,
    offer: Option<SessionDescription>,
    session: Option<(SessionTimer, SessionExpires)>,
    reliable: Option<ReliableProvisional>,
    /// The call that this one takes the place of.
    replaces: Option<CallId>,
}

impl Call {
    /// Takes an INVITE that begins a call, or refuses it.
    pub(crate) fn receive(
        now: Instant,
        transaction: ServerKey,
        invite: Request,
        replaces: Option<CallId>,
        context: &mut Context,
    ) -> Option<Self> {
        let local_tag = context.hexadecimal(8);
        match Ringing::admit(now, transaction, invite.clone(), local_tag.clone(), replaces, context) {
            Ok(ringing) => Some(Self::ring(now, ringing, context)),
            Err(refused) => {
                let mut response = reply(&invite, refused.status, local_tag.as_bytes(), context);
                if let Some((name, value)) = refused.header {
                    response = response.header(name, value);
                }
                context.respond(transaction, response);
                None
            }
        }
    }

    fn ring(now: Instant, mut ringing: Ringing, context: &mut Context) -> Self {
        let id = context.call_id();
        ringing.send_180(now, context);
        let from = party(ringing.invite.headers().from().ok());
        context.tell(Event::Incoming { call: id, from, replaces: ringing.replaces });
        let state = State::Ringing(Box::new(ringing));
        Self { id, state, media: Media::none(), reports_to: None, report: None }
    }

    /// The user takes the call; says which other call it takes the place of.
    pub(crate) fn answer(&mut self, media: SocketAddr, context: &mut Context) -> Option<CallId> {
        let State::Ringing(ringing) = &mut self.state else { return None };
        self.media.open(media, context);
        let body = match &ringing.offer {
            Some(offer) => self.media.answer(offer, context),
            None => self.media.offer(context),
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                self.reject(refusal(&error), EndCause::Media(error), context);
                return None;
            }
        };
        let replaces = ringing.replaces;
        let response = ringing.reply(StatusCode::OK, context);
        let response = with_session(success(response, context), ringing.session.map(|(_, value)| value));
        context.respond(ringing.transaction, response.body(SDP, body));
        let mut dialog = ringing.dialog.clone();
        dialog.confirm();
        let session = ringing.session.map(|(timer, _)| timer);
        let mut up = Up::new(dialog, session, allows_update(ringing.invite.headers()));
        up.wait_for_ack(ringing.transaction);
        self.state = State::Up(Box::new(up));
        self.tell_media(context);
        context.tell(Event::Established { call: self.id });
        replaces
    }

    /// Refuses the call.
    pub(super) fn reject(&mut self, status: StatusCode, cause: EndCause, context: &mut Context) {
        if let State::Ringing(ringing) = &self.state {
            let response = ringing.reply(status, context);
            context.respond(ringing.transaction, response);
        }
        self.end(cause, context);
    }

    /// The caller gave up.
    pub(crate) fn cancelled(&mut self, context: &mut Context) {
        self.reject(StatusCode::REQUEST_TERMINATED, EndCause::Cancelled, context);
    }

    /// A request in the early dialog.
    pub(super) fn ringing_request(&mut self, transaction: ServerKey, request: &Request, context: &mut Context) {
        let State::Ringing(ringing) = &mut self.state else { return };
        let status = match request.method() {
            Method::Prack => ringing.acknowledge(request),
            Method::Bye | Method::Options => StatusCode::OK,
            // An offer while the first waits for its answer (RFC 3311 §5.2).
            Method::Update if !request.body().is_empty() => StatusCode::SERVER_INTERNAL_ERROR,
            Method::Update => StatusCode::OK,
            _ => StatusCode::REQUEST_PENDING,
        };
        let mut response = reply(request, status, ringing.local_tag.as_bytes(), context);
        if status == StatusCode::SERVER_INTERNAL_ERROR {
            response = response.header(HeaderName::RetryAfter, "5");
        }
        context.respond(transaction, response);
        if *request.method() == Method::Bye {
            self.reject(StatusCode::REQUEST_TERMINATED, EndCause::Cancelled, context);
        }
    }

    pub(super) fn ringing_timeout(&mut self, now: Instant, context: &mut Context) {
        let State::Ringing(ringing) = &mut self.state else { return };
        match ringing.reliable.as_mut().and_then(|reliable| reliable.due(now)) {
            Some(Due::Retransmit(response)) => {
                let effect = Effect::Respond(ringing.transaction, StatusCode::RINGING, response);
                context.effects.push_back(effect);
            }
            Some(Due::GiveUp) => {
                let status = StatusCode::SERVER_TIMEOUT;
                self.reject(status, EndCause::Expired, context);
            }
            None => {}
        }
    }
}

/// Why an INVITE is refused, and the field that says more.
struct Refused {
    status: StatusCode,
    header: Option<(HeaderName, String)>,
}

impl From<StatusCode> for Refused {
    fn from(status: StatusCode) -> Self {
        Self { status, header: None }
    }
}

impl Ringing {
    fn admit(
        now: Instant,
        transaction: ServerKey,
        invite: Request,
        local_tag: String,
        replaces: Option<CallId>,
        context: &mut Context,
    ) -> Result<Self, Refused> {
        let headers = invite.headers();
        let offer = description(headers, invite.body()).map_err(|unreadable| unreadable.status())?;
        if context.is_busy() && replaces.is_none() {
            return Err(StatusCode::BUSY_HERE.into());
        }
        let session = SESSION_POLICY.answer(now, &invite).map_err(too_small)?;
        let dialog = Dialog::from_uas_request(&invite, local_tag.as_bytes(), DialogState::Early)
            .map_err(|violation| violation.status())?;
        let wants_reliable = headers.require().flatten().any(|tag| tag.eq_ignore_ascii_case(b"100rel"));
        let sequence = headers.cseq().map_err(|_| StatusCode::BAD_REQUEST)?.sequence;
        let reliable = wants_reliable.then(|| {
            let random = u32::try_from(context.number() >> 33).unwrap_or_default();
            ReliableProvisional::new(sequence, random, context.config.stack.t1)
        });
        Ok(Self { transaction, dialog, local_tag, offer, session, reliable, replaces, invite })
    }

    fn send_180(&mut self, now: Instant, context: &mut Context) {
        let mut response = self.reply(StatusCode::RINGING, context);
        if let Some(contact) = contact(context) {
            response = response.header(HeaderName::Contact, contact);
        }
        let Some(reliable) = &mut self.reliable else { return context.respond(self.transaction, response) };
        let rseq = reliable.next_rseq().unwrap_or(1);
        let response = response
            .header(HeaderName::Require, reliable_provisional::OPTION_TAG)
            .header(HeaderName::RSeq, rseq.to_string());
        if let Ok(response) = response.finish() {
            reliable.sent(now, response.clone());
            context.effects.push_back(Effect::Respond(self.transaction, StatusCode::RINGING, response));
        }
    }

    fn acknowledge(&mut self, prack: &Request) -> StatusCode {
        let rack = prack.headers().rack().ok().flatten();
        let Some(rack) = rack else { return StatusCode::BAD_REQUEST };
        match self.reliable.as_mut().is_some_and(|reliable| reliable.acknowledge(&rack)) {
            true => StatusCode::OK,
            false => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
        }
    }

    fn reply(&self, status: StatusCode, context: &Context) -> ResponseBuilder {
        let response = reply(&self.invite, status, self.local_tag.as_bytes(), context);
        // RFC 3261 §12.1.1: what makes a dialog repeats the way that its requests will go.
        match status.is_provisional() || status.is_success() {
            true => response.copy(self.invite.headers(), HeaderName::RecordRoute),
            false => response,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.reliable.as_ref().and_then(ReliableProvisional::deadline)
    }
}

fn too_small(violation: SessionTimerViolation) -> Refused {
    match violation {
        SessionTimerViolation::Syntax(_) => StatusCode::BAD_REQUEST.into(),
        SessionTimerViolation::IntervalTooSmall { min_se } => Refused {
            status: StatusCode::SESSION_INTERVAL_TOO_SMALL,
            header: Some((HeaderName::MinSe, min_se.to_string())),
        },
    }
}

/// What each of our 2xx responses to INVITE and UPDATE carries.
pub(super) fn success(response: ResponseBuilder, context: &Context) -> ResponseBuilder {
    let response = match contact(context) {
        Some(contact) => response.header(HeaderName::Contact, contact),
        None => response,
    };
    response.header(HeaderName::Allow, ALLOW).header(HeaderName::Supported, supported(context))
}

/// Session-Expires of a 2xx, with Require where the caller refreshes (RFC 4028 §9).
pub(super) fn with_session(response: ResponseBuilder, session: Option<SessionExpires>) -> ResponseBuilder {
    let Some(session) = session else { return response };
    let response = response.header(HeaderName::SessionExpires, session_expires(&session));
    match session.refresher {
        Some(Refresher::Uac) => response.header(HeaderName::Require, "timer"),
        _ => response,
    }
}

/// The value of Session-Expires.
pub(super) fn session_expires(session: &SessionExpires) -> String {
    let seconds = session.seconds;
    match session.refresher {
        Some(Refresher::Uac) => format!("{seconds};refresher=uac"),
        Some(Refresher::Uas) => format!("{seconds};refresher=uas"),
        None => seconds.to_string(),
    }
}
