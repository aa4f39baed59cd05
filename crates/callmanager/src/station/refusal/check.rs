//! The checks of a request, in the order in which each port makes them.

use sip::message::Method;
use token::TokenError;

use super::{PortMismatch, Reason};
use crate::flow::Listener;
use authorization::AccessTokenError;

/// One check. None runs before the one above it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// The port and the transport that it came over.
    Connection,
    /// The source has not failed too often, and the node is not about to stop.
    Throttle,
    /// Framing, start line, mandatory and single header fields, CSeq method.
    Syntax,
    /// Max-Forwards is left.
    MaxForwards,
    /// It is a request of its own, and there is room for its transaction.
    Transaction,
    /// The cluster's SIP OAuth mode, as this node runs it.
    ClusterMode,
    /// On a port for digest or certificates: the device is none for tokens.
    NotForTokens,
    /// Credentials that the port takes.
    Credentials,
    /// The token has the one form that it can have.
    TokenForm,
    /// A key of the cluster signed it.
    TokenKey,
    /// Its signature fits, and its private part opens.
    TokenSignature,
    /// This cluster issued it, for this service.
    TokenAudience,
    /// It is neither expired nor of the future.
    TokenDates,
    /// It was not revoked.
    TokenRevocation,
    /// Its user is active.
    User,
    /// Its scope covers registration.
    Scope,
    /// The digest is right.
    Digest,
    /// The device exists and the user may use it.
    Device,
    /// The token is not bound to another device.
    DeviceBinding,
    /// The device's profile has OAuth enabled.
    Profile,
    /// An edge's client came over the edge's port, any other over the phones'.
    EdgePort,
    /// The device's profile fits the transport.
    Transport,
    /// The client's certificate names the device.
    CertificateName,
    /// A device is registered on the connection.
    Registered,
    /// From is the sender's own.
    From,
    /// The directory number is a line of the device.
    Line,
    /// Every required extension is supported.
    Require,
    /// Contact and Expires can be taken.
    Contact,
    /// CSeq goes forward.
    Sequence,
    /// No other client holds the device.
    Duplicate,
    /// It is addressed to where this node sends.
    Target,
    /// It is one that is served, and its dialog exists.
    Service,
    /// There is room for it.
    Capacity,
}

use Check::{
    Capacity, CertificateName, ClusterMode, Connection, Contact, Credentials, Device, DeviceBinding, Digest, Duplicate,
    EdgePort, From, Line, MaxForwards, NotForTokens, Profile, Registered, Require, Scope, Sequence, Service, Syntax,
    Target, Throttle, TokenAudience, TokenDates, TokenForm, TokenKey, TokenRevocation, TokenSignature, Transaction,
    Transport, User,
};

/// A REGISTER on an OAuth port.
const REGISTER_WITH_TOKEN: [Check; 25] = [
    Connection,
    Throttle,
    Transaction,
    Syntax,
    ClusterMode,
    Credentials,
    TokenForm,
    TokenKey,
    TokenSignature,
    TokenAudience,
    TokenDates,
    TokenRevocation,
    User,
    Scope,
    Device,
    DeviceBinding,
    Profile,
    EdgePort,
    From,
    Line,
    Require,
    Contact,
    Sequence,
    Duplicate,
    Capacity,
];

/// A REGISTER on a port for digest, certificates, or neither.
const REGISTER_BY_PROFILE: [Check; 15] = [
    Connection,
    Throttle,
    Transaction,
    Syntax,
    NotForTokens,
    Digest,
    Device,
    Transport,
    CertificateName,
    From,
    Line,
    Require,
    Contact,
    Sequence,
    Capacity,
];

/// Any other request.
const OTHER: [Check; 11] =
    [Connection, Throttle, Transaction, Syntax, MaxForwards, Registered, From, Require, Target, Service, Capacity];

impl Check {
    /// The checks of a request with this method, in their order.
    #[must_use]
    pub fn order(method: &Method, listener: Listener) -> &'static [Self] {
        match (method, listener) {
            (Method::Register, Listener::OAuth | Listener::MraOAuth) => &REGISTER_WITH_TOKEN,
            (Method::Register, Listener::Phone | Listener::Secure) => &REGISTER_BY_PROFILE,
            _ => &OTHER,
        }
    }

    /// The check that fails for a reason.
    #[must_use]
    pub fn of(reason: Reason) -> Self {
        match reason {
            Reason::Syntax(_) => Syntax,
            Reason::TooManyHops => MaxForwards,
            Reason::Throttled | Reason::Draining => Throttle,
            Reason::PortMismatch(PortMismatch::ModeDisabled) => ClusterMode,
            Reason::PortMismatch(PortMismatch::ProfileWithoutOAuth) => Profile,
            Reason::PortMismatch(PortMismatch::WrongTransport) => EdgePort,
            Reason::SchemeNotTaken => Credentials,
            Reason::AccessToken(error) => of_token(error),
            Reason::UserInactive => User,
            Reason::Digest => Digest,
            Reason::CertificateName => CertificateName,
            Reason::Scope => Scope,
            Reason::Device => Device,
            Reason::DeviceBinding => DeviceBinding,
            Reason::Transport => Transport,
            Reason::ThirdParty | Reason::From => From,
            Reason::Line => Line,
            Reason::NotRegistered => Registered,
            Reason::Extension => Require,
            Reason::Contact | Reason::IntervalTooBrief => Contact,
            Reason::Sequence => Sequence,
            Reason::ActiveElsewhere => Duplicate,
            Reason::Scheme | Reason::Route => Target,
            Reason::Transaction(_) => Transaction,
            Reason::Dialog | Reason::MethodNotAllowed | Reason::MethodUnknown | Reason::Event | Reason::NotServed => {
                Service
            }
            Reason::TooManyRegistrations | Reason::TooManyCalls => Capacity,
        }
    }

    /// The word of feeds and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Connection => "connection",
            Throttle => "throttle",
            Syntax => "syntax",
            MaxForwards => "max-forwards",
            Transaction => "transaction",
            ClusterMode => "cluster-mode",
            NotForTokens => "not-for-tokens",
            Credentials => "credentials",
            TokenForm => "token-form",
            TokenKey => "token-key",
            TokenSignature => "token-signature",
            TokenAudience => "token-audience",
            TokenDates => "token-dates",
            TokenRevocation => "token-revocation",
            User => "user",
            Scope => "scope",
            Digest => "digest",
            Device => "device",
            DeviceBinding => "device-binding",
            Profile => "profile",
            EdgePort => "edge-port",
            Transport => "transport",
            CertificateName => "certificate-name",
            Registered => "registered",
            From => "from",
            Line => "line",
            Require => "require",
            Contact => "contact",
            Sequence => "sequence",
            Duplicate => "duplicate",
            Target => "target",
            Service => "service",
            Capacity => "capacity",
        }
    }

    /// What is asked, in words for an administrator.
    #[must_use]
    pub fn question(self) -> &'static str {
        match self {
            Connection => "Where did it come in?",
            Throttle => "Is the node there to stay, and has the source not failed too often lately?",
            Syntax => "Can the request be read?",
            MaxForwards => "May it still be forwarded?",
            Transaction => "Is it a request of its own, and is there room for it?",
            ClusterMode => "Is SIP OAuth mode enabled in the cluster, and has this node taken it?",
            NotForTokens => "Is the device one that this port is for?",
            Credentials => "Does it bring an access token?",
            TokenForm => "Does the token have the right form?",
            TokenKey => "Is it signed with a key of this cluster?",
            TokenSignature => "Does its signature fit?",
            TokenAudience => "Was it issued by this cluster, for this service?",
            TokenDates => "Is it valid now?",
            TokenRevocation => "Has it not been revoked?",
            User => "Is its user active?",
            Scope => "Does its scope cover the SIP line?",
            Digest => "Is the digest right?",
            Device => "Does the device exist, and may the user use it?",
            DeviceBinding => "Is the token for this device?",
            Profile => "Does the phone security profile of the device have OAuth authentication enabled?",
            EdgePort => "Is this the port for such a client: with mutual TLS for the edge, without for phones?",
            Transport => "Does the profile of the device fit this transport?",
            CertificateName => "Does the certificate of the client name the device?",
            Registered => "Is a device registered on this connection?",
            From => "Does the sender speak for itself?",
            Line => "Is the directory number a line of the device?",
            Require => "Is every required extension supported?",
            Contact => "Can Contact and Expires be taken?",
            Sequence => "Does CSeq go forward?",
            Duplicate => "Is the device free, with no other client on it?",
            Target => "Is it addressed to where this node sends?",
            Service => "Is it served here, and does its dialog exist?",
            Capacity => "Is there room for it?",
        }
    }
}

fn of_token(error: AccessTokenError) -> Check {
    match error {
        AccessTokenError::Token(TokenError::UnknownKey) => TokenKey,
        AccessTokenError::Token(TokenError::BadSignature | TokenError::BadDecryption) => TokenSignature,
        AccessTokenError::Token(TokenError::Expired | TokenError::NotYetValid) => TokenDates,
        AccessTokenError::Token(TokenError::WrongIssuer | TokenError::WrongAudience) => TokenAudience,
        AccessTokenError::Revoked => TokenRevocation,
        _ => TokenForm,
    }
}
