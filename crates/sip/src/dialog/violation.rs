//! The rules of a dialog that a peer can break, and the one that time does.

use std::fmt;

use crate::message::{StatusCode, Violation};

/// Why a message does not fit a dialog, or a dialog cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogViolation {
    /// A header field that makes the dialog is missing or malformed.
    Syntax(Violation),
    /// The request names another dialog (RFC 3261 §12.2.2).
    NoSuchDialog,
    /// The sequence number is not higher than the last (RFC 3261 §12.2.2).
    OutOfOrder,
    /// The message that makes the dialog has no usable Contact (RFC 3261 §12.1).
    NoRemoteTarget,
    /// Our own sequence numbers are used up (RFC 3261 §8.1.1.5).
    SequenceExhausted,
}

impl DialogViolation {
    /// The answer to the request that broke the rule.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Syntax(_) | Self::NoRemoteTarget => StatusCode::BAD_REQUEST,
            Self::NoSuchDialog => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            Self::OutOfOrder | Self::SequenceExhausted => StatusCode::SERVER_INTERNAL_ERROR,
        }
    }
}

impl From<Violation> for DialogViolation {
    fn from(violation: Violation) -> Self {
        Self::Syntax(violation)
    }
}

impl fmt::Display for DialogViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(violation) => violation.fmt(f),
            Self::NoSuchDialog => f.write_str("No such dialog"),
            Self::OutOfOrder => f.write_str("CSeq out of order"),
            Self::NoRemoteTarget => f.write_str("Missing Contact"),
            Self::SequenceExhausted => f.write_str("CSeq exhausted"),
        }
    }
}

impl std::error::Error for DialogViolation {}
