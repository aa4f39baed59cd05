//! Which nodes a cluster has for the edge.

use std::fmt;
use std::net::IpAddr;

use super::{DiscoveredNode, NodeUsage};

/// What a publisher answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterAnswers {
    /// `getCCMVersion`.
    pub version: String,
    /// `listProcessNode`.
    pub process_nodes: Vec<ProcessNodeAnswer>,
    /// `getCallManager`, of each that `listCallManager` names.
    pub call_managers: Vec<CallManagerAnswer>,
}

/// A process node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessNodeAnswer {
    /// `name`.
    pub name: String,
    /// `nodeUsage`.
    pub usage: NodeUsage,
    /// `processNodeRole`, as `CUCM Voice/Video`.
    pub role: String,
    /// The addresses that the name resolved to, if the adapter asked.
    pub addresses: Vec<IpAddr>,
}

/// A CallManager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallManagerAnswer {
    /// `name`.
    pub name: String,
    /// `processNodeName`.
    pub process_node_name: String,
    /// `ports/sipPorts/sipOAuthPort`.
    pub sip_oauth_port: Option<u16>,
    /// `ports/sipPorts/sipOAuthMRAPort`.
    pub sip_oauth_mra_port: Option<u16>,
}

/// Why a process node gets no zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotANode {
    /// It is another kind of node.
    Role {
        /// The node.
        node: String,
        /// Its `processNodeRole`.
        role: String,
    },
    /// No CallManager runs on it.
    NoCallManager {
        /// The node.
        node: String,
    },
    /// Its CallManager has no SIP Mobile and Remote Access OAuth Port: a release before 12.5.
    NoMraPort {
        /// The node.
        node: String,
        /// The version of the cluster.
        version: String,
    },
    /// Its name cannot be the host of a URI.
    Name {
        /// The node, made safe to show.
        node: String,
    },
}

/// The row of the process node table that every cluster has and no node is.
const NO_NODE: &str = "EnterpriseWideData";
const CALL_PROCESSING: &str = "CUCM Voice/Video";
const SIP_OAUTH_PORT: u16 = 5090;

/// The nodes that get a zone, and why the other process nodes get none.
#[must_use]
pub fn nodes_of(answers: &ClusterAnswers) -> (Vec<DiscoveredNode>, Vec<NotANode>) {
    let mut nodes: Vec<DiscoveredNode> = Vec::new();
    let mut others = Vec::new();
    for process_node in answers.process_nodes.iter().filter(|node| !node.name.eq_ignore_ascii_case(NO_NODE)) {
        let is_known = nodes.iter().any(|known| known.name.eq_ignore_ascii_case(&process_node.name));
        match node_of(process_node, answers) {
            Ok(node) if !is_known => nodes.push(node),
            Ok(_) => {}
            Err(why) => others.push(why),
        }
    }
    (nodes, others)
}

fn node_of(process_node: &ProcessNodeAnswer, answers: &ClusterAnswers) -> Result<DiscoveredNode, NotANode> {
    let node = process_node.name.clone();
    if !is_host(&node) {
        return Err(NotANode::Name { node: node.chars().filter(char::is_ascii_graphic).take(255).collect() });
    }
    // An answer without a role is that of a release which has call processing nodes only.
    if !process_node.role.is_empty() && !process_node.role.eq_ignore_ascii_case(CALL_PROCESSING) {
        return Err(NotANode::Role { node, role: process_node.role.clone() });
    }
    let is_here = |one: &&CallManagerAnswer| one.process_node_name.eq_ignore_ascii_case(&process_node.name);
    let Some(call_manager) = answers.call_managers.iter().find(is_here) else {
        return Err(NotANode::NoCallManager { node });
    };
    let Some(sip_oauth_mra_port) = call_manager.sip_oauth_mra_port.filter(|port| *port != 0) else {
        return Err(NotANode::NoMraPort { node, version: answers.version.clone() });
    };
    let is_other_name = |name: &&String| is_host(name) && !name.eq_ignore_ascii_case(&process_node.name);
    Ok(DiscoveredNode {
        aliases: [&call_manager.name].into_iter().filter(is_other_name).cloned().collect(),
        name: node,
        addresses: process_node.addresses.clone(),
        usage: process_node.usage,
        version: answers.version.clone(),
        sip_oauth_port: call_manager.sip_oauth_port.unwrap_or(SIP_OAUTH_PORT),
        sip_oauth_mra_port,
    })
}

fn is_host(name: &str) -> bool {
    name.parse::<IpAddr>().is_ok() || (name.len() <= 255 && sip::message::Host::parse(name.as_bytes()).is_some())
}

impl fmt::Display for NotANode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { node, role } => write!(f, "{node} is a node for {role}"),
            Self::NoCallManager { node } => write!(f, "no CallManager runs on {node}"),
            Self::NoMraPort { node, version } => {
                write!(f, "{node} ({version}) has no SIP Mobile and Remote Access OAuth Port: it needs release 12.5")
            }
            Self::Name { node } => write!(f, "the name {node} cannot be the host of a SIP URI"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process_node(name: &str, role: &str) -> ProcessNodeAnswer {
        let usage = if name.contains("pub") { NodeUsage::Publisher } else { NodeUsage::Subscriber };
        ProcessNodeAnswer { name: name.into(), usage, role: role.into(), addresses: Vec::new() }
    }

    fn call_manager(name: &str, node: &str, mra: Option<u16>) -> CallManagerAnswer {
        CallManagerAnswer {
            name: name.into(),
            process_node_name: node.into(),
            sip_oauth_port: Some(5190),
            sip_oauth_mra_port: mra,
        }
    }

    #[test]
    fn call_processing_nodes_with_an_mra_port_are_nodes() {
        let answers = ClusterAnswers {
            version: "15.0.1".into(),
            process_nodes: vec![
                process_node("EnterpriseWideData", "CUCM Voice/Video"),
                process_node("pub.example.com", "CUCM Voice/Video"),
                process_node("sub1.example.com", "CUCM Voice/Video"),
                process_node("imp.example.com", "CUCM IM and Presence"),
                process_node("tftp.example.com", "CUCM Voice/Video"),
                process_node("old.example.com", ""),
                process_node("no host", "CUCM Voice/Video"),
                process_node("PUB.example.com", "CUCM Voice/Video"),
            ],
            call_managers: vec![
                call_manager("CM_pub", "PUB.example.com", Some(5091)),
                call_manager("sub1.example.com", "sub1.example.com", Some(5191)),
                call_manager("CM_old", "old.example.com", None),
            ],
        };
        let (nodes, others) = nodes_of(&answers);
        let found: Vec<_> =
            nodes.iter().map(|node| (&*node.name, node.aliases.len(), node.sip_oauth_mra_port)).collect();
        assert_eq!(found, [("pub.example.com", 1, 5091), ("sub1.example.com", 0, 5191)]);
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        assert_eq!(
            others,
            [
                "imp.example.com is a node for CUCM IM and Presence",
                "no CallManager runs on tftp.example.com",
                "old.example.com (15.0.1) has no SIP Mobile and Remote Access OAuth Port: it needs release 12.5",
                "the name nohost cannot be the host of a SIP URI",
            ]
        );
    }
}
