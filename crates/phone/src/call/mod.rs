//! A call: RFC 3261 §13 to §15, with what a softphone adds (hold, transfer, session timers).
//!
//! ```text
//!   dial                                    INVITE from the server
//!    | INVITE                                 | 180
//!    v                                        v
//!  Dialing --2xx / ACK--+          +--answer / 200-- Ringing
//!    |                  v          v                    |
//!    |                  +--> Up <--+                    |
//!    |                        |                         |
//!    | 3xx-6xx, CANCEL, 408   | BYE, either way         | CANCEL, reject
//!    +------------------------+-------------------------+
//!                             v
//!                           Over
//! ```
//!
//! `dialing`, `ringing` and `up` are the states, `asked` is what the far end asks for, `transfer` is RFC 3515 from each of its three ends, `media` makes
//! offers and answers. A call writes requests without Via and names the transaction user's side only: the flow and
//! its transactions are the phone's.
//!
//! Our choices: a challenge to anything but REGISTER ends the request as refused, and no credential is sent; a
//! session description in an unreliable provisional response is not used; BYE is not waited for.

mod asked;
mod dialing;
mod media;
mod ringing;
mod transfer;
mod up;

use std::time::Instant;

use sip::dialog::{Dialog, DialogId};
use sip::message::header::NameAddr;
use sip::message::{HeaderName, Request, RequestBuilder, Response, ResponseBuilder, StatusCode};
use sip::transaction::ServerKey;

use crate::context::Context;
use crate::event::{CallId, EndCause, Event, Party};
use dialing::Dialing;
pub(crate) use dialing::Outgoing;
use media::Media;
use ringing::Ringing;
use up::Up;

/// The methods that a phone takes.
pub(crate) const ALLOW: &str = "INVITE,ACK,CANCEL,BYE,OPTIONS,PRACK,UPDATE,REFER,NOTIFY";
/// The extensions that a phone has.
const SUPPORTED: &str = "100rel,timer,replaces";

/// What a request of a call is for: where its response goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Invite,
    /// An INVITE or UPDATE inside the dialog, with an offer or as a refresh.
    Modify,
    Prack,
    Refer,
    /// BYE and NOTIFY: the answer changes nothing.
    Nothing,
}

/// A call.
pub(crate) struct Call {
    id: CallId,
    state: State,
    media: Media,
    /// The call that asked for this one, and hears how it goes (RFC 3515 §2.4.4).
    reports_to: Option<CallId>,
    report: Option<StatusCode>,
}

enum State {
    Dialing(Box<Dialing>),
    Ringing(Box<Ringing>),
    Up(Box<Up>),
    Over,
}

impl Call {
    pub(crate) fn id(&self) -> CallId {
        self.id
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Whether this is an answered call.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, State::Up(_))
    }

    /// The dialog, as far as there is one.
    pub(crate) fn dialog(&self) -> Option<&Dialog> {
        match &self.state {
            State::Dialing(dialing) => dialing.early(),
            State::Ringing(ringing) => Some(&ringing.dialog),
            State::Up(up) => Some(&up.dialog),
            State::Over => None,
        }
    }

    pub(crate) fn is_in(&self, id: &DialogId) -> bool {
        self.dialog().is_some_and(|dialog| dialog.id() == id)
    }

    /// Whether this server transaction is the INVITE of the call, or its last re-INVITE.
    pub(crate) fn has_invite(&self, transaction: ServerKey) -> bool {
        match &self.state {
            State::Ringing(ringing) => ringing.transaction == transaction,
            State::Up(up) => up.invite == Some(transaction),
            State::Dialing(_) | State::Over => false,
        }
    }

    /// The status that the call which asked for this one has not heard yet.
    pub(crate) fn take_report(&mut self) -> Option<(CallId, StatusCode)> {
        Some((self.reports_to?, self.report.take()?))
    }

    /// When [`timeout`](Self::timeout) is to be called next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Dialing(dialing) => dialing.deadline(),
            State::Ringing(ringing) => ringing.deadline(),
            State::Up(up) => up.deadline(),
            State::Over => None,
        }
    }

    pub(crate) fn timeout(&mut self, now: Instant, context: &mut Context) {
        match &self.state {
            State::Dialing(_) => self.dialing_timeout(now, context),
            State::Ringing(_) => self.ringing_timeout(now, context),
            State::Up(_) => self.up_timeout(now, context),
            State::Over => {}
        }
    }

    pub(crate) fn response(&mut self, now: Instant, purpose: Purpose, response: &Response, context: &mut Context) {
        match purpose {
            Purpose::Invite => self.invite_response(now, response, context),
            Purpose::Modify => self.modify_response(now, response, context),
            Purpose::Refer => self.refer_response(response, context),
            Purpose::Prack | Purpose::Nothing => {}
        }
    }

    /// No response came, which counts as `status`.
    pub(crate) fn no_response(&mut self, now: Instant, purpose: Purpose, status: StatusCode, context: &mut Context) {
        match purpose {
            Purpose::Invite => self.invite_unanswered(status, context),
            Purpose::Modify => self.modify_failed(now, status, context),
            Purpose::Refer => self.transfer_failed(status, context),
            Purpose::Prack | Purpose::Nothing => {}
        }
    }

    /// The user hangs up, cancels or rejects.
    pub(crate) fn hang_up(&mut self, cause: EndCause, context: &mut Context) {
        match &mut self.state {
            State::Dialing(dialing) => dialing.cancel(cause, context),
            State::Ringing(_) => self.reject(StatusCode::BUSY_HERE, cause, context),
            State::Up(_) => self.bye(cause, context),
            State::Over => {}
        }
    }

    /// Sends BYE and forgets the call.
    fn bye(&mut self, cause: EndCause, context: &mut Context) {
        if let State::Up(up) = &mut self.state
            && let Ok(bye) = up.dialog.next_request(sip::message::Method::Bye)
        {
            self.send(Purpose::Nothing, bye, context);
        }
        self.end(cause, context);
    }

    /// The flow is gone. An answered call keeps its media, and may be hung up over the next flow.
    pub(crate) fn flow_lost(&mut self, context: &mut Context) {
        let cause = match &mut self.state {
            State::Up(_) => return,
            State::Dialing(dialing) => dialing.cancelled.take(),
            State::Ringing(_) | State::Over => None,
        };
        self.end(cause.unwrap_or(EndCause::FlowLost), context);
    }

    fn end(&mut self, cause: EndCause, context: &mut Context) {
        if self.is_over() {
            return;
        }
        if let EndCause::Refused(status) = &cause {
            self.report = Some(*status);
        } else if !self.is_up() {
            self.report = Some(StatusCode::REQUEST_TERMINATED);
        }
        self.state = State::Over;
        context.tell(Event::Ended { call: self.id, cause });
    }

    fn send(&self, purpose: Purpose, request: RequestBuilder, context: &mut Context) {
        let request = request.header(HeaderName::UserAgent, &context.settings.user_agent);
        // What a dialog writes comes from messages that parsed, and from our own values.
        let _ = context.send(crate::context::Sender::Call(self.id, purpose), request);
    }
}

/// The fields that make a request or response a target refresh.
fn contact(context: &Context) -> Option<String> {
    Some(format!("<{}>", context.contact_uri()?))
}

/// A response to a request of this call; `tag` is our To tag.
fn reply(request: &Request, status: StatusCode, tag: &[u8], context: &Context) -> ResponseBuilder {
    let response = Response::reply_to(request, status).to_tag(tag);
    response.header(HeaderName::Server, &context.settings.user_agent)
}

/// Who is named in a header field.
fn party(address: Option<NameAddr<'_>>) -> Party {
    let Some(address) = address else { return Party { display_name: String::new(), number: String::new() } };
    let user = address.uri().and_then(|uri| uri.as_sip()).and_then(|uri| uri.user_decoded());
    let number = user.unwrap_or(address.uri_bytes().into());
    let display_name = address.display_name().unwrap_or_default();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).chars().filter(|c| !c.is_control()).collect();
    Party { display_name: text(&display_name), number: text(&number) }
}
