//! The services of a node, and what is asked of them: start, stop, restart, and the restart of a whole cluster in turn.
//!
//! Our choice: a service that an administrator stopped stays stopped until it is started again, also when the node's process
//! begins anew in between. At the vendor an activated service comes back with the server.

use crate::name::NodeName;
use std::fmt;

/// A service of a node, as the control center lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceName {
    /// The SIP line side.
    CallManager,
    /// The configuration files of devices.
    Tftp,
    /// The web services: administration, tokens, AXL.
    Tomcat,
}

impl ServiceName {
    /// All, in the order of the page.
    pub const ALL: [Self; 3] = [Self::CallManager, Self::Tftp, Self::Tomcat];

    /// The name on the page and in commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CallManager => "Cisco CallManager",
            Self::Tftp => "Cisco Tftp",
            Self::Tomcat => "Cisco Tomcat",
        }
    }

    /// A service by its name, without regard to case.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str().eq_ignore_ascii_case(name.trim()))
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A service and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Which.
    pub name: ServiceName,
    /// Whether it runs.
    pub state: ServiceState,
    /// Since when it is in this state, in seconds since 1970.
    pub since: u64,
}

/// Whether a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceState {
    /// It runs.
    Started,
    /// It is between the two.
    Starting,
    /// It does not run.
    Stopped(StopReason),
}

/// Why a service does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// An administrator of this name stopped it: it stays so until it is started.
    Administrator(String),
    /// It could not start, or the node did not start it yet.
    Failure(String),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Administrator(name) => write!(f, "Stopped by {name}"),
            Self::Failure(reason) => f.write_str(reason),
        }
    }
}

/// What is asked of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceAct {
    /// It takes what is staged, and runs.
    Start,
    /// Its listening sockets close, its devices are told by the end of their connections, calls keep their media.
    Stop,
    /// Stopped and started, politely: what runs again takes the ports before the old connections end.
    Restart,
}

impl ServiceAct {
    /// The word for the audit log and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }

    /// An act by its word, without regard to case.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        [Self::Start, Self::Stop, Self::Restart].into_iter().find(|act| act.as_str().eq_ignore_ascii_case(word.trim()))
    }
}

impl fmt::Display for ServiceAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An act that another node asked of this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRequest {
    /// Names the request.
    pub id: u64,
    /// Who asks.
    pub author: String,
    /// Of which service.
    pub service: ServiceName,
    /// What.
    pub act: ServiceAct,
}

/// How far a [`ServiceRequest`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestState {
    /// The node did not take it up yet, or is at it.
    Waiting,
    /// It is done.
    Done,
    /// It was not done, and why.
    Failed(String),
}

/// A restart of the CallManager service of all nodes, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRestart {
    /// Names it; each begins with a greater number.
    pub id: u64,
    /// Who began it.
    pub author: String,
    /// The node that leads it.
    pub leader: NodeName,
    /// When it began, in seconds since 1970.
    pub begun: u64,
    /// When it ended.
    pub ended: Option<u64>,
    /// The nodes in their order.
    pub nodes: Vec<NodeRestart>,
}

impl ClusterRestart {
    /// The node that did not start, with the reason.
    #[must_use]
    pub fn failure(&self) -> Option<(&NodeName, &str)> {
        self.nodes.iter().find_map(|node| match &node.state {
            NodeRestartState::Failed(reason) => Some((&node.node, reason.as_str())),
            _ => None,
        })
    }
}

/// A node within a [`ClusterRestart`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRestart {
    /// The node.
    pub node: NodeName,
    /// How far it is.
    pub state: NodeRestartState,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// How far a node is within a [`ClusterRestart`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeRestartState {
    /// Its turn comes.
    Waiting,
    /// It is at it.
    Restarting,
    /// Its service runs again.
    Started,
    /// Its service did not start.
    Failed(String),
    /// It was left out, and why.
    Skipped(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_acts_are_found_by_their_names() {
        for service in ServiceName::ALL {
            assert_eq!(ServiceName::find(&service.as_str().to_uppercase()), Some(service));
        }
        assert_eq!(ServiceName::find("Cisco"), None);
        assert_eq!(ServiceAct::find("Restart"), Some(ServiceAct::Restart));
        assert_eq!(ServiceAct::find("reboot"), None);
    }
}
