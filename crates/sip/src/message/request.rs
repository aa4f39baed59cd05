//! A request (RFC 3261 §7.1).

use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;

use bytes::Bytes;

use super::{Edit, Headers, Message, Method, ParseError, RequestBuilder, Uri, UriBuf, Violation};

/// A request, as it came.
///
/// Its octets are shared, so a clone copies the index and nothing else.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Range<u32>,
    pub(crate) headers: Headers,
    pub(crate) source: Option<SocketAddr>,
}

impl Request {
    /// Parses a request by the rules of [`Message::parse`]; a response is malformed here.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseError> {
        match Message::parse(bytes)? {
            Message::Request(request) => Ok(request),
            Message::Response(response) => Err(ParseError::new(Violation::StartLine, None, response.headers)),
        }
    }

    /// Begins a new request.
    pub fn build(method: Method, uri: &UriBuf) -> RequestBuilder {
        RequestBuilder::new(method, uri.as_bytes())
    }

    /// Begins a changed copy; what is not changed keeps its octets.
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self.headers())
    }

    /// The method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The Request-URI.
    pub fn uri(&self) -> Result<Uri<'_>, Violation> {
        Uri::parse(self.uri_bytes()).ok_or(Violation::Uri)
    }

    /// The octets of the Request-URI.
    pub fn uri_bytes(&self) -> &[u8] {
        self.as_bytes().get(self.uri.start as usize..self.uri.end as usize).unwrap_or_default()
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

    /// Notes where the request came from, so that responses name it in their top Via (RFC 3261 §18.2.1,
    /// RFC 3581 §4). The octets stay as they are.
    pub const fn set_source(&mut self, source: SocketAddr) {
        self.source = Some(source);
    }

    /// Where the request came from, if noted.
    pub const fn source(&self) -> Option<SocketAddr> {
        self.source
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("uri", &String::from_utf8_lossy(self.uri_bytes()))
            .field("headers", &self.headers)
            .field("body_octets", &self.body().len())
            .finish()
    }
}
