//! A response (RFC 3261 §7.2).

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::{Edit, Headers, Message, ParseError, Request, ResponseBuilder, StatusCode, Violation};

/// A response, as it came.
#[derive(Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) reason: Range<u32>,
    pub(crate) headers: Headers,
}

impl Response {
    /// Parses a response by the rules of [`Message::parse`]; a request is malformed here.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseError> {
        match Message::parse(bytes)? {
            Message::Response(response) => Ok(response),
            Message::Request(request) => Err(ParseError::new(Violation::StartLine, None, request.headers)),
        }
    }

    /// Begins the response to a request (RFC 3261 §8.2.6).
    pub fn reply_to(request: &Request, status: StatusCode) -> ResponseBuilder {
        ResponseBuilder::reply_to(request, status)
    }

    /// Begins a changed copy; what is not changed keeps its octets.
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self.headers())
    }

    /// The status code.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase, for people only; it may be empty, and need not be UTF-8.
    pub fn reason(&self) -> &[u8] {
        self.as_bytes().get(self.reason.start as usize..self.reason.end as usize).unwrap_or_default()
    }

    /// The header.
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        self.headers.body()
    }

    /// The octets of the whole message.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.headers.bytes
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_octets", &self.body().len())
            .finish()
    }
}
