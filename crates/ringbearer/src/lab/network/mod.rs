//! The lab's network: who has which address, and where a program runs.
//!
//! On loopback every member has an address of its own and keeps the standard ports. With network namespaces each place is a
//! network of its own ([`namespaces`]).

mod addresses;
mod namespaces;
mod walls;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use anyhow::Context;
use tokio::process::Command;

use super::dns::{DnsServer, View};
use super::member::{DOMAIN, EDGE_NAME, LabNode};
use namespaces::Namespaces;

/// Where somebody stands, seen from the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    Dmz,
    Outside,
    /// Inside or outside: it is carried.
    Laptop,
}

/// The port of the lab's DNS servers: a user may open it.
const DNS_PORT: u16 = 5300;

/// The lab's network.
#[derive(Debug)]
pub(super) struct Network {
    addresses: Addresses,
    namespaces: Option<Namespaces>,
}

/// Who has which address.
#[derive(Clone, Copy, Debug)]
struct Addresses {
    publisher: Ipv4Addr,
    subscriber: Ipv4Addr,
    expressway_c: Ipv4Addr,
    expressway_e: Ipv4Addr,
    inside_dns: Ipv4Addr,
    outside_dns: Ipv4Addr,
}

/// On this machine.
const LOOPBACK: Addresses = Addresses {
    publisher: Ipv4Addr::new(127, 0, 0, 11),
    subscriber: Ipv4Addr::new(127, 0, 0, 12),
    expressway_c: Ipv4Addr::new(127, 0, 0, 21),
    expressway_e: Ipv4Addr::new(127, 0, 0, 22),
    inside_dns: Ipv4Addr::new(127, 0, 0, 10),
    outside_dns: Ipv4Addr::new(127, 0, 0, 20),
};

impl Network {
    /// Everything on this machine's loopback addresses.
    pub(super) fn loopback() -> Self {
        Self { addresses: LOOPBACK, namespaces: None }
    }

    /// Outside, DMZ and inside as network namespaces, with address translation and a firewall between them.
    ///
    /// # Errors
    /// When the right or a program is missing.
    pub(super) fn namespaces() -> anyhow::Result<Self> {
        Ok(Self { addresses: namespaces::ADDRESSES, namespaces: Some(Namespaces::make()?) })
    }

    /// Says which address is taken before anything is started.
    ///
    /// # Errors
    /// With every address that cannot be bound, and how to find who has it.
    pub(super) fn refuse_if_taken(&self) -> anyhow::Result<()> {
        match self.is_apart() {
            true => Ok(()),
            false => addresses::refuse_if_taken(self),
        }
    }

    /// A member's address.
    pub(super) fn address(&self, node: LabNode) -> IpAddr {
        let Addresses { publisher, subscriber, expressway_c, expressway_e, .. } = self.addresses;
        IpAddr::V4(match node {
            LabNode::Publisher => publisher,
            LabNode::Subscriber => subscriber,
            LabNode::ExpresswayC => expressway_c,
            LabNode::ExpresswayE => expressway_e,
        })
    }

    /// The DNS server of a place. The DMZ has none: nothing there asks for names.
    pub(super) fn resolver(&self, place: Place) -> SocketAddr {
        let address = if place == Place::Inside { self.addresses.inside_dns } else { self.addresses.outside_dns };
        SocketAddr::new(address.into(), DNS_PORT)
    }

    /// This program, to be run at a place with arguments to come.
    pub(super) fn command(&self, place: Place) -> anyhow::Result<Command> {
        let program: OsString = std::env::current_exe().context("the path of this program")?.into();
        let Some(namespaces) = &self.namespaces else { return Ok(Command::new(program)) };
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &namespaces.of(place)]).arg(program);
        Ok(command)
    }

    /// What a person types before a command to give it at a place.
    pub(super) fn prefix(&self, place: Place) -> String {
        let prefix = self.namespaces.as_ref().map(|namespaces| format!("ip netns exec {} ", namespaces.of(place)));
        prefix.unwrap_or_default()
    }

    /// What is to be seen of the networks, where they are more than one.
    pub(super) fn is_apart(&self) -> bool {
        self.namespaces.is_some()
    }

    /// Carries the laptop inside or outside, where that makes a difference.
    ///
    /// # Errors
    /// When its links cannot be changed.
    pub(super) fn carry_laptop(&self, to: Place) -> anyhow::Result<()> {
        self.namespaces.as_ref().map_or(Ok(()), |namespaces| namespaces.carry_laptop(to))
    }

    /// A program that writes what passes the Internet to a file, when there is one.
    ///
    /// # Errors
    /// When the program is missing.
    pub(super) fn capture(&self, file: &Path) -> anyhow::Result<Option<Command>> {
        let Some(namespaces) = &self.namespaces else { return Ok(None) };
        let dumper =
            namespaces::find("tcpdump").context("--capture needs the program `tcpdump`: Debian's package tcpdump")?;
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &namespaces.name("home")]).arg(dumper);
        command.args(["-i", "internet", "-n", "-U", "-Z", "root", "-w"]).arg(file);
        Ok(Some(command))
    }

    /// Starts the DNS: inside it has the nodes, outside the edge.
    pub(super) fn start_dns(&self) -> anyhow::Result<[DnsServer; 2]> {
        let mut inside = View::default();
        for node in LabNode::UCM {
            let host = format!("{}.{DOMAIN}", node.name());
            inside = inside.service(&format!("_cisco-uds._tcp.{DOMAIN}"), 8443, &host);
            inside = inside.address(&host, self.address(node)).address(node.name(), self.address(node));
        }
        let outside = View::default()
            .service(&format!("_collab-edge._tls.{DOMAIN}"), 8443, EDGE_NAME)
            .address(EDGE_NAME, self.address(LabNode::ExpresswayE));
        let inside = self.serve_names("inside", self.resolver(Place::Inside), inside)?;
        let outside = self.serve_names("firewall", self.resolver(Place::Outside), outside)?;
        Ok([inside, outside])
    }

    fn serve_names(&self, namespace: &str, address: SocketAddr, view: View) -> anyhow::Result<DnsServer> {
        let Some(namespaces) = &self.namespaces else { return DnsServer::start(address, view) };
        let bound = namespaces.within(namespace, || UdpSocket::bind(address))?;
        DnsServer::serve(bound.with_context(|| format!("DNS on udp {address}"))?, view)
    }
}
