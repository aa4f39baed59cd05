//! Why an operation was not done.

use directory::{ClusterRestart, NodeName, RepositoryError, ServiceName};
use std::fmt;

/// Why an operation was not done; its text is a sentence for the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdministrationError {
    /// The cluster database refused or failed.
    Repository(RepositoryError),
    /// The cluster has no node of this name.
    UnknownNode(String),
    /// It is done on the publisher, which has this name if there is one.
    OnPublisherOnly(Option<NodeName>),
    /// The licence does not allow export-controlled functionality.
    Licence,
    /// The service serves the administrator and cannot end itself.
    CannotStop(ServiceName),
    /// The service runs already.
    AlreadyStarted(ServiceName),
    /// The service is stopped already.
    AlreadyStopped(ServiceName),
    /// The node did not answer in time.
    NoAnswer(NodeName),
    /// A restart of the cluster is under way.
    UnderWay(Box<ClusterRestart>),
    /// There is no such certificate.
    UnknownCertificate {
        /// The store.
        store: String,
        /// The name within it.
        name: String,
    },
    /// The node could not do it, and says why.
    Failed(String),
}

impl From<RepositoryError> for AdministrationError {
    fn from(error: RepositoryError) -> Self {
        Self::Repository(error)
    }
}

impl fmt::Display for AdministrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(error) => error.fmt(f),
            Self::UnknownNode(name) => write!(f, "The cluster has no node {name}."),
            Self::OnPublisherOnly(Some(name)) => write!(f, "This command runs on the publisher only: {name}."),
            Self::OnPublisherOnly(None) => f.write_str("This command runs on the publisher only: the publisher."),
            Self::Licence => f.write_str(
                "SIP OAuth mode cannot be enabled: the licence does not allow export-controlled functionality. \
                 Register the cluster with an account that allows it.",
            ),
            Self::CannotStop(service) => {
                write!(f, "{service} serves the administration itself and cannot stop itself: stop the node instead.")
            }
            Self::AlreadyStarted(service) => write!(f, "{service} is started already."),
            Self::AlreadyStopped(service) => write!(f, "{service} is stopped already."),
            Self::NoAnswer(node) => write!(f, "{node} does not answer."),
            Self::UnderWay(restart) => {
                write!(f, "A restart of the cluster is under way, begun by {} on {}.", restart.author, restart.leader)
            }
            Self::UnknownCertificate { store, name } => write!(f, "There is no such certificate: {store} {name}"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for AdministrationError {}
