//! Transfer by REFER (RFC 3515, RFC 5589), from each of its three ends.
//!
//! The *transferor* asks the far end to call somebody, hears by NOTIFY how that goes, and hangs up when it worked.
//! The *transferee* is asked: its user decides, and the new call tells how it goes. The *target* of an attended
//! transfer gets an INVITE with Replaces, which `ringing` handles.

use std::net::SocketAddr;

use sip::dialog::refer::{ReferTo, Replaced, SIPFRAG, sipfrag, sipfrag_status};
use sip::message::{HeaderName, Method, Request, Response, StatusCode, UriBuf};
use sip::transaction::ServerKey;

use super::dialing::Outgoing;
use super::{Call, Purpose, State};
use crate::context::Context;
use crate::event::{EndCause, Event};

/// How long a transfer may take, as our NOTIFYs say.
const SUBSCRIPTION_SECONDS: u32 = 60;

/// The transfers of an answered call.
#[derive(Default)]
pub(super) struct Transfer {
    asked: Asked,
    wanted: Option<Referral>,
}

/// A REFER of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    Sent,
    Accepted,
}

/// A REFER of the far end, which its user wants followed.
#[derive(Clone, Debug)]
struct Referral {
    refer_to: ReferTo,
    referred_by: Option<Vec<u8>>,
    /// Whether the far end wants to hear how it goes (RFC 4488).
    notifies: bool,
}

impl Transfer {
    pub(super) fn is_accepted(&self) -> bool {
        self.asked == Asked::Accepted
    }
}

impl Call {
    /// Asks the far end to call `target`, in the place of `replaces` if given.
    pub(crate) fn transfer(&mut self, target: UriBuf, replaces: Option<Replaced>, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        if up.transfer.asked != Asked::Nothing {
            return;
        }
        let refer_to = ReferTo { target, method: Method::Invite, replaces };
        let referred_by = context.line().and_then(|line| context.uri_of(&line.directory_number));
        let (Ok(request), Some(contact)) = (up.dialog.next_request(Method::Refer), super::contact(context)) else {
            return;
        };
        let mut request = request.header(HeaderName::Contact, contact).header(HeaderName::ReferTo, refer_to.value());
        if let Some(uri) = referred_by {
            request = request.header(HeaderName::ReferredBy, format!("<{uri}>"));
        }
        up.transfer.asked = Asked::Sent;
        self.send(Purpose::Refer, request, context);
    }

    pub(super) fn refer_response(&mut self, response: &Response, context: &mut Context) {
        let status = response.status();
        if status.is_provisional() {
            return;
        }
        match &mut self.state {
            State::Up(up) if status.is_success() && up.transfer.asked == Asked::Sent => {
                up.transfer.asked = Asked::Accepted;
            }
            _ if status.is_success() => {}
            _ => self.transfer_failed(status, context),
        }
    }

    pub(super) fn transfer_failed(&mut self, status: StatusCode, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        if std::mem::take(&mut up.transfer.asked) != Asked::Nothing {
            context.tell(Event::TransferFailed { call: self.id, status });
        }
    }

    /// The far end tells how the transfer goes.
    pub(super) fn notified(&mut self, transaction: ServerKey, request: &Request, context: &mut Context) {
        let headers = request.headers();
        let about_refer =
            headers.event().ok().flatten().is_some_and(|event| event.package.eq_ignore_ascii_case(b"refer"));
        let State::Up(up) = &self.state else { return };
        if !about_refer || up.transfer.asked == Asked::Nothing {
            let status = if about_refer { StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST } else { StatusCode::BAD_EVENT };
            return self.respond(transaction, request, status, context);
        }
        self.respond(transaction, request, StatusCode::OK, context);
        let ended = headers.subscription_state().ok().flatten().is_none_or(|state| state.is_terminated());
        match sipfrag_status(request.body()) {
            Some(status) if status.is_success() => {
                context.tell(Event::TransferProgress { call: self.id, status });
                self.bye(EndCause::Transferred, context);
            }
            Some(status) if status.is_provisional() && !ended => {
                context.tell(Event::TransferProgress { call: self.id, status });
            }
            Some(status) if status.is_final() => self.transfer_failed(status, context),
            // The subscription ended, and nobody said how.
            _ if ended => self.transfer_failed(StatusCode::REQUEST_TIMEOUT, context),
            _ => {}
        }
    }

    /// The far end asks us to call somebody.
    pub(super) fn referred(&mut self, transaction: ServerKey, request: &Request, context: &mut Context) {
        let headers = request.headers();
        let refer_to = headers.refer_to().ok().flatten().and_then(|value| ReferTo::read(&value));
        let acceptable =
            refer_to.filter(|refer_to| refer_to.method == Method::Invite && refer_to.target.as_sip().is_some());
        let Some(refer_to) = acceptable else {
            return self.respond(transaction, request, StatusCode::BAD_REQUEST, context);
        };
        let suppressed = headers.first(HeaderName::ReferSub).is_some_and(|value| value.eq_ignore_ascii_case(b"false"));
        let referral = Referral {
            refer_to,
            referred_by: headers.first(HeaderName::ReferredBy).map(<[u8]>::to_vec),
            notifies: !suppressed,
        };
        let to = referral.refer_to.target.to_string();
        let response = super::ringing::success(self.reply(request, StatusCode::ACCEPTED, context), context);
        context
            .respond(transaction, if suppressed { response.header(HeaderName::ReferSub, "false") } else { response });
        if let State::Up(up) = &mut self.state {
            up.transfer.wanted = Some(referral);
        }
        self.notify(StatusCode::TRYING, context);
        context.tell(Event::TransferWanted { call: self.id, to });
    }

    /// The call that the far end asks for, if it does.
    pub(crate) fn follow(&mut self, media: SocketAddr) -> Option<Outgoing> {
        let State::Up(up) = &self.state else { return None };
        let referral = up.transfer.wanted.as_ref()?;
        Some(Outgoing {
            to: referral.refer_to.target.clone(),
            media,
            replaces: referral.refer_to.replaces.clone(),
            referred_by: referral.referred_by.clone(),
            reports_to: Some(self.id),
        })
    }

    /// Tells the far end how the call that it asked for goes.
    pub(crate) fn notify(&mut self, status: StatusCode, context: &mut Context) {
        let State::Up(up) = &mut self.state else { return };
        let Some(referral) = &up.transfer.wanted else { return };
        let notifies = referral.notifies;
        if status.is_final() {
            up.transfer.wanted = None;
        }
        if !notifies {
            return;
        }
        let state = match status.is_final() {
            true => "terminated;reason=noresource".to_owned(),
            false => format!("active;expires={SUBSCRIPTION_SECONDS}"),
        };
        let (Ok(request), Some(contact)) = (up.dialog.next_request(Method::Notify), super::contact(context)) else {
            return;
        };
        let request = request
            .header(HeaderName::Contact, contact)
            .header(HeaderName::Event, "refer")
            .header(HeaderName::SubscriptionState, state)
            .body(SIPFRAG, sipfrag(status));
        self.send(Purpose::Nothing, request, context);
    }
}
