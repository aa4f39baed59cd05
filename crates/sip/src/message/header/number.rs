//! Header fields that are one number: Max-Forwards, Expires, Min-Expires, Min-SE, Retry-After, RSeq.

use crate::message::{HeaderName, Headers, Violation, syntax};

impl Headers {
    /// Max-Forwards (RFC 3261 §20.22).
    pub fn max_forwards(&self) -> Result<Option<u8>, Violation> {
        self.parsed(HeaderName::MaxForwards, |value| u8::try_from(syntax::decimal(value)?).ok())
    }

    /// Expires, in seconds (RFC 3261 §20.19).
    pub fn expires(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::Expires, syntax::decimal)
    }

    /// Min-Expires, in seconds (RFC 3261 §20.23).
    pub fn min_expires(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::MinExpires, syntax::decimal)
    }

    /// Min-SE, in seconds (RFC 4028 §5).
    pub fn min_se(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::MinSe, before_parameters)
    }

    /// Retry-After, in seconds, without its comment (RFC 3261 §20.33).
    pub fn retry_after(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::RetryAfter, before_parameters)
    }

    /// RSeq, at least 1 (RFC 3262 §7.1).
    pub fn rseq(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::RSeq, |value| syntax::decimal(value).filter(|&number| number != 0))
    }

    /// Content-Length; the framing has checked it already (RFC 3261 §20.14).
    pub fn content_length(&self) -> Result<Option<usize>, Violation> {
        self.parsed(HeaderName::ContentLength, |value| usize::try_from(syntax::decimal(value)?).ok())
    }
}

/// The number before a comment or parameters.
fn before_parameters(value: &[u8]) -> Option<u32> {
    let end = memchr::memchr2(b';', b'(', value).unwrap_or(value.len());
    syntax::decimal(syntax::trim_end(value.get(..end)?))
}
