//! What shell and pages see of Expressway-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use edge_net::Monitor;
use edge_net::administration::{
    Administrators, AuditLog, Certificates, CoreControl, ExpresswayControl, LinkLine, NodeFacts, ZoneLine,
};
use edge_net::record::Leg;
use media_net::relay::RelayCounts;

use crate::expressway::Records;
use crate::monitoring::{Check, Health};
use crate::process::Controlled;

pub(super) struct Control {
    pub(super) facts: NodeFacts,
    pub(super) edge: String,
    pub(super) core: Arc<CoreControl>,
    pub(super) relay: RelayCounts,
    pub(super) certificates: Certificates,
    /// Whether it takes nothing new, because it is about to end.
    pub(super) is_draining: AtomicBool,
    pub(super) records: Records,
}

impl ExpresswayControl for Control {
    fn facts(&self) -> &NodeFacts {
        &self.facts
    }

    fn monitor(&self) -> &Monitor {
        self.core.service.monitor()
    }

    fn zones(&self) -> Vec<ZoneLine> {
        let service = &self.core.service;
        let traversal = ZoneLine {
            name: "TraversalZone".to_owned(),
            kind: "Unified Communications traversal",
            peer: self.edge.clone(),
            calls: None,
            phones: None,
            sip_status: service.traversal_status(),
            handshake: service.monitor().last_handshake(&Leg::Traversal),
        };
        let neighbours = service.zones().into_iter().map(|zone| ZoneLine {
            peer: format!("{}:{}", zone.node, zone.port),
            kind: "Neighbor",
            calls: None,
            phones: Some(zone.sessions),
            sip_status: zone.status,
            handshake: service.monitor().last_handshake(&Leg::Zone(zone.name.clone())),
            name: zone.name,
        });
        std::iter::once(traversal).chain(neighbours).collect()
    }

    fn links(&self) -> Vec<LinkLine> {
        let service = &self.core.service;
        let http = if service.is_tunnel_up() { "Active" } else { "Connecting" };
        let link = |name, status, leg| LinkLine { name, status, handshake: service.monitor().last_handshake(&leg) };
        vec![link("SIP", service.traversal_status(), Leg::Traversal), link("HTTP", http.to_owned(), Leg::HttpTunnel)]
    }

    fn phones(&self) -> usize {
        self.core.service.sessions().len()
    }

    fn media_sessions(&self) -> Vec<(&'static str, String)> {
        vec![
            ("Streams open", self.relay.streams().to_string()),
            ("Pairs of ports free", self.relay.free_pairs().to_string()),
        ]
    }

    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn administrators(&self) -> &Arc<Administrators> {
        &self.records.administrators
    }

    fn set_up_code(&self) -> std::io::Result<String> {
        self.records.set_up_code.read_or_make()
    }

    fn audit_log(&self) -> &AuditLog {
        &self.records.audit_log
    }

    fn core(&self) -> Option<&Arc<CoreControl>> {
        Some(&self.core)
    }
}

impl Controlled for Control {
    fn reload(&self) -> anyhow::Result<()> {
        self.certificates.take().map_err(anyhow::Error::msg)
    }

    async fn drain(&self, _retry_after: Duration) {
        self.is_draining.store(true, Ordering::Relaxed);
        self.core.service.drain();
    }

    /// A call has at least one stream of media.
    fn calls(&self) -> usize {
        self.relay.streams()
    }
}

#[async_trait]
impl Health for Control {
    async fn checks(&self) -> Vec<Check> {
        let traversal =
            if self.core.service.is_traversal_up() { Ok("up") } else { Err("Expressway-E is not connected") };
        let tunnel = if self.core.service.is_tunnel_up() { Ok("up") } else { Err("Expressway-E is not connected") };
        vec![
            Check::of("traversal", traversal),
            Check::of("http-tunnel", tunnel),
            Check::certificate("certificate", self.certificates.identity().map(|identity| identity.facts().not_after)),
            Check::draining(self.is_draining.load(Ordering::Relaxed)),
        ]
    }
}
