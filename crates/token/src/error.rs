//! Why a token is refused. Every variant answers `invalid_token` on the wire (RFC 6750 §3.1); the difference is for
//! the log, so no variant carries bytes of the token.

use std::fmt;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Longer than [`crate::MAX_TOKEN_LENGTH`].
    TooLong,
    /// Not the one shape this kind of token has; the text names the part.
    Malformed(&'static str),
    /// The header's `alg` or `enc` is not the one of the key that its `kid` names (RFC 8725 §3.1).
    WrongAlgorithm,
    /// No key of the ring has this `kid`. Keys may have been regenerated: worth one rate-limited reload.
    UnknownKey,
    /// The signature does not fit.
    BadSignature,
    /// The inner JWE does not authenticate.
    BadDecryption,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies ahead, by more than the allowed skew.
    NotYetValid,
    /// `iss` is not this cluster (RFC 8725 §3.8).
    WrongIssuer,
    /// `aud` is not this service (RFC 8725 §3.9).
    WrongAudience,
    /// A token of another kind, such as a refresh token where an access token is due (RFC 8725 §3.11).
    WrongKind,
    /// A claim that must not be empty is, or a claim contradicts another; the text names it.
    BadClaim(&'static str),
}

impl TokenError {
    /// A stable word for log fields and counters.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed(_) => "malformed",
            Self::WrongAlgorithm => "wrong_algorithm",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::BadDecryption => "bad_decryption",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::WrongKind => "wrong_kind",
            Self::BadClaim(_) => "bad_claim",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => formatter.write_str("the token is too long"),
            Self::Malformed(part) => write!(formatter, "the token is malformed: {part}"),
            Self::WrongAlgorithm => formatter.write_str("the token names an algorithm that is not its key's"),
            Self::UnknownKey => formatter.write_str("no key of this cluster has the token's key identifier"),
            Self::BadSignature => formatter.write_str("the token's signature does not fit"),
            Self::BadDecryption => formatter.write_str("the token's private part does not authenticate"),
            Self::Expired => formatter.write_str("the token has expired"),
            Self::NotYetValid => formatter.write_str("the token is not valid yet"),
            Self::WrongIssuer => formatter.write_str("the token was issued by another cluster"),
            Self::WrongAudience => formatter.write_str("the token is meant for another service"),
            Self::WrongKind => formatter.write_str("the token is of another kind"),
            Self::BadClaim(claim) => write!(formatter, "the token's claim {claim} is not usable"),
        }
    }
}

impl std::error::Error for TokenError {}
