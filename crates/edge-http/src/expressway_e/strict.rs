//! What a request on the public side may look like, beside its target.
//!
//! hyper reads the bytes, once; what is read goes on in HTTP/2 frames, so no second reader can see another end of it. What
//! is refused here is what only somebody sends who hopes for that second reader. Our choice: a body is announced by
//! Content-Length alone, no client of the edge needs more.
//!
//! Deviation: RFC 9112 §3.2.2: the absolute form of a target is refused; this is no proxy for its clients.

use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::{Method, Request, StatusCode, Version};
use axum::response::{IntoResponse, Response};

use crate::problem::{closing, problem};

/// How a request breaks the rules of this edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Transfer-Encoding, with Content-Length or without.
    TransferEncoding,
    /// Content-Length twice.
    ContentLength,
    /// A body where none belongs.
    Body,
    /// CONNECT.
    Connect,
    /// The target is not a path.
    TargetForm,
    /// No Host, or several.
    Host,
    /// Host names somebody else.
    OtherHost,
}

impl Violation {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::TransferEncoding => "transfer_encoding",
            Self::ContentLength => "content_length",
            Self::Body => "unexpected_body",
            Self::Connect => "connect",
            Self::TargetForm => "target_form",
            Self::Host => "host",
            Self::OtherHost => "other_host",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::TransferEncoding => "announce the body with Content-Length alone",
            Self::ContentLength => "Content-Length is repeated",
            Self::Body => "this method has no body here",
            Self::Connect => "this edge opens no connections for clients",
            Self::TargetForm => "the target is a path, and no URI",
            Self::Host => "one Host field is needed",
            Self::OtherHost => "this edge is not known by that name",
        }
    }
}

impl IntoResponse for Violation {
    fn into_response(self) -> Response {
        match self {
            Self::OtherHost => problem(StatusCode::FORBIDDEN, self.reason(), self.detail()),
            _ => closing(StatusCode::BAD_REQUEST, self.reason(), self.detail()),
        }
    }
}

/// Checks a request as hyper read it.
pub(super) fn check<B>(request: &Request<B>, is_own_name: &dyn Fn(&str) -> bool) -> Result<(), Violation> {
    let (headers, uri) = (request.headers(), request.uri());
    if request.method() == Method::CONNECT {
        return Err(Violation::Connect);
    }
    let is_path = uri.scheme().is_none() && uri.authority().is_none() && uri.path().starts_with('/');
    if !is_path {
        return Err(Violation::TargetForm);
    }
    // hyper drops the Content-Length beside a Transfer-Encoding, so either alone cannot be told from both.
    if headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::TE) {
        return Err(Violation::TransferEncoding);
    }
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let length = lengths.next();
    if lengths.next().is_some() {
        return Err(Violation::ContentLength);
    }
    if request.method() != Method::POST && length.is_some_and(|length| length != "0") {
        return Err(Violation::Body);
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Violation::Host) };
    let host = host.to_str().map_err(|_| Violation::Host)?;
    if request.version() < Version::HTTP_11 || host.is_empty() {
        return Err(Violation::Host);
    }
    match is_own_name(name_of(host)) {
        true => Ok(()),
        false => Err(Violation::OtherHost),
    }
}

/// A Host without its port, an IPv6 address without its brackets.
fn name_of(host: &str) -> &str {
    if let Some(bracketed) = host.strip_prefix('[') {
        return bracketed.split_once(']').map_or(host, |(address, _)| address);
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Fields that speak of one connection (RFC 9110 §7.6.1), and those that only the edge may set.
const OF_A_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::HOST,
    super::CLIENT,
];

/// The fields that go on.
pub(super) fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let older = ["keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "http2-settings"];
    let forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];
    for name in named.iter().chain(&OF_A_HOP) {
        headers.remove(name);
    }
    for name in older.iter().chain(&forwarding) {
        headers.remove(*name);
    }
    headers
}
