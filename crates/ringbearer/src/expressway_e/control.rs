//! What the admin shell sees of Expressway-E.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use edge_net::Monitor;
use edge_net::expressway_e::ExpresswayEService;
use media_net::relay::RelayCounts;

use crate::admin::expressway::{CoreControl, ExpresswayControl, ZoneLine};
use crate::expressway::certificates::Certificates;
use crate::monitoring::{Check, Health};
use crate::process::Controlled;

pub(super) struct Control {
    pub(super) service: Arc<ExpresswayEService>,
    pub(super) relay: RelayCounts,
    pub(super) certificates: Certificates,
    /// Whether it takes nothing new, because it is about to end.
    pub(super) is_draining: AtomicBool,
}

impl ExpresswayControl for Control {
    fn monitor(&self) -> &Monitor {
        self.service.monitor()
    }

    fn zones(&self) -> Vec<ZoneLine> {
        let status = if self.service.is_traversal_up() { "Active" } else { "Failed: Expressway-C has not connected" };
        vec![ZoneLine {
            name: "TraversalZone".to_owned(),
            kind: "Unified Communications traversal",
            calls: None,
            sip_status: status.to_owned(),
        }]
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let of = |is_up: bool| if is_up { "Active" } else { "Waiting for Expressway-C" }.to_owned();
        vec![("SIP", of(self.service.is_traversal_up())), ("HTTP", of(self.service.is_tunnel_up()))]
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

    fn core(&self) -> Option<&CoreControl> {
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
