//! Whether the networks are apart as they should be: who can open a connection to whom.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::ensure;

use super::Network;
use crate::lab::member::LabNode;

/// Whoever is let through is there sooner, whoever is refused too.
const PATIENCE: Duration = Duration::from_secs(2);

impl Network {
    /// Tries the ways that must be closed, and those that must be open; tells each.
    ///
    /// # Errors
    /// When one is otherwise.
    pub(in crate::lab) fn try_the_walls(&self) -> anyhow::Result<String> {
        let publisher = LabNode::Publisher;
        let edge = LabNode::ExpresswayE;
        let ways = [
            ("outside", publisher, 5090, false),
            ("outside", publisher, 8443, false),
            ("dmz", publisher, 5091, false),
            ("dmz", publisher, 8443, false),
            ("outside", edge, 7001, false),
            ("outside", edge, 5061, true),
            ("outside", edge, 8443, true),
            ("inside", edge, 7001, true),
        ];
        let mut told = Vec::new();
        for (from, to, port, is_open) in ways {
            let found = self.reaches(from, SocketAddr::new(self.address(to), port))?;
            ensure!(found == is_open, "from {from} to {} port {port}: open is {found}", to.name());
            let word = if found { "open" } else { "closed" };
            told.push(format!("{from:>8} ──▶ {} port {port}: {word}", to.name()));
        }
        Ok(told.join("\n"))
    }

    fn reaches(&self, from: &str, to: SocketAddr) -> anyhow::Result<bool> {
        let connect = || TcpStream::connect_timeout(&to, PATIENCE).is_ok();
        match &self.namespaces {
            Some(namespaces) => namespaces.within(from, connect),
            None => Ok(connect()),
        }
    }
}
