//! Why a request was refused: a reason code, the status it got, and the checks that it had passed before.
//!
//! The node logs a [`Refusal`]; a page that explains refusals shows the same. The peer learns the status and, where a
//! client can do something about it, a Warning: never which check of an identity failed (a refusal has the same bytes
//! whether or not a user or device exists).

use authorization::AccessTokenError;
use sip::message::{Method, StatusCode, Violation};

use crate::registrar::RejectionCause;

/// The checks of a request in their order; none runs before the one above it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Framing, start line, mandatory and single header fields, CSeq method.
    Syntax,
    /// Max-Forwards is left.
    MaxForwards,
    /// The source has not failed too often, and the node is not about to stop.
    Throttle,
    /// The cluster's SIP OAuth mode fits the port.
    ClusterMode,
    /// Credentials that the port takes.
    Credentials,
    /// The access token, digest or certificate is good.
    Authentication,
    /// The token's scope covers registration.
    Scope,
    /// The device exists and the user may use it.
    Device,
    /// The device's profile fits port and transport.
    Profile,
    /// From, To and the directory number are the device's.
    Line,
    /// Every required extension is supported.
    Require,
    /// Contact and Expires can be taken.
    Contact,
    /// CSeq goes forward.
    Sequence,
    /// No other client holds the device.
    Duplicate,
    /// The request is one that is served, and its dialog exists.
    Routing,
    /// The flow may have another call.
    Capacity,
}

impl Check {
    /// All checks, in order.
    pub const ALL: [Self; 16] = [
        Self::Syntax,
        Self::MaxForwards,
        Self::Throttle,
        Self::ClusterMode,
        Self::Credentials,
        Self::Authentication,
        Self::Scope,
        Self::Device,
        Self::Profile,
        Self::Line,
        Self::Require,
        Self::Contact,
        Self::Sequence,
        Self::Duplicate,
        Self::Routing,
        Self::Capacity,
    ];
}

/// The three documented causes of "SIP OAuth Registration port Mismatch".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortMismatch {
    /// SIP OAuth mode is not enabled in the cluster, or the node was not restarted since.
    ModeDisabled,
    /// The device's security profile does not have OAuth enabled.
    ProfileWithoutOAuth,
    /// An OAuth device came in on a port for client certificates or without TLS, or a client of the edge on the port
    /// without client certificates.
    WrongTransport,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A rule of the syntax is broken.
    Syntax(Violation),
    /// No hops are left.
    TooManyHops,
    /// The source failed too often lately.
    Throttled,
    /// The node is about to stop, and takes nothing new.
    Draining,
    /// Port, mode and profile do not fit.
    PortMismatch(PortMismatch),
    /// The credentials are of a scheme that the port does not take.
    SchemeNotTaken,
    /// The access token is not good.
    AccessToken(AccessTokenError),
    /// The user of the access token is no longer active.
    UserInactive,
    /// The digest is wrong, or its user unknown.
    Digest,
    /// The client's certificate names neither the device nor its profile.
    CertificateName,
    /// The token's scope does not cover registration.
    Scope,
    /// The device is unknown, or the user may not use it.
    Device,
    /// The token is bound to another device.
    DeviceBinding,
    /// The device's profile wants another port or transport.
    Transport,
    /// From and To differ in a REGISTER.
    ThirdParty,
    /// The directory number is not a line of the device.
    Line,
    /// No device is registered on the flow.
    NotRegistered,
    /// From is not the address of the device that is registered on the flow.
    From,
    /// An extension is required that is not supported.
    Extension,
    /// Contact is `*`, missing a usable URI, or otherwise not to be taken.
    Contact,
    /// Expires is shorter than the registrar takes.
    IntervalTooBrief,
    /// CSeq did not go forward.
    Sequence,
    /// Another client holds the device.
    ActiveElsewhere,
    /// The flow has as many registrations as it may.
    TooManyRegistrations,
    /// The request is to go where the node does not send: another domain, a preset route, another address.
    Route,
    /// The transaction layer refused it.
    Transaction(sip::transaction::Refusal),
    /// The Request-URI has a scheme that is not SIP's.
    Scheme,
    /// The dialog does not exist.
    Dialog,
    /// The method is known and not served here.
    MethodNotAllowed,
    /// The method is not known.
    MethodUnknown,
    /// The event package is not served.
    Event,
    /// The request has no purpose here.
    NotServed,
    /// The flow has as many calls as it may.
    TooManyCalls,
}

impl Reason {
    /// The check that failed.
    #[must_use]
    pub fn check(self) -> Check {
        match self {
            Self::Syntax(_) => Check::Syntax,
            Self::TooManyHops => Check::MaxForwards,
            Self::Throttled | Self::Draining => Check::Throttle,
            Self::PortMismatch(PortMismatch::ModeDisabled) => Check::ClusterMode,
            Self::PortMismatch(_) | Self::Transport | Self::CertificateName => Check::Profile,
            Self::SchemeNotTaken => Check::Credentials,
            Self::AccessToken(_) | Self::UserInactive | Self::Digest => Check::Authentication,
            Self::Scope => Check::Scope,
            Self::Device | Self::DeviceBinding | Self::NotRegistered => Check::Device,
            Self::ThirdParty | Self::Line | Self::From => Check::Line,
            Self::Extension => Check::Require,
            Self::Contact | Self::IntervalTooBrief => Check::Contact,
            Self::Sequence => Check::Sequence,
            Self::ActiveElsewhere => Check::Duplicate,
            Self::Scheme
            | Self::Route
            | Self::Transaction(_)
            | Self::Dialog
            | Self::MethodNotAllowed
            | Self::MethodUnknown
            | Self::Event
            | Self::NotServed => Check::Routing,
            Self::TooManyRegistrations | Self::TooManyCalls => Check::Capacity,
        }
    }

    /// The reason code of logs and counters.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::TooManyHops => "too-many-hops",
            Self::Throttled => "throttled",
            Self::Draining => "draining",
            Self::PortMismatch(PortMismatch::ModeDisabled) => "port-mismatch-mode-disabled",
            Self::PortMismatch(PortMismatch::ProfileWithoutOAuth) => "port-mismatch-profile-without-oauth",
            Self::PortMismatch(PortMismatch::WrongTransport) => "port-mismatch-wrong-transport",
            Self::SchemeNotTaken => "credentials-scheme",
            Self::AccessToken(_) => "access-token",
            Self::UserInactive => "user-inactive",
            Self::Digest => "digest",
            Self::CertificateName => "certificate-name",
            Self::Scope => "scope",
            Self::Device => "device",
            Self::DeviceBinding => "device-binding",
            Self::Transport => "transport",
            Self::ThirdParty => "third-party-registration",
            Self::Line => "line",
            Self::NotRegistered => "not-registered",
            Self::From => "from",
            Self::Extension => "extension",
            Self::Contact => "contact",
            Self::IntervalTooBrief => "interval-too-brief",
            Self::Sequence => "sequence",
            Self::ActiveElsewhere => "active-elsewhere",
            Self::TooManyRegistrations => "too-many-registrations",
            Self::Route => "route",
            Self::Transaction(sip::transaction::Refusal::Unidentifiable) => "unidentifiable",
            Self::Transaction(sip::transaction::Refusal::Merged) => "merged-request",
            Self::Transaction(sip::transaction::Refusal::NoSuchInvite) => "no-such-invite",
            Self::Transaction(sip::transaction::Refusal::Overload) => "too-many-transactions",
            Self::Scheme => "uri-scheme",
            Self::Dialog => "no-dialog",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::MethodUnknown => "method-unknown",
            Self::Event => "event-package",
            Self::NotServed => "not-served",
            Self::TooManyCalls => "too-many-calls",
        }
    }

    /// What an administrator should look at, one sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::PortMismatch(PortMismatch::ModeDisabled) => {
                "SIP OAuth mode is not enabled in the cluster, or the CallManager service was not restarted since"
            }
            Self::PortMismatch(PortMismatch::ProfileWithoutOAuth) => {
                "the phone security profile of the device does not have OAuth authentication enabled"
            }
            Self::PortMismatch(PortMismatch::WrongTransport) => {
                "an OAuth device must come in over TLS on the OAuth port, and the edge over mutual TLS on its own"
            }
            Self::Device => "no such device, or the user neither owns it nor is associated with it",
            Self::DeviceBinding => "the access token was issued for another device",
            Self::Transport => "the security mode or transport type of the profile does not fit this port",
            Self::Line => "the directory number is not a line of the device",
            Self::From => "From is not an address of the device that is registered on this connection",
            Self::ActiveElsewhere => "another client is registered with this device name",
            Self::AccessToken(AccessTokenError::Revoked) => "the access token was revoked",
            Self::AccessToken(_) => {
                "the access token is not good: expired, or made with keys that this node does not have"
            }
            Self::Draining => "the node is about to stop: it takes nothing new, and the device goes to another node",
            _ => "",
        }
    }

    /// The number of the vendor's MIB, for a rejected registration.
    #[must_use]
    pub fn cause(self) -> RejectionCause {
        match self {
            Self::PortMismatch(_) => RejectionCause::SecurityMismatch,
            Self::CertificateName => RejectionCause::InvalidX509NameInCertificate,
            Self::Device => RejectionCause::NoEntryInDatabase,
            Self::Transport => RejectionCause::ProtocolMismatch,
            Self::Line | Self::ThirdParty => RejectionCause::DirectoryNumberMismatch,
            Self::Sequence => RejectionCause::RegistrationSequenceError,
            Self::ActiveElsewhere => RejectionCause::AuthenticatedDeviceAlreadyExists,
            Self::TooManyRegistrations => RejectionCause::MaxDevRegExceeded,
            Self::Syntax(_) | Self::Contact | Self::IntervalTooBrief | Self::Extension => {
                RejectionCause::MalformedRegisterMsg
            }
            _ => RejectionCause::AuthenticationError,
        }
    }

    /// Whether this may be guessing at a token, a password or a device: counts against the source. A token that was good
    /// once, or is of keys that were regenerated, is no guess.
    #[must_use]
    pub fn is_guess(self) -> bool {
        use token::TokenError::{Expired, NotYetValid, UnknownKey, WrongIssuer};
        match self {
            Self::Digest | Self::Device => true,
            Self::AccessToken(AccessTokenError::Token(error)) => {
                !matches!(error, Expired | NotYetValid | UnknownKey | WrongIssuer)
            }
            _ => false,
        }
    }

    /// The status that the transaction layer answered with.
    pub(super) fn transaction_status(self) -> StatusCode {
        use sip::transaction::Refusal;
        match self {
            Self::Transaction(Refusal::Merged) => StatusCode::LOOP_DETECTED,
            Self::Transaction(Refusal::NoSuchInvite) => StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST,
            Self::Transaction(Refusal::Overload) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The text of Warning 399, where the vendor has one or a client can act on it.
    #[must_use]
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::PortMismatch(_) => Some("SIP OAuth Registration port Mismatch"),
            Self::ActiveElsewhere => Some("Registration is active for another client"),
            Self::CertificateName => Some("TLS authentication failure"),
            Self::Device | Self::DeviceBinding | Self::ThirdParty | Self::Line => Some("Device not permitted for user"),
            Self::Transport => Some("Transport not permitted for device"),
            Self::Scope => Some("Insufficient scope"),
            _ => None,
        }
    }
}

/// A request that was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The status of the response.
    pub status: StatusCode,
    /// The method.
    pub method: Method,
    /// Call-ID, to find the request in a trace.
    pub call_id: String,
    /// The device that it claimed to be.
    pub device: Option<String>,
    /// The user of the token, when that was good.
    pub user: Option<String>,
}

impl Refusal {
    /// The checks that were made, in order: all but the last passed.
    pub fn steps(&self) -> impl Iterator<Item = (Check, bool)> {
        let failed = self.reason.check();
        Check::ALL.into_iter().take_while(move |check| *check <= failed).map(move |check| (check, check != failed))
    }
}
