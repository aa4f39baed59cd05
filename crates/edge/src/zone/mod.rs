//! Zones: the neighbours of Expressway-C that discovery makes, one `CEOAuth-<node>` for each Unified CM node.
//!
//! TLS always, type Neighbor, not editable. [`ZoneStatus`] is what an administrator reads, its reason included; the
//! machine behind it connects, asks with OPTIONS every 30 seconds whether the node is there, and connects again.

mod machine;
mod status;

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

pub(crate) use machine::{Action, ZoneMachine};
pub use status::{ConnectFailure, SentBy, ZoneFailure, ZoneStatus};

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
