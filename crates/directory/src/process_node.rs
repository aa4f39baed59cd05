//! A process node (server) of the cluster and its ports.

use crate::error::{Rule, Violation};
use crate::line::check_text;
use crate::name::{Host, NodeName};
use std::fmt;

/// What a node is in its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeUsage {
    /// The node that keys and the mode are set on.
    Publisher,
    /// Any other node.
    Subscriber,
}

impl fmt::Display for NodeUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Publisher => "Publisher",
            Self::Subscriber => "Subscriber",
        })
    }
}

/// A configurable port: 1024 to 49151.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(u16);

impl Port {
    /// The smallest configurable port.
    pub const LEAST: u16 = 1024;
    /// The greatest configurable port.
    pub const MOST: u16 = 49151;

    /// Checks the range.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&number).then_some(Self(number))
    }

    /// The port number.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which of a node's ports, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PortName {
    /// Ethernet Phone Port (carried in the configuration file; nothing listens).
    EthernetPhone,
    /// MGCP Listen Port (carried in the configuration file; nothing listens).
    MgcpListen,
    /// MGCP Keep-alive Port (carried in the configuration file; nothing listens).
    MgcpKeepAlive,
    /// SIP Phone Port.
    SipPhone,
    /// SIP Phone Secure Port.
    SipPhoneSecure,
    /// SIP Phone OAuth Port.
    SipPhoneOAuth,
    /// SIP Mobile and Remote Access OAuth Port.
    SipMraOAuth,
}

impl PortName {
    /// All ports, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::EthernetPhone,
        Self::MgcpListen,
        Self::MgcpKeepAlive,
        Self::SipPhone,
        Self::SipPhoneSecure,
        Self::SipPhoneOAuth,
        Self::SipMraOAuth,
    ];

    /// The label on the page.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::EthernetPhone => "Ethernet Phone Port",
            Self::MgcpListen => "MGCP Listen Port",
            Self::MgcpKeepAlive => "MGCP Keep-alive Port",
            Self::SipPhone => "SIP Phone Port",
            Self::SipPhoneSecure => "SIP Phone Secure Port",
            Self::SipPhoneOAuth => "SIP Phone OAuth Port",
            Self::SipMraOAuth => "SIP Mobile and Remote Access OAuth Port",
        }
    }

    fn default_number(self) -> u16 {
        match self {
            Self::EthernetPhone => 2000,
            Self::MgcpListen => 2427,
            Self::MgcpKeepAlive => 2428,
            Self::SipPhone => 5060,
            Self::SipPhoneSecure => 5061,
            Self::SipPhoneOAuth => 5090,
            Self::SipMraOAuth => 5091,
        }
    }
}

/// The ports of a node: each in range, no two alike. There is no other way to have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodePorts([Port; 7]);

impl NodePorts {
    /// Replaces one port.
    ///
    /// # Errors
    /// The port is out of range, or another port of the node has it.
    pub fn with(self, name: PortName, number: u16) -> Result<Self, Violation> {
        self.with_all(&[(name, number)])
    }

    /// Replaces several ports at once, so that two can change places.
    ///
    /// # Errors
    /// A port is out of range, or two are alike.
    pub fn with_all(mut self, changes: &[(PortName, u16)]) -> Result<Self, Violation> {
        for (name, number) in changes {
            let rule = Rule::OutOfRange { least: u64::from(Port::LEAST), most: u64::from(Port::MOST) };
            let port = Port::new(*number).ok_or_else(|| refused(*name, rule))?;
            if let Some(slot) = self.0.get_mut(*name as usize) {
                *slot = port;
            }
        }
        self.check_unlike()?;
        Ok(self)
    }

    /// A port.
    #[must_use]
    pub fn get(&self, name: PortName) -> u16 {
        self.0.get(name as usize).map_or(0, |port| port.number())
    }

    /// Ethernet Phone Port.
    #[must_use]
    pub fn ethernet_phone(&self) -> u16 {
        self.get(PortName::EthernetPhone)
    }

    /// MGCP Listen Port.
    #[must_use]
    pub fn mgcp_listen(&self) -> u16 {
        self.get(PortName::MgcpListen)
    }

    /// MGCP Keep-alive Port.
    #[must_use]
    pub fn mgcp_keep_alive(&self) -> u16 {
        self.get(PortName::MgcpKeepAlive)
    }

    /// SIP Phone Port.
    #[must_use]
    pub fn sip_phone(&self) -> u16 {
        self.get(PortName::SipPhone)
    }

    /// SIP Phone Secure Port.
    #[must_use]
    pub fn sip_phone_secure(&self) -> u16 {
        self.get(PortName::SipPhoneSecure)
    }

    /// SIP Phone OAuth Port.
    #[must_use]
    pub fn sip_phone_oauth(&self) -> u16 {
        self.get(PortName::SipPhoneOAuth)
    }

    /// SIP Mobile and Remote Access OAuth Port.
    #[must_use]
    pub fn sip_mra_oauth(&self) -> u16 {
        self.get(PortName::SipMraOAuth)
    }

    fn check_unlike(&self) -> Result<(), Violation> {
        for (position, name) in PortName::ALL.into_iter().enumerate() {
            for earlier in PortName::ALL.into_iter().take(position) {
                if self.get(earlier) == self.get(name) {
                    let rule = Rule::Conflict { with: earlier.label(), reason: "no two ports of a server are alike" };
                    return Err(refused(name, rule));
                }
            }
        }
        Ok(())
    }
}

impl Default for NodePorts {
    fn default() -> Self {
        Self(PortName::ALL.map(|name| Port(name.default_number())))
    }
}

fn refused(name: PortName, rule: Rule) -> Violation {
    Violation::new("Cisco Unified CM", name.label(), rule)
}

/// A server of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessNode {
    /// The node's name.
    pub name: NodeName,
    /// Where clients reach it.
    pub address: Host,
    /// Description.
    pub description: String,
    /// Publisher or subscriber.
    pub usage: NodeUsage,
    /// The ports that its CallManager service takes at its next restart.
    pub ports: NodePorts,
}

impl ProcessNode {
    /// A node with the default ports.
    #[must_use]
    pub fn new(name: NodeName, address: Host, usage: NodeUsage) -> Self {
        Self { name, address, description: String::new(), usage, ports: NodePorts::default() }
    }

    /// Checks the rules of the page.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        check_text("Server", "Description", &self.description, 128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_vendors() {
        let ports = NodePorts::default();
        let numbers = PortName::ALL.map(|name| ports.get(name));
        assert_eq!(numbers, [2000, 2427, 2428, 5060, 5061, 5090, 5091]);
        assert_eq!(ports.check_unlike(), Ok(()));
    }

    #[test]
    fn a_port_out_of_range_is_refused_by_name() {
        for number in [0, 1023, 49152, 65535] {
            let error = NodePorts::default().with(PortName::SipPhoneOAuth, number).unwrap_err();
            assert_eq!(
                error.to_string(),
                "Cisco Unified CM: SIP Phone OAuth Port: \
                 the value must be between 1024 and 49151"
            );
        }
        for number in [1024, 49151] {
            let ports = NodePorts::default().with(PortName::SipPhoneOAuth, number);
            assert_eq!(ports.unwrap().sip_phone_oauth(), number);
        }
    }

    #[test]
    fn no_two_ports_are_alike() {
        let error = NodePorts::default().with(PortName::SipMraOAuth, 5090).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cisco Unified CM: SIP Mobile and Remote Access OAuth Port: conflicts with \
             SIP Phone OAuth Port: no two ports of a server are alike"
        );
    }

    #[test]
    fn two_ports_change_places_in_one_step() {
        let changes = [(PortName::SipPhoneOAuth, 5091), (PortName::SipMraOAuth, 5090)];
        let ports = NodePorts::default().with_all(&changes).unwrap();
        assert_eq!((ports.sip_phone_oauth(), ports.sip_mra_oauth()), (5091, 5090));
    }
}
