//! Where something came in.

use std::fmt;

/// A port of a node, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// SIP Phone Port (5060).
    Phone,
    /// SIP Phone Secure Port (5061).
    PhoneSecure,
    /// SIP Phone OAuth Port (5090).
    PhoneOAuth,
    /// SIP Mobile and Remote Access OAuth Port (5091).
    MraOAuth,
    /// The web services of a node (8443).
    Web,
    /// The device configuration files (6970, 6972).
    ConfigFiles,
    /// Expressway-E: phones outside (5061).
    EdgePhone,
    /// Expressway-E: the web services for phones outside (8443).
    EdgeWeb,
    /// Between Expressway-E and Expressway-C (7001).
    Traversal,
    /// Expressway-C: a neighbour zone, to a Unified CM node.
    Zone,
}

impl Port {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Phone,
        Self::PhoneSecure,
        Self::PhoneOAuth,
        Self::MraOAuth,
        Self::Web,
        Self::ConfigFiles,
        Self::EdgePhone,
        Self::EdgeWeb,
        Self::Traversal,
        Self::Zone,
    ];

    /// The name that the administration pages use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "SIP Phone Port",
            Self::PhoneSecure => "SIP Phone Secure Port",
            Self::PhoneOAuth => "SIP Phone OAuth Port",
            Self::MraOAuth => "SIP Mobile and Remote Access OAuth Port",
            Self::Web => "Web services",
            Self::ConfigFiles => "Device configuration files",
            Self::EdgePhone => "SIP TLS for phones outside",
            Self::EdgeWeb => "Web services for phones outside",
            Self::Traversal => "Traversal link",
            Self::Zone => "Neighbor zone",
        }
    }

    /// The word of counters, feeds and query strings.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Phone => "sip-phone",
            Self::PhoneSecure => "sip-phone-secure",
            Self::PhoneOAuth => "sip-phone-oauth",
            Self::MraOAuth => "sip-mra-oauth",
            Self::Web => "web",
            Self::ConfigFiles => "config-files",
            Self::EdgePhone => "edge-phone",
            Self::EdgeWeb => "edge-web",
            Self::Traversal => "traversal",
            Self::Zone => "zone",
        }
    }

    /// The port of a [`code`](Self::code).
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|port| port.code() == code)
    }
}

/// A transport protocol, as Via names it (RFC 3261 §18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        })
    }
}
