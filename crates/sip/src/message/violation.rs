//! The rules that a peer can break, and the answer each one gets.

use std::fmt;

use super::{HeaderName, StatusCode};

/// A rule of the syntax or of the limits that a message breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// The first line is no request line (RFC 3261 §7.1).
    StartLine,
    /// The first line begins as a status line does, and is none (RFC 3261 §7.2).
    StatusLine,
    /// The version in the request line is not SIP/2.0.
    Version,
    /// A CR without LF, or an LF without CR (RFC 3261 §7).
    BareLineEnd,
    /// A control octet outside a quoted pair.
    ControlOctet,
    /// A header line without colon, or whose name is no token (RFC 3261 §7.3.1).
    HeaderLine,
    /// The message exceeds [`limits::MESSAGE`](super::limits::MESSAGE).
    MessageTooLarge,
    /// A header field exceeds [`limits::HEADER_LINE`](super::limits::HEADER_LINE).
    HeaderLineTooLong,
    /// More header fields than [`limits::HEADERS`](super::limits::HEADERS).
    TooManyHeaders,
    /// No Content-Length on a stream (RFC 3261 §18.3).
    ContentLengthMissing,
    /// More than one Content-Length.
    ContentLengthRepeated,
    /// A Content-Length that is not one decimal number.
    ContentLengthSyntax,
    /// A datagram that ends before its Content-Length says (RFC 3261 §18.3).
    BodyTruncated,
    /// A datagram that ends before its header does.
    HeaderTruncated,
    /// A mandatory header field is not there (RFC 3261 §8.1.1).
    Missing(HeaderName),
    /// A header field that may occur once occurs again (RFC 3261 §7.3.1).
    Repeated(HeaderName),
    /// More values than the limit of this header field.
    TooMany(HeaderName),
    /// The value of a header field does not follow its grammar.
    Syntax(HeaderName),
    /// The method of CSeq is not that of the request line (RFC 3261 §8.1.1.5).
    CSeqMethod,
    /// The Request-URI, or another URI, does not follow its grammar.
    Uri,
    /// A bearer token longer than [`limits::BEARER_TOKEN`](super::limits::BEARER_TOKEN).
    BearerTokenTooLong,
    /// Two Bearer credentials in one request (RFC 6750 §2).
    CredentialsRepeated,
}

/// What to do about a malformed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of the response; `None`: none is sent.
    pub status: Option<StatusCode>,
    /// Whether the stream is closed, since where the next message begins is unknown.
    pub close: bool,
}

impl Answer {
    /// No response, and the flow goes on.
    pub const DROP: Self = Self { status: None, close: false };

    const fn refuse(status: StatusCode) -> Self {
        Self { status: Some(status), close: false }
    }

    const fn refuse_and_close(status: StatusCode) -> Self {
        Self { status: Some(status), close: true }
    }
}

impl Violation {
    /// The answer to a request that breaks this rule.
    pub const fn answer(self) -> Answer {
        match self {
            Self::StartLine
            | Self::BareLineEnd
            | Self::ContentLengthMissing
            | Self::ContentLengthRepeated
            | Self::ContentLengthSyntax => Answer::refuse_and_close(StatusCode::BAD_REQUEST),
            Self::MessageTooLarge | Self::HeaderLineTooLong => Answer::refuse_and_close(StatusCode::MESSAGE_TOO_LARGE),
            Self::TooManyHeaders => Answer::refuse_and_close(StatusCode::BAD_REQUEST),
            Self::Version => Answer::refuse(StatusCode::VERSION_NOT_SUPPORTED),
            Self::StatusLine | Self::HeaderTruncated => Answer::DROP,
            Self::ControlOctet
            | Self::HeaderLine
            | Self::BodyTruncated
            | Self::Missing(_)
            | Self::Repeated(_)
            | Self::TooMany(_)
            | Self::Syntax(_)
            | Self::CSeqMethod
            | Self::Uri
            | Self::BearerTokenTooLong
            | Self::CredentialsRepeated => Answer::refuse(StatusCode::BAD_REQUEST),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartLine => f.write_str("Malformed request line"),
            Self::StatusLine => f.write_str("Malformed status line"),
            Self::Version => f.write_str("Version Not Supported"),
            Self::BareLineEnd => f.write_str("Line not ended by CRLF"),
            Self::ControlOctet => f.write_str("Control octet in header"),
            Self::HeaderLine => f.write_str("Malformed header line"),
            Self::MessageTooLarge => f.write_str("Message Too Large"),
            Self::HeaderLineTooLong => f.write_str("Header line too long"),
            Self::TooManyHeaders => f.write_str("Too many header fields"),
            Self::ContentLengthMissing => f.write_str("Missing Content-Length"),
            Self::ContentLengthRepeated => f.write_str("Repeated Content-Length"),
            Self::ContentLengthSyntax => f.write_str("Malformed Content-Length"),
            Self::BodyTruncated => f.write_str("Body shorter than Content-Length"),
            Self::HeaderTruncated => f.write_str("Header without end"),
            Self::Missing(name) => write!(f, "Missing {name}"),
            Self::Repeated(name) => write!(f, "Repeated {name}"),
            Self::TooMany(name) => write!(f, "Too many {name} values"),
            Self::Syntax(name) => write!(f, "Malformed {name}"),
            Self::CSeqMethod => f.write_str("CSeq names another method"),
            Self::Uri => f.write_str("Malformed URI"),
            Self::BearerTokenTooLong => f.write_str("Bearer token too long"),
            Self::CredentialsRepeated => f.write_str("Repeated Bearer credentials"),
        }
    }
}

impl std::error::Error for Violation {}
