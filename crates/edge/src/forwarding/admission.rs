//! What a request must be before it is forwarded (RFC 3261 §16.3), in the order of that section.

use sip::message::{HeaderName, Headers, Method, Request, Response, Uri, validate, validate_response};

use super::Proxy;
use crate::reason::Reason;

impl Proxy {
    /// The checks of RFC 3261 §16.3, steps 1 to 5.
    pub(crate) fn admit(&self, request: &Request) -> Result<(), Reason> {
        validate(request).map_err(Reason::Malformed)?;
        match request.uri().map_err(Reason::Malformed)? {
            Uri::Sip(_) => {}
            Uri::Other(_) => return Err(Reason::UnsupportedUriScheme),
        }
        if request.headers().max_forwards().map_err(Reason::Malformed)? == Some(0) {
            return Err(Reason::TooManyHops);
        }
        if self.has_been_here(request) {
            return Err(Reason::LoopDetected);
        }
        let begins_a_call =
            *request.method() == Method::Invite && request.headers().to().map_err(Reason::Malformed)?.tag().is_none();
        if self.is_draining && begins_a_call {
            return Err(Reason::Overload);
        }
        let required: Vec<_> =
            request.headers().values(HeaderName::ProxyRequire).map(|tag| String::from_utf8_lossy(tag)).collect();
        if required.is_empty() { Ok(()) } else { Err(Reason::BadExtension(required.join(", "))) }
    }

    /// The checks of a response; `false`: it is discarded.
    pub(crate) fn admit_response(&self, response: &Response) -> Result<(), Reason> {
        validate_response(response).map_err(Reason::Malformed)
    }

    /// Whether one of our own Vias is on the request. Only a Via whose flow token we made is: no phone can make us see a
    /// loop by writing our name. Unified CM is a B2BUA, so no request of one call passes twice.
    fn has_been_here(&self, request: &Request) -> bool {
        request
            .headers()
            .vias()
            .filter_map(Result::ok)
            .any(|via| via.edge_flow().is_some_and(|token| self.tokens.is_ours(token)))
    }
}

/// The Call-ID, made safe to show: octets beyond printable ASCII become `?`, and no more than 128 are shown.
pub(crate) fn screened_call_id(headers: &Headers) -> String {
    let call_id = headers.first(HeaderName::CallId).unwrap_or_default();
    call_id.iter().take(128).map(|&octet| if octet.is_ascii_graphic() { char::from(octet) } else { '?' }).collect()
}
