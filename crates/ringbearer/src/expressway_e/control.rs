//! What shell and pages see of Expressway-E.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use edge_net::Monitor;
use edge_net::administration::{
    Administrators, AuditLog, Certificates, CoreControl, ExpresswayControl, LinkLine, NodeFacts, ZoneLine,
};
use edge_net::expressway_e::ExpresswayEService;
use media_net::relay::RelayCounts;

use crate::expressway::Records;
use crate::monitoring::{Check, Health};
use crate::process::Controlled;

pub(super) struct Control {
    pub(super) facts: NodeFacts,
    pub(super) service: Arc<ExpresswayEService>,
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
        self.service.monitor()
    }

    fn zones(&self) -> Vec<ZoneLine> {
        let status = if self.service.is_traversal_up() { "Active" } else { "Failed: Expressway-C has not connected" };
        vec![ZoneLine {
            name: "TraversalZone".to_owned(),
            kind: "Unified Communications traversal",
            peer: String::new(),
            calls: None,
            phones: None,
            sip_status: status.to_owned(),
            handshake: None,
        }]
    }

    fn links(&self) -> Vec<LinkLine> {
        let of = |name, is_up: bool| LinkLine {
            name,
            status: if is_up { "Active" } else { "Waiting for Expressway-C" }.to_owned(),
            handshake: None,
        };
        vec![of("SIP", self.service.is_traversal_up()), of("HTTP", self.service.is_tunnel_up())]
    }

    fn phones(&self) -> usize {
        self.service.phones()
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
        None
    }
}

impl Controlled for Control {
    fn reload(&self) -> anyhow::Result<()> {
        self.certificates.take().map_err(anyhow::Error::msg)
    }

    async fn drain(&self, _retry_after: Duration) {
        self.is_draining.store(true, Ordering::Relaxed);
        self.service.drain();
    }

    /// A call has at least one stream of media.
    fn calls(&self) -> usize {
        self.relay.streams()
    }
}

#[async_trait]
impl Health for Control {
    async fn checks(&self) -> Vec<Check> {
        let traversal = if self.service.is_traversal_up() { Ok("up") } else { Err("Expressway-C is not connected") };
        let tunnel = if self.service.is_tunnel_up() { Ok("up") } else { Err("Expressway-C is not connected") };
        vec![
            Check::of("traversal", traversal),
            Check::of("http-tunnel", tunnel),
            Check::certificate("certificate", self.certificates.identity().map(|identity| identity.facts().not_after)),
            Check::draining(self.is_draining.load(Ordering::Relaxed)),
        ]
    }
}
