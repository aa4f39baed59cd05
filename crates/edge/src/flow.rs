//! Flows: the connections of a machine (RFC 5626 §3.1), and the tokens that name them.

use std::fmt;
use std::net::SocketAddr;

use crate::zone::ZoneName;

/// Names a connection of this process. The adapter counts upwards; a number is never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// What is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowKind {
    /// A phone, over TLS without a client certificate. Only on Expressway-E.
    Phone,
    /// The other half of the edge; the names are those of its verified certificate.
    Traversal {
        /// The DNS names and addresses of the peer's certificate.
        names: Vec<String>,
    },
    /// A Unified CM node, over mutual TLS. Only on Expressway-C.
    Zone {
        /// The zone.
        name: ZoneName,
    },
}

/// A connection whose handshake is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its number.
    pub id: FlowId,
    /// What is at the other end.
    pub kind: FlowKind,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

/// The text by which a proxy knows a flow again (RFC 5626 §5.2): the user part of its URIs in Path and Record-Route,
/// and the Via parameter `ringbearer-flow`. One token stays with a flow from its beginning to its end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowToken(pub(crate) std::sync::Arc<str>);

impl FlowToken {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for FlowToken {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// Why a machine closes a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// Framing is lost: where the next message begins is unknown.
    Malformed,
    /// No registration succeeded in the time that a new flow has.
    NeverRegistered,
    /// More than ten pings in a second.
    PingFlood,
    /// Nothing came for too long.
    Silent,
    /// A second traversal link while the first is alive.
    TraversalTaken,
    /// More flows than this machine takes.
    TooManyFlows,
    /// The peer answers no OPTIONS.
    NoAnswer,
    /// The zone is no longer configured, or its node has moved to another port.
    ZoneRemoved,
    /// The kind of flow does not belong on this machine.
    Misplaced,
}

impl CloseReason {
    /// A stable word for log fields and counters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NeverRegistered => "never_registered",
            Self::PingFlood => "ping_flood",
            Self::Silent => "silent",
            Self::TraversalTaken => "traversal_taken",
            Self::TooManyFlows => "too_many_flows",
            Self::NoAnswer => "no_answer",
            Self::ZoneRemoved => "zone_removed",
            Self::Misplaced => "misplaced",
        }
    }
}

impl fmt::Debug for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flow {}", self.0)
    }
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FlowToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whoever has a token can address the phone, so a log shows its beginning only.
impl fmt::Debug for FlowToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.chars().take(12).collect();
        write!(f, "FlowToken({shown}…)")
    }
}
