//! Which port of which node a phone registers on.
//!
//! With `sipOAuthMode` 1 it is the OAuth port of the node, over TLS; otherwise the secure port over TLS for a device
//! whose security mode or transport asks for it, else the plain port.
//!
//! Outside, each node is reached through each server of the edge: the request names the node, the flow goes to the edge.

use std::fmt;

use crate::config::{CallManager, DeviceConfig, DeviceSecurityMode, TransportLayerProtocol};
use crate::settings::{Access, EdgeServer};

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
    /// The edge that the flow goes to instead of the node.
    pub through: Option<EdgeServer>,
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
    /// Every way to be registered, in the order in which they are tried: the nodes of the group, each through the servers
    /// of the edge.
    pub fn all(config: &DeviceConfig, access: &Access) -> Vec<Self> {
        let nodes = config.call_managers.iter().map(|node| Self::of(config, node, access));
        match access {
            Access::OnPremises | Access::MobileRemote => nodes.collect(),
            Access::Edge(edge) => nodes
                .flat_map(|node| {
                    let through = |server: &EdgeServer| Self { through: Some(server.clone()), ..node.clone() };
                    edge.servers.iter().map(through).collect::<Vec<_>>()
                })
                .collect(),
        }
    }

    /// The port of `node` that the configuration asks for.
    fn of(config: &DeviceConfig, node: &CallManager, access: &Access) -> Self {
        let secure =
            config.security_mode != DeviceSecurityMode::NonSecure || config.transport == TransportLayerProtocol::Tls;
        let (port_kind, port, transport) = match (config.sip_oauth_mode, access) {
            (true, Access::OnPremises) => (PortKind::OAuth, node.ports.sip_oauth, Transport::Tls),
            (_, Access::Edge(_)) | (true, Access::MobileRemote) => {
                (PortKind::MraOAuth, node.ports.sip_mra_oauth, Transport::Tls)
            }
            (false, _) if secure => (PortKind::Secure, node.ports.secured_sip, Transport::Tls),
            (false, _) => (PortKind::Phone, node.ports.sip, plain(config.transport)),
        };
        Self { host: node.name.clone(), port, transport, port_kind, through: None }
    }

    /// The name and the port that the flow goes to.
    pub fn peer(&self) -> (&str, u16) {
        self.through.as_ref().map_or((&self.host, self.port), |edge| (&edge.host, edge.port))
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
        write_address(f, &self.host, self.port)?;
        match &self.through {
            Some(edge) => {
                f.write_str(" through ")?;
                write_address(f, &edge.host, edge.port)
            }
            None => Ok(()),
        }
    }
}

fn write_address(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    match host.contains(':') {
        true => write!(f, "[{host}]:{port}"),
        false => write!(f, "{host}:{port}"),
    }
}
