//! Zones: the neighbours of Expressway-C that discovery makes, one `CEOAuth-<node>` for each Unified CM node.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The name of a zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneName(String);

impl ZoneName {
    /// The zone of a node whose name UCM returned.
    #[must_use]
    pub fn ceoauth(node: &str) -> Self {
        Self(format!("CEOAuth-{node}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A zone: type Neighbor, TLS always, made by discovery and not editable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// `CEOAuth-<node>`.
    pub name: ZoneName,
    /// Its number: the `zone-id` of a preloaded Route. Stays with the name over refreshes.
    pub id: u32,
    /// The node's name as UCM returned it: what is connected to, and what its certificate must carry.
    pub node: String,
    /// The node's SIP Mobile and Remote Access OAuth Port.
    pub port: u16,
    /// The node's addresses, as far as known: in-dialog requests name the node by them.
    pub addresses: Vec<IpAddr>,
}

/// Who sent an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SentBy {
    /// This machine sent the alert.
    Us,
    /// The peer sent it.
    Peer,
}

/// Why a connection did not become a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The name has no address.
    NameNotResolved,
    /// Nobody listens there.
    Refused,
    /// No way there; the text is the system's.
    Unreachable(String),
    /// No connection, or no complete handshake, within its time.
    TimedOut,
    /// `unknown_ca`: the side that sent it does not trust the signer of the other's certificate.
    UnknownCa(SentBy),
    /// The peer's certificate does not carry the name that was connected to, but these.
    CertificateNames(Vec<String>),
    /// The peer's certificate has expired, or is not valid yet.
    CertificateExpired,
    /// Another fatal alert, by its registered name, and who sent it.
    Alert(SentBy, String),
    /// The peer closed the connection during or right after the handshake, without an alert.
    ClosedInHandshake,
    /// What is none of these, for people.
    Other(String),
}

/// Where a zone stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZoneStatus {
    /// Connecting, or waiting for the first answer to OPTIONS.
    Connecting,
    /// The node answers.
    Active,
    /// The node cannot be used.
    Failed(ZoneFailure),
}

/// Why a zone cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZoneFailure {
    /// There is no connection.
    Connect(ConnectFailure),
    /// Ten seconds without an answer to OPTIONS.
    NoAnswer,
    /// The connection was up and has ended.
    ConnectionLost,
}
