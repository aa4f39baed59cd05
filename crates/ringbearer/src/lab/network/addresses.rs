//! What the members listen on, and whether somebody else has it.

use std::net::{SocketAddr, TcpListener, UdpSocket};

use anyhow::bail;

use super::{Network, Place};
use crate::lab::member::LabNode;

/// The ports of a Unified CM node: configuration files, OAuth pages, SIP.
const UCM_TCP: [u16; 7] = [5060, 5061, 5090, 5091, 6970, 6972, 8443];
const UCM_UDP: [u16; 1] = [5060];
/// The ports of Expressway-E: phones, Expressway-C, its pages, HTTPS.
const EXPRESSWAY_E_TCP: [u16; 4] = [5061, 7001, 7443, 8443];
/// The port of Expressway-C: its pages.
const EXPRESSWAY_C_TCP: [u16; 1] = [7443];

pub(super) fn refuse_if_taken(network: &Network) -> anyhow::Result<()> {
    let mut taken = Vec::new();
    for node in LabNode::ALL {
        let (tcp, udp): (&[u16], &[u16]) = match node {
            LabNode::Publisher | LabNode::Subscriber => (&UCM_TCP, &UCM_UDP),
            LabNode::ExpresswayE => (&EXPRESSWAY_E_TCP, &[]),
            LabNode::ExpresswayC => (&EXPRESSWAY_C_TCP, &[]),
        };
        let at = |port: &u16| SocketAddr::new(network.address(node), *port);
        taken.extend(tcp.iter().map(at).filter_map(|at| refused("tcp", at, TcpListener::bind(at).err())));
        taken.extend(udp.iter().map(at).filter_map(|at| refused("udp", at, UdpSocket::bind(at).err())));
    }
    for at in [Place::Inside, Place::Outside].map(|place| network.resolver(place)) {
        taken.extend(refused("udp", at, UdpSocket::bind(at).err()));
    }
    if taken.is_empty() {
        return Ok(());
    }
    bail!(
        "these addresses of the lab are taken:\n    {}\nAnother lab runs, or another program: `ss -tulpn` names it.",
        taken.join("\n    ")
    )
}

fn refused(transport: &str, at: SocketAddr, error: Option<std::io::Error>) -> Option<String> {
    error.map(|error| format!("{transport} {at}: {error}"))
}
