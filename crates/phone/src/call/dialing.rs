//! A call that we make, until it is answered (RFC 3261 §13.2).

use std::net::SocketAddr;
use std::time::Instant;

use sip::dialog::refer::Replaced;
use sip::dialog::reliable_provisional::ProvisionalOrder;
use sip::dialog::session_timer::{SMALLEST_INTERVAL, SessionPolicy, SessionTimer};
use sip::dialog::{Dialog, DialogId};
use sip::message::{HeaderName, Method, Request, RequestBuilder, Response, StatusCode, UriBuf};
use sip::transaction::ClientKey;

use super::media::{Media, SDP, description};
use super::up::{Up, allows_update};
use super::{ALLOW, Call, Purpose, SUPPORTED, State, contact};
use crate::context::{Context, Effect, Sender, uri_host};
use crate::event::{CallId, EndCause, Event};

/// Whom to call, and why.
pub(crate) struct Outgoing {
    pub(crate) to: UriBuf,
    pub(crate) media: SocketAddr,
    /// The dialog to take the place of (RFC 3891).
    pub(crate) replaces: Option<Replaced>,
    /// The value of Referred-By (RFC 3892).
    pub(crate) referred_by: Option<Vec<u8>>,
    /// The call that asked for this one.
    pub(crate) reports_to: Option<CallId>,
}

/// An INVITE of ours is under way.
pub(super) struct Dialing {
    outgoing: Outgoing,
    call_id: String,
    local_tag: String,
    sequence: u32,
    session_interval: u32,
    key: Option<ClientKey>,
    invite: Option<Request>,
    early: Option<Early>,
    rings: bool,
    give_up: Instant,
    /// Why we cancelled.
    pub(super) cancelled: Option<EndCause>,
}

/// An early dialog, and the order of its reliable provisional responses.
struct Early {
    dialog: Dialog,
    order: ProvisionalOrder,
}

impl Call {
    /// Calls somebody. `None`: the INVITE cannot be written, or there is no flow.
    pub(crate) fn dial(now: Instant, outgoing: Outgoing, context: &mut Context) -> Option<Self> {
        let site = context.site.clone()?;
        let id = context.call_id();
        let mut media = Media::none();
        media.open(outgoing.media, context);
        let dialing = Dialing {
            call_id: format!("{}@{}", context.hexadecimal(16), uri_host(&site.local.ip().to_string())),
            local_tag: context.hexadecimal(8),
            sequence: 0,
            session_interval: SessionPolicy::default().interval,
            key: None,
            invite: None,
            early: None,
            rings: false,
            give_up: now + context.config.stack.invite_expires,
            cancelled: None,
            outgoing,
        };
        context.tell(Event::Dialing { call: id, to: dialing.outgoing.to.to_string() });
        let reports_to = dialing.outgoing.reports_to;
        let mut call = Self { id, state: State::Dialing(Box::new(dialing)), media, reports_to, report: None };
        call.invite(context);
        Some(call)
    }

    /// Sends the INVITE with an offer.
    fn invite(&mut self, context: &mut Context) {
        let State::Dialing(dialing) = &mut self.state else { return };
        let offer = match self.media.offer(context) {
            Ok(offer) => offer,
            Err(error) => return self.end(EndCause::Media(error), context),
        };
        dialing.sequence += 1;
        let sender = Sender::Call(self.id, Purpose::Invite);
        let sent = dialing.request(context).and_then(|request| context.send(sender, request.body(SDP, offer)).ok());
        match sent {
            Some((key, invite)) => {
                dialing.key = Some(key);
                dialing.invite = Some(invite);
            }
            None => self.end(EndCause::Refused(StatusCode::BAD_REQUEST), context),
        }
    }

    pub(super) fn invite_response(&mut self, now: Instant, response: &Response, context: &mut Context) {
        let status = response.status();
        if let State::Up(up) = &mut self.state {
            return up.late_response(response, context);
        }
        self.report = Some(status);
        if status.is_provisional() {
            self.progress(response, context);
        } else if status.is_success() {
            self.answered(now, response, context);
        } else if status == StatusCode::SESSION_INTERVAL_TOO_SMALL && self.lengthen_session(response) {
            self.media.withdraw();
            self.invite(context);
        } else {
            self.invite_unanswered(status, context);
        }
    }

    /// RFC 4028 §7.4: the INVITE is sent again with the interval that Min-SE asks for.
    fn lengthen_session(&mut self, response: &Response) -> bool {
        let State::Dialing(dialing) = &mut self.state else { return false };
        let least = response.headers().min_se().ok().flatten().unwrap_or_default();
        let longer = least > dialing.session_interval && dialing.cancelled.is_none();
        if longer {
            dialing.session_interval = least;
            dialing.early = None;
        }
        longer
    }

    fn progress(&mut self, response: &Response, context: &mut Context) {
        let State::Dialing(dialing) = &mut self.state else { return };
        if response.status() == StatusCode::RINGING && !std::mem::replace(&mut dialing.rings, true) {
            context.tell(Event::Ringing { call: self.id });
        }
        let Some(prack) = dialing.take_early(response) else { return };
        if let Some(prack) = prack {
            self.send(Purpose::Prack, prack, context);
            self.early_answer(response, context);
        }
    }

    /// An answer in a reliable provisional response is the answer (RFC 3262 §5).
    fn early_answer(&mut self, response: &Response, context: &mut Context) {
        let Ok(Some(answer)) = description(response.headers(), response.body()) else { return };
        if self.media.is_offer_sent() && self.media.receive_answer(&answer).is_ok() {
            self.tell_media(context);
        }
    }

    fn answered(&mut self, now: Instant, response: &Response, context: &mut Context) {
        let State::Dialing(dialing) = &mut self.state else { return };
        let Some(dialog) = dialing.take_dialog(response) else {
            return self.end(EndCause::Refused(StatusCode::BAD_REQUEST), context);
        };
        let sequence = dialing.sequence;
        let cancelled = dialing.cancelled.take();
        let session = SessionTimer::agreed(now, response).ok().flatten();
        let mut up = Up::new(dialog, session, allows_update(response.headers()));
        up.acknowledge(sequence, context);
        self.state = State::Up(Box::new(up));
        if let Some(cause) = cancelled {
            return self.bye(cause, context);
        }
        let answer = description(response.headers(), response.body());
        let taken = match answer {
            // RFC 3261 §13.2.1: what a reliable provisional response answered stands.
            _ if !self.media.is_offer_sent() => Ok(()),
            Ok(Some(answer)) => self.media.receive_answer(&answer),
            Ok(None) => Err(sdp::SdpError::AnswerDoesNotFitOffer("no answer")),
            Err(unreadable) => Err(unreadable.into_error()),
        };
        match taken {
            Ok(()) => {
                self.tell_media(context);
                context.tell(Event::Established { call: self.id });
                self.reconcile(context);
            }
            Err(error) => self.bye(EndCause::Media(error), context),
        }
    }

    pub(super) fn tell_media(&self, context: &mut Context) {
        if let Some((media, hold)) = self.media.settled() {
            context.tell(Event::Media { call: self.id, media, hold });
        }
    }

    /// The INVITE was refused, or nobody answered it.
    pub(super) fn invite_unanswered(&mut self, status: StatusCode, context: &mut Context) {
        let State::Dialing(dialing) = &mut self.state else { return };
        let cause = dialing.cancelled.take().unwrap_or(EndCause::Refused(status));
        self.end(cause, context);
    }

    pub(super) fn dialing_timeout(&mut self, now: Instant, context: &mut Context) {
        if let State::Dialing(dialing) = &mut self.state
            && dialing.deadline().is_some_and(|at| at <= now)
        {
            dialing.cancel(EndCause::NoAnswer, context);
        }
    }
}

impl Dialing {
    pub(super) fn early(&self) -> Option<&Dialog> {
        self.early.as_ref().map(|early| &early.dialog)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.cancelled.is_none().then_some(self.give_up)
    }

    /// Gives the call up; its end is told when the INVITE is answered.
    pub(super) fn cancel(&mut self, cause: EndCause, context: &mut Context) {
        if self.cancelled.is_some() {
            return;
        }
        self.cancelled = Some(cause);
        if let Some(key) = self.key {
            context.effects.push_back(Effect::Cancel(key));
        }
    }

    fn request(&self, context: &Context) -> Option<RequestBuilder> {
        let line = context.line()?;
        let from = context.uri_of(&line.directory_number)?;
        let name = line.display_name.replace(['\\', '"'], "");
        let mut request = Request::build(Method::Invite, &self.outgoing.to)
            .header(HeaderName::From, format!("\"{name}\" <{from}>;tag={}", self.local_tag))
            .header(HeaderName::To, format!("<{}>", self.outgoing.to))
            .header(HeaderName::CallId, &self.call_id)
            .header(HeaderName::MaxForwards, "70")
            .header(HeaderName::CSeq, format!("{} INVITE", self.sequence))
            .header(HeaderName::UserAgent, &context.settings.user_agent)
            .header(HeaderName::Contact, contact(context)?)
            .header(HeaderName::Expires, context.config.stack.invite_expires.as_secs().to_string())
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Supported, supported(context))
            .header(HeaderName::SessionExpires, self.session_interval.to_string())
            .header(HeaderName::MinSe, SMALLEST_INTERVAL.to_string());
        if let Some(route) = context.route() {
            request = request.header(HeaderName::Route, route);
        }
        if let Some(replaces) = &self.outgoing.replaces {
            request = request.header(HeaderName::Replaces, replaces.value());
        }
        if let Some(referred_by) = &self.outgoing.referred_by {
            request = request.header(HeaderName::ReferredBy, referred_by);
        }
        Some(request)
    }

    /// Takes a provisional response with a To tag. `Some(Some(_))`: it is reliable and new, and wants this PRACK.
    fn take_early(&mut self, response: &Response) -> Option<Option<RequestBuilder>> {
        let headers = response.headers();
        headers.to().ok()?.tag()?;
        let id = DialogId::of_response(response).ok()?;
        if self.early.as_ref().is_none_or(|early| *early.dialog.id() != id) {
            let dialog = Dialog::from_uac_response(self.invite.as_ref()?, response).ok()?;
            self.early = Some(Early { dialog, order: ProvisionalOrder::default() });
        }
        let early = self.early.as_mut()?;
        let Some(rseq) = headers.rseq().ok()?.filter(|_| headers.supports("100rel")) else { return Some(None) };
        if !early.order.accept(rseq) {
            return Some(None);
        }
        let prack = early.dialog.next_request(Method::Prack).ok()?;
        Some(Some(prack.header(HeaderName::RAck, format!("{rseq} {} INVITE", self.sequence))))
    }

    /// The dialog of the 2xx: the early one of the same tag, or a new one.
    fn take_dialog(&mut self, response: &Response) -> Option<Dialog> {
        let id = DialogId::of_response(response).ok()?;
        match self.early.take().filter(|early| *early.dialog.id() == id) {
            Some(Early { mut dialog, .. }) => dialog.confirm_by(response).ok().map(|()| dialog),
            None => Dialog::from_uac_response(self.invite.as_ref()?, response).ok(),
        }
    }
}

/// The extensions that we name in requests and 2xx responses.
pub(super) fn supported(context: &Context) -> String {
    match context.settings.srtp_fallback {
        true => format!("{SUPPORTED},X-cisco-srtp-fallback"),
        false => SUPPORTED.to_owned(),
    }
}
