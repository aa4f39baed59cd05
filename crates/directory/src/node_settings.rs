//! What a node runs, as opposed to what is staged in the cluster database.

use crate::name::NodeName;
use crate::process_node::NodePorts;
use crate::snapshot::Directory;
use uuid::Uuid;

/// The settings that the CallManager service of a node took over when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSettings {
    /// The node.
    pub node: NodeName,
    /// The cluster.
    pub cluster: Uuid,
    /// Cluster SIPOAuth Mode.
    pub sip_oauth_mode: bool,
    /// Cluster Security Mode: mixed.
    pub mixed_mode: bool,
    /// The ports.
    pub ports: NodePorts,
    /// SHA-256 of the tomcat certificate, lower-case hexadecimal; empty when not known.
    pub tomcat_certificate: String,
}

/// A staged change that waits for the restart of the CallManager service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Cluster SIPOAuth Mode.
    SipOAuthMode,
    /// Cluster Security Mode.
    ClusterSecurityMode,
    /// A port of the node.
    Ports,
    /// The tomcat certificate.
    TomcatCertificate,
}

impl NodeSettings {
    /// What a restart now would take over; none when the directory does not have the node.
    #[must_use]
    pub fn staged(directory: &Directory, node: &str, tomcat_certificate: &str) -> Option<Self> {
        let node = directory.node(node)?;
        let parameters = directory.parameters();
        Some(Self {
            node: node.name.clone(),
            cluster: directory.cluster(),
            sip_oauth_mode: parameters.sip_oauth_mode(),
            mixed_mode: parameters.mixed_mode(),
            ports: node.ports,
            tomcat_certificate: tomcat_certificate.to_owned(),
        })
    }

    /// What a restart would change.
    #[must_use]
    pub fn pending(&self, staged: &Self) -> Vec<Pending> {
        let mut pending = Vec::new();
        let mut note = |differs: bool, what| {
            if differs {
                pending.push(what);
            }
        };
        note(self.sip_oauth_mode != staged.sip_oauth_mode, Pending::SipOAuthMode);
        note(self.mixed_mode != staged.mixed_mode, Pending::ClusterSecurityMode);
        note(self.ports != staged.ports, Pending::Ports);
        note(self.tomcat_certificate != staged.tomcat_certificate, Pending::TomcatCertificate);
        pending
    }
}
