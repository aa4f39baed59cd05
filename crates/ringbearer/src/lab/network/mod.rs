//! The lab's network: who has which address, and where a program runs.
//!
//! On loopback every member has an address of its own and keeps the standard ports.

mod addresses;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::Context;
use tokio::process::Command;

use super::member::{DOMAIN, EDGE_NAME, LabNode};
use crate::lab::dns::{DnsServer, View};

/// Where somebody stands, seen from the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inside,
    Dmz,
    Outside,
}

/// The port of the lab's DNS servers: a user may open it.
const DNS_PORT: u16 = 5300;

/// The lab's network.
#[derive(Debug)]
pub(super) struct Network {
    addresses: Addresses,
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
        Self { addresses: LOOPBACK }
    }

    /// Says which address is taken before anything is started.
    ///
    /// # Errors
    /// With every address that cannot be bound, and how to find who has it.
    pub(super) fn refuse_if_taken(&self) -> anyhow::Result<()> {
        addresses::refuse_if_taken(self)
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
    pub(super) fn command(&self, _place: Place) -> anyhow::Result<Command> {
        let program: OsString = std::env::current_exe().context("the path of this program")?.into();
        Ok(Command::new(program))
    }

    /// Starts the DNS: inside it has the nodes, outside the edge.
    pub(super) async fn start_dns(&self) -> anyhow::Result<[DnsServer; 2]> {
        let mut inside = View::default();
        for node in LabNode::UCM {
            let host = format!("{}.{DOMAIN}", node.name());
            inside = inside.service(&format!("_cisco-uds._tcp.{DOMAIN}"), 8443, &host);
            inside = inside.address(&host, self.address(node)).address(node.name(), self.address(node));
        }
        let outside = View::default()
            .service(&format!("_collab-edge._tls.{DOMAIN}"), 8443, EDGE_NAME)
            .address(EDGE_NAME, self.address(LabNode::ExpresswayE));
        Ok([
            DnsServer::start(self.resolver(Place::Inside), inside).await?,
            DnsServer::start(self.resolver(Place::Outside), outside).await?,
        ])
    }
}
