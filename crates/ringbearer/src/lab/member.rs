//! The members of the lab: two Unified CM nodes and the two halves of the edge, with their configuration files.

use runtime::config::MetricsSection;

use super::network::{Network, Place};

/// A member of the lab that runs as a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LabNode {
    Publisher,
    Subscriber,
    ExpresswayC,
    ExpresswayE,
}

/// The port of the admin shell over SSH, on each node's own address.
pub(super) const SSH_PORT: u16 = 2222;
/// The domain of the lab's users.
pub(super) const DOMAIN: &str = "lab.test";
/// The name of Expressway-E, as phones and Expressway-C know it.
pub(super) const EDGE_NAME: &str = "exp-e.lab.test";

impl LabNode {
    /// All.
    pub(super) const ALL: [Self; 4] = [Self::Publisher, Self::Subscriber, Self::ExpresswayC, Self::ExpresswayE];
    /// The nodes of the cluster, the publisher first.
    pub(super) const UCM: [Self; 2] = [Self::Publisher, Self::Subscriber];

    /// Its name: in `processnode`, in its certificate, of its files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Publisher => "ucm-pub",
            Self::Subscriber => "ucm-sub",
            Self::ExpresswayC => "exp-c",
            Self::ExpresswayE => "exp-e",
        }
    }

    /// The subcommand that runs it.
    pub(super) fn subcommand(self) -> &'static str {
        match self {
            Self::Publisher | Self::Subscriber => "ucm",
            Self::ExpresswayC => "expressway-c",
            Self::ExpresswayE => "expressway-e",
        }
    }

    /// Where it stands.
    pub(super) fn place(self) -> Place {
        match self {
            Self::ExpresswayE => Place::Dmz,
            _ => Place::Inside,
        }
    }

    /// Its configuration file.
    pub(super) fn config(self, network: &Network) -> String {
        let (name, address) = (self.name(), network.address(self));
        let (node, sections) = match self {
            Self::Publisher => ("usage = \"publisher\"", unified_cm("127.0.0.11")),
            Self::Subscriber => ("usage = \"subscriber\"", unified_cm("127.0.0.12")),
            Self::ExpresswayC => ("kind = \"expressway-c\"", expressway_c(name, network)),
            Self::ExpresswayE => ("kind = \"expressway-e\"", expressway_e(network)),
        };
        let level = match self {
            // The lab's ladders are drawn from what Expressway-C sends and receives.
            Self::ExpresswayC => "level = \"info,ringbearer_edge_net=trace\"\n",
            _ => "",
        };
        format!(
            "# A member of the lab.\n\
             [node]\nname = \"{name}\"\n{node}\naddress = \"{address}\"\nstate = \"{name}\"\ndrain-seconds = 2\n\n\
             {sections}\
             # Wireshark reads the lab's TLS with this file. Never do this where people talk.\n\
             danger-tls-key-log = \"{name}.keylog\"\n\n\
             [ssh]\nport = {SSH_PORT}\n\n\
             [certificates]\nnames = [\"{name}.{DOMAIN}\", \"{DOMAIN}\"]\n\n\
             [log]\n{level}file = \"{name}.log\"\n"
        )
    }
}

/// What a kind of member has besides; the last section goes on with the key log. Both nodes of the cluster are on one machine,
/// also where the lab has networks of its own: their monitors have addresses of their own.
fn unified_cm(monitor: &str) -> String {
    let port = MetricsSection::UNIFIED_CM;
    format!(
        "[metrics]\nlisten = \"{monitor}:{port}\"\n\n[cluster]\ndatabase = \"cluster.db\"\ndomain = \"{DOMAIN}\"\n\n[callmanager]\n"
    )
}

fn expressway_c(name: &str, network: &Network) -> String {
    let hosts: String = LabNode::ALL
        .into_iter()
        .filter(|node| node.name() != name)
        .map(|node| {
            let (host, address) = (node.name(), network.address(node));
            format!("\"{host}\" = \"{address}\"\n\"{host}.{DOMAIN}\" = \"{address}\"\n")
        })
        .collect();
    format!(
        "# Names that the DNS of a real network would have.\n[hosts]\n{hosts}\n\
         [expressway-c]\nedge = \"{EDGE_NAME}:7001\"\nedge-name = \"{EDGE_NAME}\"\ndomain = \"{DOMAIN}\"\n"
    )
}

fn expressway_e(network: &Network) -> String {
    // Without networks of their own all members are on this machine, and the pages are where Expressway-E is. With them,
    // they are where they are by default: on its own machine alone.
    let web = match network.is_apart() {
        true => String::new(),
        false => format!("[web]\naddress = \"{}\"\n\n", network.address(LabNode::ExpresswayE)),
    };
    format!("{web}[expressway-e]\ndomain = \"{DOMAIN}\"\ntls-verify-subject-name = \"exp-c.{DOMAIN}\"\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use runtime::config::{ExpresswayCConfig, ExpresswayEConfig, NodeConfig};

    use super::*;

    #[test]
    fn the_configurations_are_valid() {
        let network = Network::loopback();
        let text = |node: LabNode| node.config(&network);
        for node in LabNode::UCM {
            let config = NodeConfig::parse(Path::new("x"), &text(node)).unwrap();
            assert_eq!(config.node.name, node.name());
        }
        let core = ExpresswayCConfig::parse(Path::new("x"), &text(LabNode::ExpresswayC)).unwrap();
        assert_eq!(core.edge_address(), Some((EDGE_NAME, 7001)));
        assert_eq!(core.hosts.len(), 6);
        let edge = ExpresswayEConfig::parse(Path::new("x"), &text(LabNode::ExpresswayE)).unwrap();
        assert_eq!(edge.expressway_e.traversal_port, 7001);
    }
}
