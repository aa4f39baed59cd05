//! The Unified CM servers page: publishers that an administrator added, and the nodes that were found through each.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use token::UnixTime;
use zeroize::Zeroizing;

/// Whether the certificates of a cluster's web services are verified (the "TLS verify mode" setting).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TlsVerifyMode {
    /// The chain must lead to the trusted CA list, and the name must be the publisher's.
    #[default]
    On,
    /// The HTTPS certificate is not verified. Zones verify all the same.
    Off,
}

/// A password that is never shown. Serialised in clear: its file must have mode 0600.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AxlPassword(Zeroizing<String>);

/// A Unified CM server that an administrator added: a publisher, and what its last discovery found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnifiedCmServer {
    /// The publisher's address; its FQDN when TLS verify mode is on.
    pub publisher: String,
    /// The AXL account.
    pub username: String,
    /// Its password.
    pub password: AxlPassword,
    /// TLS verify mode.
    pub tls_verify_mode: TlsVerifyMode,
    /// Nodes discovered by this lookup; a snapshot until the next refresh.
    #[serde(default)]
    pub nodes: Vec<DiscoveredNode>,
    /// When the last refresh succeeded.
    #[serde(default)]
    pub refreshed_at: Option<UnixTime>,
}

/// A node as `listProcessNode` and `getCallManager` describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveredNode {
    /// The process node's name as UCM returned it.
    pub name: String,
    /// Other names by which clients know it, as the CallManager's name.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its addresses, as far as the names resolved.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// Publisher or Subscriber.
    pub usage: NodeUsage,
    /// What `getCCMVersion` says.
    pub version: String,
    /// SIP Phone OAuth Port.
    pub sip_oauth_port: u16,
    /// SIP Mobile and Remote Access OAuth Port.
    pub sip_oauth_mra_port: u16,
}

/// `nodeUsage` of a process node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NodeUsage {
    /// The publisher.
    Publisher,
    /// A subscriber.
    Subscriber,
}

impl AxlPassword {
    /// Keeps a password.
    #[must_use]
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    /// The password, for the Authorization header field of AXL and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AxlPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AxlPassword(…)")
    }
}
