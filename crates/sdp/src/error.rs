//! What is wrong with a session description, and who must hear of it.

use std::fmt;

use crate::crypto::CryptoViolation;

/// Why a description was refused. No variant carries key material.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdpError {
    /// The peer's answer does not fit the offer (RFC 3264 §6).
    AnswerDoesNotFitOffer(&'static str),
    /// The peer names an address that is no unicast IP address. Host names are never resolved.
    AddressNotUnicast,
    /// The peer's keys cannot be used (RFC 4568).
    Crypto(CryptoViolation),
    /// The peer exceeded a limit; its name and value.
    LimitExceeded(&'static str, usize),
    /// The peer offers media in clear where the policy wants SRTP.
    MediaInClear,
    /// No audio stream or no codec in common.
    NothingInCommon,
    /// The caller asked for an offer or an answer that the state does not allow (RFC 3264 §4).
    OutOfTurn,
    /// Not a session description (RFC 8866 §5); the line that is wrong, from 1, when known.
    Syntax(Option<usize>),
}

/// The kind of answer the peer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the body cannot be read.
    BadRequest,
    /// 488: the body can be read, the session cannot be had.
    NotAcceptableHere,
    /// 500: the fault is ours.
    ServerInternalError,
}

impl SdpError {
    /// How the fault is answered: 400, 488 or 500.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Syntax(_) | Self::LimitExceeded(..) => Refusal::BadRequest,
            Self::OutOfTurn => Refusal::ServerInternalError,
            _ => Refusal::NotAcceptableHere,
        }
    }
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnswerDoesNotFitOffer(why) => write!(f, "answer does not fit the offer: {why}"),
            Self::AddressNotUnicast => f.write_str("media address is not a unicast IP address"),
            Self::Crypto(violation) => write!(f, "crypto attribute refused: {violation}"),
            Self::LimitExceeded(what, limit) => write!(f, "more than {limit} {what}"),
            Self::MediaInClear => f.write_str("media would go in clear"),
            Self::NothingInCommon => f.write_str("no audio stream or codec in common"),
            Self::OutOfTurn => f.write_str("offer or answer out of turn"),
            Self::Syntax(Some(line)) => write!(f, "session description syntax, line {line}"),
            Self::Syntax(None) => f.write_str("session description syntax"),
        }
    }
}

impl std::error::Error for SdpError {}

impl From<CryptoViolation> for SdpError {
    fn from(violation: CryptoViolation) -> Self {
        Self::Crypto(violation)
    }
}
