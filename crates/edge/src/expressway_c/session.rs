//! Sessions: who is registered through this edge, learned from the answers to REGISTER and nowhere else.

use std::time::{Duration, Instant};

use sip::message::{HeaderName, Method, Request, Response};
use token::UnixTime;

use super::ExpresswayC;
use super::phones::PendingRegistration;
use crate::event::Event;
use crate::expressway_e::granted_seconds;
use crate::flow::FlowToken;
use crate::now::Now;
use crate::output::Output;
use crate::view::EdgeView;
use crate::zone::ZoneName;

/// The Contact parameter by which a device names itself.
const DEVICE_NAME: &str = "+u.sip!devicename.ccm.cisco.com";

/// A phone that is registered through this edge.
#[derive(Clone, Debug)]
pub struct Session {
    /// C's token of the phone's flow.
    pub flow: FlowToken,
    /// The phone's address as E saw it.
    pub client: String,
    /// The user of its access token.
    pub user: Option<String>,
    /// The device that it named.
    pub device: Option<String>,
    /// The URI of its Contact.
    pub contact: String,
    /// The zone of the node that it registered with.
    pub zone: ZoneName,
    /// When the phone registered, in seconds since 1970: a renewal changes nothing of it.
    pub started_at: UnixTime,
    /// When the session ends unless it is renewed: with the registration, or with the token if that is earlier.
    pub expires_at: Instant,
}

/// What a REGISTER says of the phone, to be kept until its answer comes.
pub(super) fn pending(request: &Request, token: Option<(String, Instant)>) -> Option<PendingRegistration> {
    if *request.method() != Method::Register {
        return None;
    }
    let headers = request.headers();
    let contact = headers.contact().ok().flatten();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets.get(..256).unwrap_or(octets)).into_owned();
    let device = contact.and_then(|contact| Some(text(&contact.parameters().find(DEVICE_NAME)?.unquoted())));
    Some(PendingRegistration {
        call_id: headers.first(HeaderName::CallId)?.to_vec(),
        sequence: headers.cseq().ok()?.sequence,
        token,
        device,
        contact: contact.map(|contact| text(contact.uri_bytes())).unwrap_or_default(),
    })
}

impl ExpresswayC {
    /// Learns from a final answer to a REGISTER.
    pub(super) fn learn(&mut self, now: Now, number: u64, zone: &ZoneName, response: &Response) {
        let Ok(cseq) = response.headers().cseq() else {
            return;
        };
        if cseq.method != Method::Register || response.status().is_provisional() {
            return;
        }
        let Some(phone) = self.phones.get_mut(number) else {
            return;
        };
        let call_id = response.headers().first(HeaderName::CallId).unwrap_or_default();
        let Some(pending) = phone.take_pending(call_id, cseq.sequence) else {
            return;
        };
        if !response.status().is_success() {
            return;
        }
        let seconds = granted_seconds(response);
        if seconds == 0 {
            return self.end_session(number, "unregistered");
        }
        // A registration without a token renews what one with a token has begun, and lasts no longer than that.
        let earlier = phone.session.as_ref();
        let token_ends = pending.token.as_ref().map(|(_, ends)| *ends).or(phone.token_ends);
        let registered_until = now.monotonic + Duration::from_secs(seconds.into());
        let session = Session {
            flow: phone.token.clone(),
            client: phone.client.clone(),
            user: pending.token.map(|(user, _)| user).or_else(|| earlier.and_then(|earlier| earlier.user.clone())),
            device: pending.device,
            contact: pending.contact,
            zone: zone.clone(),
            started_at: earlier.map_or(now.unix, |earlier| earlier.started_at),
            expires_at: token_ends.map_or(registered_until, |ends| ends.min(registered_until)),
        };
        let is_news = earlier.is_none_or(|earlier| {
            (&earlier.user, &earlier.device, &earlier.zone) != (&session.user, &session.device, &session.zone)
        });
        if is_news {
            self.outputs.push_back(Output::Event(Event::SessionStarted {
                user: session.user.clone(),
                device: session.device.clone(),
                zone: session.zone.clone(),
                client: session.client.clone(),
            }));
        }
        phone.token_ends = token_ends;
        phone.was_registered = true;
        phone.session = Some(session);
        self.phones.reschedule(number);
    }

    /// Ends a phone's session, if it has one; the phone stays known.
    pub(super) fn end_session(&mut self, number: u64, reason: &'static str) {
        let Some(phone) = self.phones.get_mut(number) else {
            return;
        };
        phone.token_ends = None;
        if let Some(session) = phone.session.take() {
            let event = Event::SessionEnded { user: session.user, device: session.device, reason };
            self.outputs.push_back(Output::Event(event));
        }
        self.phones.reschedule(number);
    }

    /// Forgets a phone. Unified CM is told nothing: its keep-alive timeout ends the binding.
    pub(super) fn end_phone(&mut self, now: Now, number: u64, reason: &'static str) {
        self.end_session(number, reason);
        if let Some(phone) = self.phones.remove(number) {
            self.media.flow_closed(now, &phone.token);
        }
    }

    /// A phone's deadline has come.
    pub(super) fn phone_due(&mut self, now: Now, number: u64) {
        let Some(phone) = self.phones.get(number) else {
            return;
        };
        if phone.session.as_ref().is_some_and(|session| session.expires_at <= now.monotonic) {
            return self.end_session(number, "expired");
        }
        match phone.is_idle(now.monotonic) {
            true => self.end_phone(now, number, "idle"),
            false => self.phones.reschedule(number),
        }
    }

    /// The settings have changed: sessions that they no longer allow end.
    pub(super) fn review_sessions(&mut self, view: &impl EdgeView) {
        let presented = |session: &Session| match session.user {
            Some(_) => crate::access_control::Presented::AccessToken,
            None => crate::access_control::Presented::UserCredential,
        };
        let mut ended: Vec<u64> = self
            .phones
            .iter()
            .filter(|phone| {
                phone.session.as_ref().is_some_and(|session| view.access_control().admit(presented(session)).is_err())
            })
            .map(|phone| phone.number)
            .collect();
        ended.sort_unstable();
        ended.into_iter().for_each(|number| self.end_session(number, "access_control"));
    }
}
