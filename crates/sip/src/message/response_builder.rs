//! Writes the response to a request (RFC 3261 §8.2.6).

use std::io::Write as _;

use super::writer::{Writer, header_methods};
use super::{BuildError, HeaderName, Headers, Request, Response, StatusCode, limits, syntax};
use crate::transport::response_routing;

/// A response being written; fields appear in the order in which they are added.
#[derive(Debug)]
pub struct ResponseBuilder {
    writer: Writer,
    status: StatusCode,
    /// Where a To tag may be inserted; `None`: the request had one, or no To.
    to_tag_at: Option<usize>,
}

/// Most responses are shorter than this.
const USUAL_OCTETS: usize = 1_024;

impl ResponseBuilder {
    /// Begins with what RFC 3261 §8.2.6.2 copies from the request: each Via, From, To, Call-ID, CSeq. The top Via
    /// names the request's source, if it was noted (§18.2.1, RFC 3581 §4). A field that the request lacks is left out.
    pub fn reply_to(request: &Request, status: StatusCode) -> Self {
        let mut builder = Self::new(status);
        let headers = request.headers();
        let mut vias = headers.all(HeaderName::Via);
        match (request.source(), vias.next()) {
            (Some(source), Some(top)) => {
                let top = response_routing::with_source(top, source);
                builder.writer.parsed_header(HeaderName::Via, &top);
            }
            (None, Some(top)) => builder.writer.parsed_header(HeaderName::Via, top),
            (_, None) => {}
        }
        vias.for_each(|via| builder.writer.parsed_header(HeaderName::Via, via));
        builder.writer.copy(headers, HeaderName::From);
        builder.copy_to(headers);
        builder.writer.copy(headers, HeaderName::CallId);
        builder.writer.copy(headers, HeaderName::CSeq);
        if status == StatusCode::TRYING {
            // RFC 3261 §8.2.6.1
            builder.writer.copy(headers, HeaderName::Timestamp);
        }
        builder
    }

    /// Begins the response to a request that did not parse: fields that could not be read are left out. `None`:
    /// without a Via nobody could match the response.
    pub(crate) fn reply_to_malformed(headers: &Headers, status: StatusCode) -> Option<Self> {
        headers.via().ok()?;
        let mut builder = Self::new(status);
        for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
            let is_clean = |value: &&[u8]| !value.iter().copied().any(syntax::is_control);
            let values = headers.all(name).filter(is_clean);
            // What we answer is within the limits too: of too many Vias the nearest hops are named.
            let count = if name.is_single() { 1 } else { limits::VIAS };
            values.take(count).for_each(|value| builder.writer.parsed_header(name, value));
        }
        Some(builder)
    }

    fn new(status: StatusCode) -> Self {
        let mut octets = Vec::with_capacity(USUAL_OCTETS);
        // Writing to a vector does not fail.
        let _ = write!(octets, "SIP/2.0 {status} {}\r\n", status.reason());
        Self { writer: Writer::new(octets), status, to_tag_at: None }
    }

    fn copy_to(&mut self, headers: &Headers) {
        self.writer.copy(headers, HeaderName::To);
        if headers.to().is_ok_and(|to| to.tag().is_none()) {
            self.to_tag_at = self.writer.octets.len().checked_sub(2);
        }
    }

    /// Adds the tag to To, unless the request had one (RFC 3261 §8.2.6.2).
    #[must_use]
    pub fn to_tag(mut self, tag: impl AsRef<[u8]>) -> Self {
        let tag = tag.as_ref();
        if !syntax::is_token(tag) {
            self.writer.fail(BuildError::Tag);
        } else if let Some(at) = self.to_tag_at.take() {
            self.writer.octets.splice(at..at, b";tag=".iter().chain(tag).copied());
        }
        self
    }

    /// Replaces the default reason phrase.
    #[must_use]
    pub fn reason(mut self, phrase: &str) -> Self {
        if phrase.bytes().any(syntax::is_control) {
            self.writer.fail(BuildError::ReasonPhrase);
            return self;
        }
        let start = b"SIP/2.0 200 ".len();
        let end = memchr::memchr(b'\r', &self.writer.octets).unwrap_or(start);
        self.writer.octets.splice(start..end, phrase.bytes());
        self.to_tag_at = self.to_tag_at.map(|at| at + phrase.len() - (end - start));
        self
    }

    /// The status code.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    header_methods!();

    /// The message, parsed.
    pub fn finish_response(self) -> Result<Response, BuildError> {
        Response::parse(self.finish()?).map_err(|error| BuildError::Malformed(error.violation()))
    }
}
