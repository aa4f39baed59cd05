//! Header fields that are one number: Max-Forwards, Expires, Min-Expires, Min-SE, Retry-After, RSeq.

use crate::message::{HeaderName, Headers, Violation, syntax};

const MAX_FORWARDS: u32 = 70;
const EXPIRES: u32 = 3_600;

impl Headers {
    /// Max-Forwards (RFC 3261 §20.22). Our choice: a number over 255 is as 70, its recommended value.
    pub fn max_forwards(&self) -> Result<Option<u8>, Violation> {
        self.parsed(HeaderName::MaxForwards, |value| {
            let number = number_or(value, MAX_FORWARDS)?;
            Some(u8::try_from(number).unwrap_or(MAX_FORWARDS as u8))
        })
    }

    /// Expires, in seconds (RFC 3261 §20.19). A number over 2^32-1 is as 3600 (§10.2.1.1 says it of Contact).
    pub fn expires(&self) -> Result<Option<u32>, Violation> {
        self.parsed(HeaderName::Expires, |value| number_or(value, EXPIRES))
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

/// A number, or the default if it has digits only and is too large.
fn number_or(value: &[u8], default: u32) -> Option<u32> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| syntax::decimal(value).unwrap_or(default))
}
