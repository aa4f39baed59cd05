//! Why the edge refuses, and what it answers: one enum, one function to the wire.
//!
//! The Warning that goes to the peer names what the peer can do something about, and nothing of the inside: which zone
//! is down, why a token is bad and which rule was missing are for the log, which has the [`code`](Reason::code) too.

use std::fmt;

use sip::auth::{BearerChallenge, BearerError};
use sip::message::{StatusCode, Violation};
use token::TokenError;

use crate::media::MediaRefusal;
use crate::zone::ZoneName;

/// Why a request is refused, or a message dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The message breaks a rule of the syntax or of the limits.
    Malformed(Violation),
    /// The Request-URI is neither sip nor sips (RFC 3261 §16.3 step 2).
    UnsupportedUriScheme,
    /// Max-Forwards is used up (RFC 3261 §16.3 step 3).
    TooManyHops,
    /// The request has been here before (RFC 3261 §16.3 step 4).
    LoopDetected,
    /// Proxy-Require asks for what we do not have (RFC 3261 §16.3 step 5); the option tags.
    BadExtension(String),
    /// A Route leads elsewhere than through this edge.
    ForeignRoute,
    /// A flow token that this process never made, or that is not the sender's.
    ForgedFlowToken,
    /// The flow that a token names has ended (RFC 5626 §5.3).
    FlowFailed,
    /// A request from Unified CM names no phone: it does not follow the Path of a registration.
    NoFlowToken,
    /// There is no traversal link.
    NoTraversal,
    /// Expressway-C has not yet answered for this flow, and enough requests wait for it.
    StatementPending,
    /// Expressway-C did not answer for this flow.
    StatementUnanswered,
    /// Expressway-C refused the statement about this flow for another reason than its time.
    StatementRefused(u16),
    /// The statement of Expressway-E is no statement.
    StatementMalformed,
    /// The clocks of the two halves differ. Seconds; positive: Expressway-E is ahead.
    ClockSkew(i64),
    /// More requests in a short time than one phone has.
    Overload,
    /// Authentication path is "None": mobile and remote access is off.
    AccessOff,
    /// "Authorize by OAuth token with refresh" is off.
    OAuthOff,
    /// "Authorize by user credential" is off.
    UserCredentialOff,
    /// The access token is not good; the text is for the log.
    InvalidToken(TokenError),
    /// Neither a token nor a registration through this edge.
    NotRegistered,
    /// Expressway-C knows no such flow of Expressway-E.
    UnknownFlow,
    /// No search rule is for the host of the Request-URI; the host, made safe to show.
    NoSearchRule(String),
    /// The zone that the search rule names is not Active.
    ZoneInactive(ZoneName),
    /// A media description is refused.
    Media(MediaRefusal),
    /// A response that answers no request of ours.
    StrayResponse,
    /// A message on a flow that is not, or no longer, open.
    UnknownConnection,
}

/// What a refused request is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The text of `Warning: 399`.
    pub warning: Option<String>,
    /// Retry-After, in seconds.
    pub retry_after: Option<u32>,
    /// The value of Proxy-Authenticate.
    pub challenge: Option<String>,
    /// The value of Unsupported.
    pub unsupported: Option<String>,
}

impl Reason {
    /// A stable word for log fields and counters.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::UnsupportedUriScheme => "unsupported_uri_scheme",
            Self::TooManyHops => "too_many_hops",
            Self::LoopDetected => "loop_detected",
            Self::BadExtension(_) => "bad_extension",
            Self::ForeignRoute => "foreign_route",
            Self::ForgedFlowToken => "forged_flow_token",
            Self::FlowFailed => "flow_failed",
            Self::NoFlowToken => "no_flow_token",
            Self::NoTraversal => "no_traversal",
            Self::StatementPending => "statement_pending",
            Self::StatementUnanswered => "statement_unanswered",
            Self::StatementRefused(_) => "statement_refused",
            Self::StatementMalformed => "statement_malformed",
            Self::ClockSkew(_) => "clock_skew",
            Self::Overload => "overload",
            Self::AccessOff => "mra_off",
            Self::OAuthOff => "oauth_off",
            Self::UserCredentialOff => "user_credential_off",
            Self::InvalidToken(_) => "invalid_token",
            Self::NotRegistered => "not_registered",
            Self::UnknownFlow => "unknown_flow",
            Self::NoSearchRule(_) => "no_search_rule",
            Self::ZoneInactive(_) => "zone_inactive",
            Self::Media(MediaRefusal::PortsExhausted) => "media_ports_exhausted",
            Self::Media(_) => "media_not_acceptable",
            Self::StrayResponse => "stray_response",
            Self::UnknownConnection => "unknown_connection",
        }
    }

    /// What an administrator does about it, in a sentence; where the phone alone is at fault, what that is.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Malformed(_) => {
                "The phone's message breaks a rule of SIP: take a diagnostic capture, and update the client."
            }
            Self::UnsupportedUriScheme => "The client must use a sip or sips URI.",
            Self::TooManyHops | Self::LoopDetected => {
                "The request goes in a circle: look for a route or a search rule that leads back to this edge."
            }
            Self::BadExtension(_) => "The client asks the edge for an extension that it does not have.",
            Self::ForeignRoute => {
                "The client's Route names another edge: it must sign in again, so that it learns the way."
            }
            Self::ForgedFlowToken | Self::FlowFailed | Self::UnknownFlow => {
                "The connection that the request names has ended or is another's: the phone must register again, which it does by itself."
            }
            Self::NoFlowToken => {
                "Unified CM sent a request that follows no registration through this edge: restart the phone."
            }
            Self::NoTraversal => {
                "Expressway-C has no traversal link to Expressway-E: see Status > Traversal on Expressway-C for the reason."
            }
            Self::StatementPending | Self::StatementUnanswered => {
                "Expressway-C is slow or does not answer: see the load of Expressway-C and the traversal link."
            }
            Self::StatementRefused(_) | Self::StatementMalformed => {
                "The two halves do not understand each other: run the same release on both."
            }
            Self::ClockSkew(_) => "The clocks of Expressway-C and Expressway-E differ: let NTP set both.",
            Self::Overload => {
                "One phone sends more requests than a phone has: take a diagnostic capture, and look at the client."
            }
            Self::AccessOff => {
                "Set the authentication path to other than None at Configuration > Unified Communications > Configuration."
            }
            Self::OAuthOff => {
                "Set \"Authorize by OAuth token with refresh\" to On at Configuration > Unified Communications > Configuration."
            }
            Self::UserCredentialOff => {
                "The phone authenticates with a name and a password: give its profile OAuth, or set \"Authorize by user credential\" to On."
            }
            Self::InvalidToken(TokenError::UnknownKey) => {
                "The token was signed with a key that Expressway-C does not have: refresh the Unified CM servers."
            }
            Self::InvalidToken(_) => {
                "The phone must get a new token, which it does by itself; if it does not, sign out and in again, and compare the clocks."
            }
            Self::NotRegistered => "The phone must register through this edge before it sends other requests.",
            Self::NoSearchRule(_) => {
                "No discovered node has this name: refresh the Unified CM servers, and compare the name with their nodes."
            }
            Self::ZoneInactive(_) => {
                "The node cannot be reached: see Configuration > Zones for the reason and the remedy."
            }
            Self::Media(MediaRefusal::PortsExhausted) => {
                "Give the relay more ports in [media] of the configuration file."
            }
            Self::Media(_) => {
                "The client offers media without SRTP keys, or none that can be relayed: its device security mode must be Encrypted."
            }
            Self::StrayResponse | Self::UnknownConnection => {
                "A late message of a connection that has ended: nothing is to be done."
            }
        }
    }

    /// The answer to the request; `realm` is that of a challenge.
    #[must_use]
    pub fn answer(&self, realm: &str) -> Answer {
        let status = self.status();
        Answer {
            status,
            warning: self.warning(),
            retry_after: self.retry_after(),
            challenge: matches!(self, Self::InvalidToken(_)).then(|| challenge(realm)),
            unsupported: match self {
                Self::BadExtension(tags) => Some(tags.clone()),
                _ => None,
            },
        }
    }

    /// The status; a message that is dropped without an answer has one all the same.
    const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(violation) => match violation.answer().status {
                Some(status) => status,
                None => StatusCode::BAD_REQUEST,
            },
            Self::UnsupportedUriScheme => StatusCode::UNSUPPORTED_URI_SCHEME,
            Self::TooManyHops => StatusCode::TOO_MANY_HOPS,
            Self::LoopDetected => StatusCode::LOOP_DETECTED,
            Self::BadExtension(_) => StatusCode::BAD_EXTENSION,
            Self::FlowFailed => StatusCode::FLOW_FAILED,
            Self::StatementMalformed => StatusCode::BAD_REQUEST,
            Self::InvalidToken(_) => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            Self::NoSearchRule(_) => StatusCode::NOT_FOUND,
            Self::NoTraversal
            | Self::StatementPending
            | Self::StatementUnanswered
            | Self::Overload
            | Self::ZoneInactive(_)
            | Self::Media(MediaRefusal::PortsExhausted) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Media(_) => StatusCode::NOT_ACCEPTABLE_HERE,
            Self::StrayResponse | Self::UnknownConnection => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            Self::ForeignRoute
            | Self::ForgedFlowToken
            | Self::NoFlowToken
            | Self::StatementRefused(_)
            | Self::ClockSkew(_)
            | Self::AccessOff
            | Self::OAuthOff
            | Self::UserCredentialOff
            | Self::NotRegistered
            | Self::UnknownFlow => StatusCode::FORBIDDEN,
        }
    }

    /// When to try again. Our choice: what mends itself in seconds says so.
    const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NoTraversal | Self::ZoneInactive(_) => Some(10),
            Self::StatementPending | Self::StatementUnanswered | Self::Overload => Some(5),
            Self::Media(MediaRefusal::PortsExhausted) => Some(30),
            _ => None,
        }
    }

    fn warning(&self) -> Option<String> {
        Some(match self {
            Self::Malformed(violation) => violation.to_string(),
            Self::UnsupportedUriScheme => "The Request-URI must be a sip or sips URI".into(),
            Self::ForeignRoute => "The Route leads outside this edge".into(),
            Self::ForgedFlowToken => "The Route names no flow of this edge".into(),
            Self::FlowFailed => "The flow to the phone has ended".into(),
            Self::NoFlowToken => "The Route names no phone of this edge".into(),
            Self::NoTraversal => "Expressway-C is not connected".into(),
            Self::StatementPending => "Expressway-C has not yet answered for this connection".into(),
            Self::StatementUnanswered => "Expressway-C does not answer".into(),
            Self::StatementRefused(_) => "Expressway-C refuses this connection".into(),
            Self::StatementMalformed => "The edge statement cannot be read".into(),
            Self::ClockSkew(seconds) => {
                format!("Edge clock differs by {} seconds", seconds.unsigned_abs())
            }
            Self::Overload => "Too many requests from this connection".into(),
            Self::AccessOff => "Mobile and remote access is switched off".into(),
            Self::OAuthOff => "Authorize by OAuth token with refresh is Off on Expressway-C".into(),
            Self::UserCredentialOff => "Authorize by user credential is Off on Expressway-C".into(),
            Self::NotRegistered => "Not registered through this edge".into(),
            Self::UnknownFlow => "Expressway-C does not know this connection".into(),
            Self::NoSearchRule(_) => "No search rule is for this Request-URI".into(),
            Self::ZoneInactive(_) => "The Unified CM node is not reachable".into(),
            Self::Media(MediaRefusal::NotAcceptable(text)) => text.clone(),
            Self::Media(MediaRefusal::PortsExhausted) => "No media port is free".into(),
            Self::TooManyHops
            | Self::LoopDetected
            | Self::BadExtension(_)
            | Self::InvalidToken(_)
            | Self::StrayResponse
            | Self::UnknownConnection => return None,
        })
    }
}

/// The challenge of Unified CM, with the error that RFC 8898 §2 takes from RFC 6750.
fn challenge(realm: &str) -> String {
    let challenge = BearerChallenge { realm, error: Some(BearerError::InvalidToken), ..BearerChallenge::default() };
    challenge.to_string()
}

/// For the log: what the Warning says, and what it does not.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken(error) => error.fmt(f),
            Self::NoSearchRule(host) => write!(f, "no search rule is for the host {host}"),
            Self::ZoneInactive(zone) => write!(f, "the zone {zone} is not Active"),
            Self::BadExtension(tags) => write!(f, "Proxy-Require asks for {tags}"),
            Self::TooManyHops => f.write_str("Max-Forwards is used up"),
            Self::LoopDetected => f.write_str("the request has been here before"),
            Self::StrayResponse => f.write_str("a response to no request of ours"),
            Self::UnknownConnection => f.write_str("the connection is not open"),
            Self::StatementRefused(status) => write!(f, "Expressway-C refuses the statement with {status}"),
            Self::ClockSkew(seconds) if *seconds > 0 => {
                write!(f, "Expressway-E's clock is {seconds} seconds ahead of Expressway-C's: check NTP on both")
            }
            Self::ClockSkew(seconds) => {
                let seconds = seconds.unsigned_abs();
                write!(f, "Expressway-E's clock is {seconds} seconds behind Expressway-C's: check NTP on both")
            }
            _ => f.write_str(&self.warning().unwrap_or_default()),
        }
    }
}

impl std::error::Error for Reason {}
