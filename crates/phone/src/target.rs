//! Which port of which node a phone registers on.
//!
//! With `sipOAuthMode` 1 it is the OAuth port of the node, over TLS; otherwise the secure port over TLS for a device
//! whose security mode or transport asks for it, else the plain port.

use std::fmt;

use crate::config::{CallManager, DeviceConfig, DeviceSecurityMode, TransportLayerProtocol};
use crate::settings::Access;

/// Where a flow goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The node's name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The transport protocol.
    pub transport: Transport,
    /// Which of the node's ports that is.
    pub port_kind: PortKind,
}

/// The transport protocol of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS over TCP.
    Tls,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A SIP line port of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// SIP Phone Port.
    Phone,
    /// SIP Phone Secure Port.
    Secure,
    /// SIP Phone OAuth Port.
    OAuth,
    /// SIP Mobile and Remote Access OAuth Port.
    MraOAuth,
}

impl Transport {
    /// As Via names it.
    pub(crate) fn via_token(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }

    /// As a URI names it.
    pub(crate) fn uri_parameter(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl Target {
    /// The port of `node` that the configuration asks for.
    pub fn of(config: &DeviceConfig, node: &CallManager, access: Access) -> Self {
        let secure =
            config.security_mode != DeviceSecurityMode::NonSecure || config.transport == TransportLayerProtocol::Tls;
        let (port_kind, port, transport) = match (config.sip_oauth_mode, access) {
            (true, Access::OnPremises) => (PortKind::OAuth, node.ports.sip_oauth, Transport::Tls),
            (true, Access::MobileRemote) => (PortKind::MraOAuth, node.ports.sip_mra_oauth, Transport::Tls),
            (false, _) if secure => (PortKind::Secure, node.ports.secured_sip, Transport::Tls),
            (false, _) => (PortKind::Phone, node.ports.sip, plain(config.transport)),
        };
        Self { host: node.name.clone(), port, transport, port_kind }
    }
}

fn plain(transport: TransportLayerProtocol) -> Transport {
    match transport {
        TransportLayerProtocol::Udp => Transport::Udp,
        _ => Transport::Tcp,
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
