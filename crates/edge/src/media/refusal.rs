//! Why a description is refused.

use sdp::{CryptoViolation, SdpError};

use super::plane::MediaError;

/// Why a description is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaRefusal {
    /// A media line is not secure, or is none that can be relayed: `488`, with this text as Warning.
    NotAcceptable(String),
    /// No port is free: `503` with Retry-After.
    PortsExhausted,
}

impl From<SdpError> for MediaRefusal {
    fn from(fault: SdpError) -> Self {
        Self::NotAcceptable(fault.to_string())
    }
}

impl From<CryptoViolation> for MediaRefusal {
    fn from(violation: CryptoViolation) -> Self {
        SdpError::Crypto(violation).into()
    }
}

impl From<MediaError> for MediaRefusal {
    /// The caller can do nothing about either, but try later.
    fn from(_: MediaError) -> Self {
        Self::PortsExhausted
    }
}

/// A refusal with a text of ours.
pub(super) fn not_acceptable(why: &str) -> MediaRefusal {
    MediaRefusal::NotAcceptable(why.to_owned())
}
