//! Messages (RFC 3261 §7): parsed where they lie, forwarded as they came.
//!
//! A [`Request`] or [`Response`] is the octets that arrived and an index of its header fields; a header field is
//! given a type when somebody asks for it. Nothing is repaired: what the index cannot hold exactly is a
//! [`ParseError`], whose [`Violation`] names the rule and the answer. What the grammar leaves open (methods, URI
//! schemes, transports, parameters, header fields that nobody registered) is data.
//!
//! To find a rule: the start line is in `start_line`, line ends, folding and Content-Length in `parser`, the one
//! field in `header/<field>`, URIs in `uri`, the checks before a request is served in `validate`.

mod control;
mod edit;
pub mod header;
mod header_name;
mod headers;
pub mod limits;
mod method;
mod parameters;
mod parse_error;
pub(crate) mod parser;
mod request;
mod request_builder;
mod response;
mod response_builder;
mod start_line;
mod status_code;
pub(crate) mod syntax;
pub mod uri;
mod validate;
mod violation;
mod writer;

use bytes::Bytes;

pub use edit::Edit;
pub use header_name::HeaderName;
pub use headers::{HeaderField, Headers};
pub use method::{ExtensionMethod, Method};
pub use parameters::{Parameter, Parameters};
pub use parse_error::ParseError;
pub use request::Request;
pub use request_builder::RequestBuilder;
pub use response::Response;
pub use response_builder::ResponseBuilder;
pub use status_code::{StatusClass, StatusCode};
pub use uri::{Host, SipUri, Uri, UriBuf};
pub use validate::{validate, validate_response};
pub use violation::{Answer, Violation};
pub use writer::BuildError;

use parser::{Head, HeadParser};
use start_line::StartLine;

/// A request or a response.
#[derive(Clone, Debug)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Message {
    /// Parses a message that `bytes` holds from its first octet.
    ///
    /// The rules are those of a datagram (RFC 3261 §18.3): without Content-Length the body is the rest, octets
    /// behind the body are discarded, and a body that is shorter than its Content-Length is an error.
    pub fn parse(bytes: Bytes) -> Result<Self, ParseError> {
        let mut parser = HeadParser::default();
        let ended = parser.advance(&bytes);
        let head = parser.finish(&bytes);
        let violation = match ended {
            Ok(true) => None,
            Ok(false) => Some(Violation::HeaderTruncated),
            Err(violation) => Some(violation),
        };
        let body_start = head.end + 2;
        let (end, length) = match head.content_length {
            Ok(None) => (bytes.len(), None),
            Ok(Some(length)) if body_start + length <= bytes.len() => (body_start + length, None),
            Ok(Some(_)) => (bytes.len(), Some(Violation::BodyTruncated)),
            Err(violation) => (bytes.len(), Some(violation)),
        };
        let violation = violation.or(length);
        Self::assemble(head, bytes.slice(..end), violation)
    }

    /// Joins a header and the octets of the whole message. `framing` is a rule that whoever cut the message found broken.
    pub(crate) fn assemble(head: Head, bytes: Bytes, framing: Option<Violation>) -> Result<Self, ParseError> {
        let headers = Headers { bytes, unfolded: head.unfolded, index: head.index, end: head.end as u32 };
        match (framing.or(head.violation), head.start_line) {
            (None, Some(StartLine::Request { method, uri })) => {
                Ok(Self::Request(Request { method, uri, headers, source: None }))
            }
            (None, Some(StartLine::Response { status, reason })) => {
                Ok(Self::Response(Response { status, reason, headers }))
            }
            (violation, start_line) => {
                let violation = violation.unwrap_or(Violation::StartLine);
                Err(ParseError::new(violation, start_line, headers))
            }
        }
    }

    /// The header.
    pub const fn headers(&self) -> &Headers {
        match self {
            Self::Request(request) => request.headers(),
            Self::Response(response) => response.headers(),
        }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        match self {
            Self::Request(request) => request.body(),
            Self::Response(response) => response.body(),
        }
    }

    /// The octets of the whole message.
    pub const fn as_bytes(&self) -> &Bytes {
        match self {
            Self::Request(request) => request.as_bytes(),
            Self::Response(response) => response.as_bytes(),
        }
    }
}
