//! From discovered nodes to zones and search rules.

use edge::discovery::UnifiedCmServer;
use edge::search_rule::{PRIORITY, Pattern};
use edge::{SearchRule, Zone, ZoneName};

/// One zone a node. A zone that there was keeps its number.
pub(super) fn zones(servers: &[UnifiedCmServer], before: &[Zone]) -> Vec<Zone> {
    let mut next = before.iter().map(|zone| zone.id).max().unwrap_or(0) + 1;
    let mut zones: Vec<Zone> = Vec::new();
    for node in servers.iter().flat_map(|server| &server.nodes) {
        let name = ZoneName::ceoauth(&node.name);
        if zones.iter().any(|zone| zone.name == name) {
            continue;
        }
        let id = before.iter().find(|zone| zone.name == name).map_or(next, |zone| zone.id);
        next = next.max(id + 1);
        let (node_name, port, addresses) = (node.name.clone(), node.sip_oauth_mra_port, node.addresses.clone());
        zones.push(Zone { name, id, node: node_name, port, addresses });
    }
    zones
}

/// One rule a zone: the node by its names and addresses.
pub(super) fn search_rules(servers: &[UnifiedCmServer], zones: &[Zone]) -> Vec<SearchRule> {
    let rule = |zone: &Zone| {
        let nodes = servers.iter().flat_map(|server| &server.nodes).filter(|node| node.name == zone.node);
        let mut patterns = vec![Pattern::Exact(zone.node.clone())];
        for node in nodes {
            patterns.extend(node.aliases.iter().cloned().map(Pattern::Exact));
        }
        patterns.extend(zone.addresses.iter().map(|address| Pattern::Exact(address.to_string())));
        patterns.dedup();
        SearchRule { name: zone.name.to_string(), priority: PRIORITY, patterns, target: zone.name.clone() }
    };
    zones.iter().map(rule).collect()
}
