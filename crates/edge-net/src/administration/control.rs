//! The running Expressway, as its shell and its pages see it.

use std::net::IpAddr;
use std::sync::Arc;

use super::administrators::Administrators;
use super::audit_log::AuditLog;
use super::certificates::Certificates;
use super::discovery::Discoveries;
use crate::expressway_c::{ExpresswayCService, UnifiedCmServers};
use crate::monitor::Monitor;
use crate::record::HandshakeRecord;

/// Which half of the edge it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Expressway-C, inside.
    Core,
    /// Expressway-E, outside.
    Edge,
}

/// What an Expressway is, from its configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Which half.
    pub half: Half,
    /// Its name.
    pub name: String,
    /// The address of its ports.
    pub address: IpAddr,
    /// The domain of the users.
    pub domain: String,
    /// What it listens on or dials, each with what for.
    pub ports: Vec<(&'static str, String)>,
    /// When it started, in seconds since 1970.
    pub started_at: u64,
}

/// A zone as `xStatus Zones` and the page show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLine {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: &'static str,
    /// Where it leads, `host:port`; empty when the other end comes to us.
    pub peer: String,
    /// Calls, where they are known by zone.
    pub calls: Option<usize>,
    /// Phones that are registered through it, where they are known by zone.
    pub phones: Option<usize>,
    /// `Active`, or why it is not and what to do.
    pub sip_status: String,
    /// The last TLS handshake with its other end, when we dial it.
    pub handshake: Option<HandshakeRecord>,
}

impl ZoneLine {
    /// Whether the other end answers.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.sip_status == "Active"
    }
}

/// A link between the two halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLine {
    /// What goes over it: `SIP`, `HTTP`.
    pub name: &'static str,
    /// `Active`, or why it is not and what to do.
    pub status: String,
    /// The last TLS handshake, when we dial it.
    pub handshake: Option<HandshakeRecord>,
}

/// The Expressway behind shell and pages.
pub trait ExpresswayControl: Send + Sync + 'static {
    /// What it is.
    fn facts(&self) -> &NodeFacts;

    /// Counters, alarms, refusals, handshakes, and the capture.
    fn monitor(&self) -> &Monitor;

    /// The zones.
    fn zones(&self) -> Vec<ZoneLine>;

    /// The links between the two halves.
    fn links(&self) -> Vec<LinkLine>;

    /// How many phones are connected, or registered through it.
    fn phones(&self) -> usize;

    /// What of the relay is open and free.
    fn media_sessions(&self) -> Vec<(&'static str, String)>;

    /// Its certificate and its trusted CA list.
    fn certificates(&self) -> &Certificates;

    /// The accounts of its administrators.
    fn administrators(&self) -> &Arc<Administrators>;

    /// The code that the first administrator is made with.
    ///
    /// # Errors
    /// When its file can be neither read nor written.
    fn set_up_code(&self) -> std::io::Result<String>;

    /// Who did what.
    fn audit_log(&self) -> &AuditLog;

    /// What only an Expressway-C has.
    fn core(&self) -> Option<&Arc<CoreControl>>;
}

/// What only an Expressway-C has.
#[derive(Debug)]
pub struct CoreControl {
    /// The Unified CM servers and MRA access control.
    pub servers: UnifiedCmServers,
    /// The running service.
    pub service: Arc<ExpresswayCService>,
    /// Discoveries that run, and how the last ones ended.
    pub discoveries: Discoveries,
}
