//! Why a request was refused: a reason code, the status it got, the checks that it had passed before, and where it is put right.
//!
//! The node logs a [`Refusal`]; a page that explains refusals shows the same. The peer learns the status and, where a
//! client can do something about it, a Warning: never which check of an identity failed (a refusal has the same bytes
//! whether or not a user or device exists).

mod check;
pub(super) mod evidence;
mod remedy;

use authorization::AccessTokenError;
use observation::{Remedy, Step};
use sip::message::{Method, StatusCode, Violation};

pub use check::Check;

use crate::registrar::RejectionCause;

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
            Self::Syntax(_) => "the request breaks a rule of its syntax",
            Self::TooManyHops => "no hops are left: Max-Forwards is 0",
            Self::Throttled => "the source failed too often lately",
            Self::SchemeNotTaken => "the credentials are of a scheme that this port does not take",
            Self::UserInactive => "the user of the access token is no longer active",
            Self::Digest => "the digest is wrong, or its user is not the digest user of the device",
            Self::CertificateName => "the certificate of the client names neither the device nor its profile",
            Self::Scope => "the scope of the access token does not cover the SIP line",
            Self::ThirdParty => "From and To of a REGISTER differ: nobody registers for another",
            Self::NotRegistered => "no device is registered on this connection for this user",
            Self::Extension => "an extension is required that is not supported",
            Self::Contact => "Contact has no address that can be taken",
            Self::IntervalTooBrief => "Expires is shorter than the registrar takes",
            Self::Sequence => "CSeq did not go forward",
            Self::TooManyRegistrations => "the connection or the sign-in has as many registrations as it may",
            Self::Route => "the request is to go where this node does not send",
            Self::Transaction(_) => "no transaction can be made of the request",
            Self::Scheme => "the Request-URI is not SIP's",
            Self::Dialog => "the dialog does not exist",
            Self::MethodNotAllowed => "the method is known and not served here",
            Self::MethodUnknown => "the method is not known",
            Self::Event => "the event package is not served",
            Self::NotServed => "the request has no purpose here",
            Self::TooManyCalls => "the connection has as many calls as it may",
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
    /// The checks that were made, in order, with what they saw: all but the last passed.
    pub steps: Box<[Step]>,
    /// Where it is put right.
    pub remedy: Remedy,
}
