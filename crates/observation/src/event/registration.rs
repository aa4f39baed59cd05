//! A registration that began or ended.

use std::net::SocketAddr;

use token::UnixTime;

use super::{Port, Transport};

/// How a client speaks REGISTER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// It names its device in a Contact parameter, as the vendor's clients do.
    Vendor,
    /// It is known by its address-of-record alone.
    Standard,
}

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Vendor, Self::Standard];

    /// The word of counters, feeds and query strings.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Standard => "standard",
        }
    }
}

/// In which form a client gave its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialsForm {
    /// `Bearer <b64token>` (RFC 8898 §2).
    BearerToken,
    /// `Bearer token="…"`, as the vendor's clients write it.
    BearerParameter,
    /// Digest (RFC 8760).
    Digest,
    /// A client certificate.
    Certificate,
    /// None: the device's profile asks for none.
    None,
}

impl CredentialsForm {
    /// The word of counters and feeds.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BearerToken => "bearer-token",
            Self::BearerParameter => "bearer-parameter",
            Self::Digest => "digest",
            Self::Certificate => "certificate",
            Self::None => "none",
        }
    }
}

/// What happened to a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationChange {
    /// It began.
    Registered,
    /// It ended: the word of the reason, and its number in the vendor's MIB.
    Ended(&'static str, u8),
}

/// A registration that began or ended.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Which of the two.
    pub change: RegistrationChange,
    /// The device.
    pub device: Box<str>,
    /// The user of its token or digest credentials.
    pub user: Option<Box<str>>,
    /// The port.
    pub port: Port,
    /// The transport protocol.
    pub transport: Transport,
    /// How the client speaks.
    pub dialect: Dialect,
    /// How it gave its credentials.
    pub credentials: CredentialsForm,
    /// The flow.
    pub flow: u64,
    /// The peer: the device, or the edge that it is behind.
    pub remote: SocketAddr,
    /// User-Agent.
    pub user_agent: Box<str>,
    /// When the registration began.
    pub since: UnixTime,
    /// When it ends unless it is refreshed, or ended.
    pub expires_at: UnixTime,
}
