//! The far end of a lone phone's call: a server that says what a test wants it to say.

use std::net::SocketAddr;

use bytes::Bytes;
use sdp::{AudioCapability, Direction, OfferAnswer, SessionDescription};
use sip::message::{HeaderName, Method, Request, Response};

use crate::lone_phone::LonePhone;
use crate::office::{media, random};

/// Where the far end receives media.
pub const FAR_MEDIA: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 10, 10, 2)), 30_000);

/// One dialog with a phone.
pub struct FarEnd {
    call_id: String,
    tag: String,
    /// The phone's name-addr with its tag.
    phone: String,
    contact: String,
    sequence: u32,
    media: OfferAnswer,
}

impl FarEnd {
    /// A caller: `extra` header fields go into its INVITE.
    pub fn calls(phone: &mut LonePhone, extra: &str, with_offer: bool) -> (Self, Request) {
        Self::calls_as("far-1", phone, extra, with_offer)
    }

    /// The same, with a Call-ID of its own.
    pub fn calls_as(call_id: &str, phone: &mut LonePhone, extra: &str, with_offer: bool) -> (Self, Request) {
        let mut far_end = Self::new(call_id, "<sip:1001@127.0.0.11>".into(), "sip:c00000@10.10.10.10:62162".into());
        let body = if with_offer { far_end.offer(Direction::SendReceive) } else { String::new() };
        let invite = far_end.request("INVITE", extra, &body);
        phone.receive(invite.clone());
        (far_end, Request::parse(Bytes::from(invite)).unwrap())
    }

    /// The one who is called by this INVITE.
    pub fn called(invite: &Request) -> Self {
        let headers = invite.headers();
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let contact =
            headers.contact().ok().flatten().map_or("sip:10.10.10.10".into(), |contact| text(contact.uri_bytes()));
        let phone = text(headers.first(HeaderName::From).unwrap());
        let mut far_end = Self::new(&text(headers.call_id().unwrap()), phone, contact);
        far_end.sequence = 100;
        far_end
    }

    fn new(call_id: &str, phone: String, contact: String) -> Self {
        let media = OfferAnswer::new(AudioCapability::secure(FAR_MEDIA), 77);
        Self { call_id: call_id.into(), tag: "far".into(), phone, contact, sequence: 0, media }
    }

    /// Learns the phone's tag from its response.
    pub fn learn(&mut self, response: &Response) {
        self.phone = String::from_utf8_lossy(response.headers().first(HeaderName::To).unwrap()).into_owned();
        if let Ok(Some(contact)) = response.headers().contact() {
            self.contact = String::from_utf8_lossy(contact.uri_bytes()).into_owned();
        }
    }

    /// A request in the dialog, with the next sequence number but for ACK.
    pub fn request(&mut self, method: &str, extra: &str, body: &str) -> String {
        if method != "ACK" {
            self.sequence += 1;
        }
        let Self { call_id, tag, phone, contact, sequence, .. } = self;
        let content =
            if body.is_empty() || extra.contains("Content-Type") { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {contact} SIP/2.0\r\n\
             Via: SIP/2.0/TLS 127.0.0.11:5090;branch=z9hG4bK-{call_id}-{sequence}-{method}\r\n\
             Max-Forwards: 70\r\n\
             From: \"Bob\" <sip:1002@127.0.0.11>;tag={tag}\r\n\
             To: {phone}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {sequence} {method}\r\n\
             Contact: <sip:1002@127.0.0.11:5090;transport=tls>\r\n\
             {extra}{content}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// The response to a request of the phone.
    pub fn response(&self, request: &Request, status: &str, extra: &str, body: &str) -> String {
        let headers = request.headers();
        let text = |name| String::from_utf8_lossy(headers.first(name).unwrap_or_default()).into_owned();
        let to = text(HeaderName::To);
        let to = if headers.to().unwrap().tag().is_some() { to } else { format!("{to};tag={}", self.tag) };
        let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let contact = match request.method() {
            Method::Bye => "",
            _ => "Contact: <sip:1002@127.0.0.11:5090;transport=tls>\r\n",
        };
        format!(
            "SIP/2.0 {status}\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {}\r\n\
             {contact}{extra}{content}Content-Length: {}\r\n\r\n{body}",
            text(HeaderName::Via),
            text(HeaderName::From),
            text(HeaderName::CallId),
            text(HeaderName::CSeq),
            body.len()
        )
    }

    /// An offer.
    pub fn offer(&mut self, direction: Direction) -> String {
        self.media.withdraw();
        text(&self.media.offer(direction, &mut random(9)).unwrap())
    }

    /// The answer to an offer of the phone.
    pub fn answer(&mut self, offer: &[u8]) -> String {
        let offer = SessionDescription::parse(offer).unwrap();
        text(&self.media.answer(&offer, Direction::SendReceive, &mut random(11)).unwrap().0)
    }

    /// The same far end as another fork of the call.
    pub fn fork(&self, tag: &str) -> Self {
        let mut fork = Self::new(&self.call_id, self.phone.clone(), self.contact.clone());
        fork.tag = tag.into();
        fork
    }

    /// A phone calls, and is answered: what both ends need to go on, and the 200.
    pub fn answers(phone: &mut LonePhone, extra: &str) -> (Self, Request, String) {
        phone.command(phone::Command::Dial { to: "1002".into(), media: media(0) });
        let invite = phone.request("INVITE ");
        let mut far_end = Self::called(&invite);
        let answer = far_end.answer(invite.body());
        let ok = far_end.response(&invite, "200 OK", extra, &answer);
        phone.receive(ok.clone());
        phone.request("ACK ");
        (far_end, invite, ok)
    }
}

fn text(description: &SessionDescription) -> String {
    String::from_utf8(description.to_bytes()).unwrap()
}
