//! Answers in our own name (RFC 3261 §8.2.7, §16.3): a stateless user agent server, whose every answer to the same
//! request is the same.

use bytes::Bytes;
use sip::message::header::Warning;
use sip::message::{HeaderName, Method, Request, Response, ResponseBuilder, StatusCode};

use super::Proxy;
use crate::flow::FlowId;
use crate::reason::Reason;

impl Proxy {
    /// The refusal of a request; `None`: an ACK is never answered.
    pub(crate) fn refuse(&self, flow: FlowId, request: &Request, reason: &Reason, realm: &str) -> Option<Bytes> {
        if *request.method() == Method::Ack {
            return None;
        }
        let answer = reason.answer(realm);
        let mut reply = self.reply(flow, request, answer.status);
        if let Some(text) = answer.warning {
            let warning = Warning { code: 399, agent: self.host().into(), text: text.into() };
            reply = reply.header_display(HeaderName::Warning, warning);
        }
        if let Some(seconds) = answer.retry_after {
            reply = reply.header_display(HeaderName::RetryAfter, seconds);
        }
        if let Some(challenge) = answer.challenge {
            reply = reply.header(HeaderName::ProxyAuthenticate, challenge);
        }
        if let Some(tags) = answer.unsupported {
            reply = reply.header(HeaderName::Unsupported, tags);
        }
        reply.finish().ok()
    }

    /// Begins an answer of our own.
    pub(crate) fn reply(&self, flow: FlowId, request: &Request, status: StatusCode) -> ResponseBuilder {
        Response::reply_to(request, status).to_tag(self.to_tag(flow, request))
    }

    /// A response that goes on as a refusal of ours instead: its description cannot be relayed.
    pub(crate) fn refuse_response(&self, response: &Response, reason: &Reason) -> Option<Bytes> {
        let answer = reason.answer("");
        let headers = response.headers();
        let mut octets = format!("SIP/2.0 {} {}\r\n", answer.status, answer.status.reason()).into_bytes();
        let mut push = |name: HeaderName, value: &[u8]| {
            octets.extend_from_slice(format!("{name}: ").as_bytes());
            octets.extend_from_slice(value);
            octets.extend_from_slice(b"\r\n");
        };
        let vias: Vec<&[u8]> = headers.values(HeaderName::Via).skip(1).collect();
        if vias.is_empty() {
            return None;
        }
        vias.into_iter().for_each(|via| push(HeaderName::Via, via));
        for name in [HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
            push(name, headers.first(name)?);
        }
        if let Some(text) = answer.warning {
            let warning = Warning { code: 399, agent: self.host().into(), text: text.into() };
            push(HeaderName::Warning, warning.to_string().as_bytes());
        }
        push(HeaderName::ContentLength, b"0");
        octets.extend_from_slice(b"\r\n");
        Response::parse(Bytes::from(octets)).ok().map(|response| response.as_bytes().clone())
    }
}
