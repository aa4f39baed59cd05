//! Challenges for WWW-Authenticate and Proxy-Authenticate (RFC 3261 §22.1, RFC 8898 §4, RFC 7616 §3.3).
//!
//! Each type's `Display` is the value of the header field.

use std::fmt;

use super::Algorithm;

/// Asks for an access token (RFC 8898 §4).
#[derive(Clone, Copy, Debug, Default)]
pub struct BearerChallenge<'a> {
    /// The protection space.
    pub realm: &'a str,
    /// The authorization server that issues tokens for it.
    pub authz_server: Option<&'a str>,
    /// The scope that a token needs.
    pub scope: Option<&'a str>,
    /// Why the token that came was refused.
    pub error: Option<BearerError>,
    /// The same for people.
    pub error_description: Option<&'a str>,
}

/// The `error` of a Bearer challenge (RFC 6750 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BearerError {
    /// The token is malformed, expired, revoked or not ours.
    InvalidToken,
    /// The token is good and does not reach far enough.
    InsufficientScope,
    /// The credentials themselves are malformed.
    InvalidRequest,
}

/// Asks for a Digest answer (RFC 7616 §3.3).
#[derive(Clone, Copy, Debug)]
pub struct DigestChallenge<'a> {
    /// The protection space.
    pub realm: &'a str,
    /// The nonce.
    pub nonce: &'a str,
    /// The hash.
    pub algorithm: Algorithm,
    /// Whether `qop="auth"` is offered.
    pub offers_qop: bool,
    /// Whether the answer was right and only its nonce too old.
    pub is_stale: bool,
}

impl BearerError {
    /// The registered error code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRequest => "invalid_request",
        }
    }
}

/// A quoted string; control octets are left out.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for character in self.0.chars().filter(|character| !character.is_control()) {
            if matches!(character, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        f.write_str("\"")
    }
}

impl fmt::Display for BearerChallenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bearer realm={}", Quoted(self.realm))?;
        let optional = [
            ("authz_server", self.authz_server),
            ("scope", self.scope),
            ("error", self.error.map(BearerError::as_str)),
            ("error_description", self.error_description),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                write!(f, ", {name}={}", Quoted(value))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for DigestChallenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest realm={}, nonce={}", Quoted(self.realm), Quoted(self.nonce))?;
        write!(f, ", algorithm={}", self.algorithm.as_str())?;
        if self.offers_qop {
            f.write_str(", qop=\"auth\"")?;
        }
        if self.is_stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}
