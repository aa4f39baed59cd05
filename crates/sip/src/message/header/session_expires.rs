//! Session-Expires (RFC 4028 §4).

use crate::message::{HeaderName, Headers, Parameters, Violation, syntax};

/// The value of Session-Expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval.
    pub seconds: u32,
    /// Who refreshes, if it is decided.
    pub refresher: Option<Refresher>,
}

/// Who refreshes a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answered it.
    Uas,
}

impl SessionExpires {
    /// Parses `delta-seconds *(SEMI se-params)`; a refresher that is neither side is as if absent.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let end = syntax::find(value, b';').unwrap_or(value.len());
        let (seconds, parameters) = value.split_at_checked(end)?;
        let refresher = match Parameters::parse(parameters)?.get("refresher") {
            Some(side) if side.eq_ignore_ascii_case(b"uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case(b"uas") => Some(Refresher::Uas),
            _ => None,
        };
        Some(Self { seconds: syntax::decimal(syntax::trim_end(seconds))?, refresher })
    }
}

impl Headers {
    /// Session-Expires.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, Violation> {
        self.parsed(HeaderName::SessionExpires, SessionExpires::parse)
    }
}
