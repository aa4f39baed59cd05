//! Process nodes and CallManagers, put together to the nodes that get a zone.

use edge::discovery::{DiscoveredNode, NodeUsage, UnifiedCmServer};

use super::axl::{CallManager, ProcessNode};
use crate::hosts::Hosts;

/// The role of nodes that run no CallManager.
const PRESENCE: &str = "CUCM IM and Presence";

/// Every process node on which a CallManager runs. An address is looked up for each name; the publisher is also where the
/// administrator said.
pub(super) async fn join(
    version: &str,
    process_nodes: Vec<ProcessNode>,
    call_managers: Vec<CallManager>,
    server: &UnifiedCmServer,
    hosts: &Hosts,
) -> Vec<DiscoveredNode> {
    let mut nodes = Vec::new();
    for node in process_nodes.into_iter().filter(|node| node.role != PRESENCE) {
        let own = |call_manager: &&CallManager| call_manager.process_node.eq_ignore_ascii_case(&node.name);
        let Some(call_manager) = call_managers.iter().find(own) else { continue };
        let usage = if node.usage == "Publisher" { NodeUsage::Publisher } else { NodeUsage::Subscriber };
        let mut addresses = hosts.resolve(&node.name).await;
        if addresses.is_empty() && usage == NodeUsage::Publisher {
            addresses = hosts.resolve(super::https::host_and_port(&server.publisher).0).await;
        }
        let is_another = call_manager.name != node.name;
        nodes.push(DiscoveredNode {
            aliases: is_another.then(|| call_manager.name.clone()).into_iter().collect(),
            addresses,
            usage,
            version: version.to_owned(),
            sip_oauth_port: call_manager.sip_oauth_port,
            sip_oauth_mra_port: call_manager.sip_oauth_mra_port,
            name: node.name,
        });
    }
    nodes
}
