//! A message that broke a rule, and as much of it as the answer needs.

use std::fmt;

use bytes::Bytes;

use super::start_line::StartLine;
use super::{Answer, Headers, ResponseBuilder, Violation};

/// A malformed message.
pub struct ParseError(Box<Malformed>);

struct Malformed {
    violation: Violation,
    start_line: Option<StartLine>,
    headers: Headers,
}

impl ParseError {
    pub(crate) fn new(violation: Violation, start_line: Option<StartLine>, headers: Headers) -> Self {
        Self(Box::new(Malformed { violation, start_line, headers }))
    }

    /// The first rule that the message breaks.
    pub const fn violation(&self) -> Violation {
        self.0.violation
    }

    /// What to do: a malformed response is never answered (RFC 3261 §18.3).
    pub fn answer(&self) -> Answer {
        let answer = self.0.violation.answer();
        match self.0.start_line {
            Some(StartLine::Response { .. }) => Answer { status: None, ..answer },
            _ => answer,
        }
    }

    /// The response, if one is due and the message still says where to: its reason phrase names the rule
    /// (RFC 3261 §21.4.1). Fields that are themselves malformed are left out.
    pub fn reply(&self) -> Option<Bytes> {
        let status = self.answer().status?;
        ResponseBuilder::reply_to_malformed(&self.0.headers, status)?
            .reason(&self.0.violation.to_string())
            .finish()
            .ok()
    }

    /// The octets of the message, as far as they came.
    pub const fn octets(&self) -> &Bytes {
        &self.0.headers.bytes
    }

    /// The header, as far as it was read.
    pub const fn headers(&self) -> &Headers {
        &self.0.headers
    }
}

impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParseError").field("violation", &self.0.violation).finish_non_exhaustive()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.violation.fmt(f)
    }
}

impl std::error::Error for ParseError {}
