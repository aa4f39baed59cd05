//! Zones and search rules of the discovered nodes, kept in step with them.

use serde::{Deserialize, Serialize};

use super::{DiscoveredNode, UnifiedCmServer};
use crate::search_rule::{PRIORITY, Pattern, SearchRule};
use crate::zone::{Zone, ZoneName};

/// What discovery made: neither is editable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// A zone for each node.
    pub zones: Vec<Zone>,
    /// A search rule for each zone.
    pub search_rules: Vec<SearchRule>,
}

/// The first number of a zone: the default zone and the traversal zone have those before it.
const FIRST_ID: u32 = 3;

impl Provisioned {
    /// The zones and rules of all servers' nodes. A zone that was there before keeps its number, since phones hold it in
    /// their preloaded Route; a number is not given to another zone while its own is there.
    #[must_use]
    pub fn of(servers: &[UnifiedCmServer], before: &Self) -> Self {
        let mut provisioned = Self::default();
        let nodes = || servers.iter().flat_map(|server| &server.nodes);
        let mut next_id = before.zones.iter().map(|zone| zone.id + 1).max().unwrap_or(FIRST_ID).max(FIRST_ID);
        for node in nodes() {
            let name = ZoneName::ceoauth(&node.name);
            // A node that two servers found is one node; the server that was added first has it.
            if provisioned.zones.iter().any(|zone| zone.node.eq_ignore_ascii_case(&node.name)) {
                continue;
            }
            let known = before.zones.iter().find(|zone| zone.name == name).map(|zone| zone.id);
            let id = known.unwrap_or_else(|| {
                next_id += 1;
                next_id - 1
            });
            provisioned.search_rules.push(rule(node, &name));
            provisioned.zones.push(Zone {
                name,
                id,
                node: node.name.clone(),
                port: node.sip_oauth_mra_port,
                addresses: node.addresses.clone(),
            });
        }
        provisioned
    }
}

/// The rule has its zone's name.
fn rule(node: &DiscoveredNode, zone: &ZoneName) -> SearchRule {
    let names = std::iter::once(&node.name).chain(&node.aliases).map(|name| Pattern::for_host(name));
    let addresses = node.addresses.iter().map(|address| Pattern::Exact(address.to_string()));
    let mut patterns: Vec<Pattern> = Vec::new();
    for pattern in names.chain(addresses) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    SearchRule { name: zone.to_string(), priority: PRIORITY, patterns, target: zone.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::{AxlPassword, NodeUsage, TlsVerifyMode};
    use super::*;

    fn server(nodes: &[&str]) -> UnifiedCmServer {
        let nodes = nodes.iter().map(|name| DiscoveredNode {
            name: (*name).into(),
            aliases: vec![format!("CM-{name}")],
            addresses: vec!["127.0.0.11".parse().unwrap()],
            usage: NodeUsage::Publisher,
            version: "15".into(),
            sip_oauth_port: 5090,
            sip_oauth_mra_port: 5091,
        });
        UnifiedCmServer {
            publisher: "pub".into(),
            username: "axl".into(),
            password: AxlPassword::new("secret"),
            tls_verify_mode: TlsVerifyMode::On,
            nodes: nodes.collect(),
            refreshed_at: None,
        }
    }

    #[test]
    fn each_node_has_a_zone_and_a_rule_of_priority_45() {
        let provisioned = Provisioned::of(&[server(&["ucm1.example.com"])], &Provisioned::default());
        let [zone] = provisioned.zones.as_slice() else { panic!("one zone") };
        assert_eq!((zone.name.as_str(), zone.id, zone.port), ("CEOAuth-ucm1.example.com", 3, 5091));
        let [rule] = provisioned.search_rules.as_slice() else { panic!("one rule") };
        assert_eq!((&*rule.name, rule.priority, &rule.target), ("CEOAuth-ucm1.example.com", 45, &zone.name));
        let patterns: Vec<String> = rule.patterns.iter().map(ToString::to_string).collect();
        assert_eq!(patterns, ["ucm1.example.com", "CM-ucm1.example.com", "127.0.0.11"]);
    }

    #[test]
    fn a_refresh_keeps_numbers_and_removes_what_is_gone() {
        let first = Provisioned::of(&[server(&["a", "b"])], &Provisioned::default());
        let second = Provisioned::of(&[server(&["c", "b"]), server(&["B", "d"])], &first);
        let zones: Vec<_> = second.zones.iter().map(|zone| (&*zone.node, zone.id)).collect();
        assert_eq!(zones, [("c", 5), ("b", 4), ("d", 6)]);
        assert_eq!(second.search_rules.len(), 3);
        assert_eq!(Provisioned::of(&[server(&["c", "b"]), server(&["B", "d"])], &second), second);
    }

    #[test]
    fn a_very_long_node_name_gets_a_regular_expression() {
        let name = format!("{}.voice.example.com", "a-node-name-of-great-length".repeat(3));
        let provisioned = Provisioned::of(&[server(&[&name])], &Provisioned::default());
        let pattern = provisioned.search_rules.first().and_then(|rule| rule.patterns.first()).expect("a pattern");
        assert_eq!(pattern.to_string(), "^a-node-name-of.*ce\\.example\\.com$");
        assert!(pattern.to_string().len() <= 60);
        let host = sip::message::Host::parse(name.as_bytes()).expect("a host");
        assert!(pattern.fits(&host));
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", server(&[])).contains("secret"));
    }
}
