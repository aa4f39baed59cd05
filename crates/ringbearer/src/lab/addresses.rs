//! The lab's addresses: loopback, so that every node keeps the standard ports.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use anyhow::bail;

/// The publisher.
pub(crate) const PUBLISHER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));
/// The subscriber.
pub(crate) const SUBSCRIBER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 12));

/// The TCP ports of a node: configuration files, OAuth pages, SIP.
const TCP_PORTS: [u16; 7] = [5060, 5061, 5090, 5091, 6970, 6972, 8443];
const UDP_PORTS: [u16; 1] = [5060];

/// Says which address is taken before anything is started.
///
/// # Errors
/// With every address that cannot be bound, and how to find who has it.
pub(crate) fn refuse_if_taken() -> anyhow::Result<()> {
    let mut taken = Vec::new();
    for node in [PUBLISHER, SUBSCRIBER] {
        let tcp = TCP_PORTS.iter().map(|port| SocketAddr::new(node, *port));
        taken.extend(tcp.filter_map(|at| TcpListener::bind(at).err().map(|error| format!("tcp {at}: {error}"))));
        let udp = UDP_PORTS.iter().map(|port| SocketAddr::new(node, *port));
        taken.extend(udp.filter_map(|at| UdpSocket::bind(at).err().map(|error| format!("udp {at}: {error}"))));
    }
    if taken.is_empty() {
        return Ok(());
    }
    bail!(
        "these addresses of the lab are taken:\n    {}\nAnother lab runs, or another program: `ss -tulpn` names it.",
        taken.join("\n    ")
    )
}
