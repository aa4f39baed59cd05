//! The edge statement: what Expressway-E tells Expressway-C of a phone's connection, in the body of a SERVICE request.
//!
//! Before the first request of a connection goes on, E states whose it is and when it says so. C refuses a statement whose
//! timestamp lies more than 60 seconds from its own clock on either side: so a difference of the two clocks, which would
//! break tokens and certificates sooner or later, shows at the first request and by name.
//!
//! Our choice: that SERVICE carries JSON, and what is in it; the vendor's body is not public. E states each connection
//! anew over each new traversal link, since the C at its other end may be another process. `instance` is E's process: with
//! another one, all earlier flows are gone.

use serde::{Deserialize, Serialize};
use token::UnixTime;

use crate::reason::Reason;

/// The Content-Type of a statement.
pub const CONTENT_TYPE: &str = "application/x-ringbearer-edge-statement+json";

/// How far the two clocks may lie apart, in seconds.
pub const FRESH_SECONDS: u64 = 60;

/// The longest text in a statement.
const TEXT: usize = 512;

/// A statement of Expressway-E.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// E's process, as random text.
    pub instance: String,
    /// E's token of the phone's flow.
    pub flow: String,
    /// The phone's address and port as E sees them.
    pub client: String,
    /// E's server certificate.
    #[serde(default)]
    pub certificate: CertificateSummary,
    /// When E said it.
    pub timestamp: UnixTime,
    /// Whether the connection has ended.
    #[serde(default)]
    pub closed: bool,
}

/// What C may want to know of the certificate that phones see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateSummary {
    /// Its subject.
    #[serde(default)]
    pub subject: String,
    /// Its extended key usages, by name.
    #[serde(default)]
    pub extended_key_usage: Vec<String>,
}

impl Statement {
    /// Reads the body of a SERVICE request.
    pub(crate) fn read(content_type: Option<&[u8]>, body: &[u8]) -> Result<Self, Reason> {
        if content_type != Some(CONTENT_TYPE.as_bytes()) {
            return Err(Reason::StatementMalformed);
        }
        let statement: Self = serde_json::from_slice(body).map_err(|_| Reason::StatementMalformed)?;
        let texts = [&statement.instance, &statement.flow, &statement.client];
        let is_good = texts.iter().all(|text| !text.is_empty() && text.len() <= TEXT && text.is_ascii());
        if is_good { Ok(statement) } else { Err(Reason::StatementMalformed) }
    }

    /// Whether it was said within the last 60 seconds, and not ahead of our clock by more.
    pub(crate) fn check(&self, now: UnixTime) -> Result<(), Reason> {
        let ahead = self.seconds_ahead(now);
        if ahead.unsigned_abs() > FRESH_SECONDS { Err(Reason::ClockSkew(ahead)) } else { Ok(()) }
    }

    fn seconds_ahead(&self, now: UnixTime) -> i64 {
        let difference = i128::from(self.timestamp.0) - i128::from(now.0);
        i64::try_from(difference).unwrap_or(if difference > 0 { i64::MAX } else { i64::MIN })
    }
}

/// The Warning text of a refusal for time, and its reading on the other side.
pub(crate) fn skew_of_warning(text: &str) -> Option<i64> {
    text.strip_prefix("Edge clock differs by ")?.strip_suffix(" seconds")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_at(timestamp: u64) -> Statement {
        Statement {
            instance: "i".into(),
            flow: "f".into(),
            client: "203.0.113.9:4711".into(),
            certificate: CertificateSummary::default(),
            timestamp: UnixTime(timestamp),
            closed: false,
        }
    }

    #[test]
    fn sixty_seconds_are_fresh_and_one_more_is_not() {
        let now = UnixTime(1_000_000);
        assert_eq!(said_at(999_940).check(now), Ok(()));
        assert_eq!(said_at(1_000_060).check(now), Ok(()));
        assert_eq!(said_at(999_939).check(now), Err(Reason::ClockSkew(-61)));
        assert_eq!(said_at(1_000_300).check(now), Err(Reason::ClockSkew(300)));
        assert_eq!(said_at(u64::MAX).check(now), Err(Reason::ClockSkew(i64::MAX)));
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        let body = serde_json::to_vec(&said_at(1)).unwrap();
        assert_eq!(Statement::read(Some(CONTENT_TYPE.as_bytes()), &body), Ok(said_at(1)));
        for (content_type, body) in [
            (None, &body[..]),
            (Some(&b"application/json"[..]), &body[..]),
            (Some(CONTENT_TYPE.as_bytes()), b"{}"),
            (Some(CONTENT_TYPE.as_bytes()), br#"{"instance":"","flow":"f","client":"c","timestamp":1}"#),
            (Some(CONTENT_TYPE.as_bytes()), br#"{"instance":"i","flow":"f","client":"c","timestamp":-1}"#),
        ] {
            assert_eq!(Statement::read(content_type, body), Err(Reason::StatementMalformed));
        }
    }

    #[test]
    fn a_warning_says_by_how_much() {
        let warning = Reason::ClockSkew(-300).answer("").warning.unwrap();
        assert_eq!(skew_of_warning(&warning), Some(300));
        assert_eq!(skew_of_warning("Edge clock differs by five seconds"), None);
    }
}
