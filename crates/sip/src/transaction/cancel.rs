//! The CANCEL of an INVITE (RFC 3261 §9.1).

use crate::message::{HeaderName, Method, Request, UriBuf};

/// The CANCEL of `invite`: its Request-URI, top Via, Route, From, To, Call-ID and sequence number.
pub(super) fn for_invite(invite: &Request) -> Option<Request> {
    let uri = UriBuf::from(invite.uri().ok()?);
    let sent = invite.headers();
    let cseq = format!("{} CANCEL", sent.cseq().ok()?.sequence);
    Request::build(Method::Cancel, &uri)
        .header(HeaderName::Via, sent.via().ok()?.as_bytes())
        .copy(sent, HeaderName::Route)
        .header(HeaderName::MaxForwards, "70")
        .copy(sent, HeaderName::From)
        .copy(sent, HeaderName::To)
        .copy(sent, HeaderName::CallId)
        .header(HeaderName::CSeq, cseq)
        .finish_request()
        .ok()
}
