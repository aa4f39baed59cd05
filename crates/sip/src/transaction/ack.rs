//! The ACK to a final response that is not a 2xx (RFC 3261 §17.1.1.3). It belongs to the INVITE's transaction.

use bytes::Bytes;

use crate::message::{HeaderName, Method, Request, Response, UriBuf};

/// The ACK that answers `response` to `invite`.
pub(super) fn to_refusal(invite: &Request, response: &Response) -> Option<Bytes> {
    let uri = UriBuf::from(invite.uri().ok()?);
    let sent = invite.headers();
    let cseq = format!("{} ACK", sent.cseq().ok()?.sequence);
    Request::build(Method::Ack, &uri)
        .header(HeaderName::Via, sent.via().ok()?.as_bytes())
        .copy(sent, HeaderName::Route)
        .header(HeaderName::MaxForwards, "70")
        .copy(sent, HeaderName::From)
        .header(HeaderName::To, response.headers().first(HeaderName::To)?)
        .copy(sent, HeaderName::CallId)
        .header(HeaderName::CSeq, cseq)
        .finish()
        .ok()
}
