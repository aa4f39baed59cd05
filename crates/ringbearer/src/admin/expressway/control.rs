//! What the shell asks of the Expressway that it runs in.

use std::sync::Arc;

use edge_net::Monitor;
use edge_net::expressway_c::{ExpresswayCService, UnifiedCmServers};

use crate::expressway::certificates::Certificates;

/// A zone as `xStatus Zones` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZoneLine {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: &'static str,
    /// Calls, where they are known by zone.
    pub(crate) calls: Option<usize>,
    /// `Active`, or why it is not.
    pub(crate) sip_status: String,
}

/// The Expressway behind the shell.
pub(crate) trait ExpresswayControl: Send + Sync {
    /// Counters and alarms.
    fn monitor(&self) -> &Monitor;

    /// The zones.
    fn zones(&self) -> Vec<ZoneLine>;

    /// The links between the two halves, each with its status.
    fn links(&self) -> Vec<(&'static str, String)>;

    /// The phones: how many are connected, and, where they are known, who they are.
    fn phones(&self) -> usize;

    /// Media sessions that are open.
    fn media_sessions(&self) -> Vec<(&'static str, String)>;

    /// Its certificate and its trusted CA list.
    fn certificates(&self) -> &Certificates;

    /// What only an Expressway-C has.
    fn core(&self) -> Option<&CoreControl>;
}

/// What only an Expressway-C has.
pub(crate) struct CoreControl {
    /// The Unified CM servers and MRA access control.
    pub(crate) servers: UnifiedCmServers,
    /// The running service.
    pub(crate) service: Arc<ExpresswayCService>,
}
