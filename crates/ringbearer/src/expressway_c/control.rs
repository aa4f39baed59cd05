//! What the admin shell sees of Expressway-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use edge_net::Monitor;
use media_net::relay::RelayCounts;

use crate::admin::expressway::{CoreControl, ExpresswayControl, ZoneLine};
use crate::expressway::certificates::Certificates;
use crate::monitoring::{Check, Health};
use crate::process::Controlled;

pub(super) struct Control {
    pub(super) core: Arc<CoreControl>,
    pub(super) relay: RelayCounts,
    pub(super) certificates: Certificates,
    /// Whether it takes nothing new, because it is about to end.
    pub(super) is_draining: AtomicBool,
}

impl ExpresswayControl for Control {
    fn monitor(&self) -> &Monitor {
        self.core.service.monitor()
    }

    fn zones(&self) -> Vec<ZoneLine> {
        let traversal = ZoneLine {
            name: "TraversalZone".to_owned(),
            kind: "Unified Communications traversal",
            calls: None,
            sip_status: self.core.service.traversal_status(),
        };
        let neighbours = self.core.service.zones().into_iter().map(|zone| ZoneLine {
            name: zone.name,
            kind: "Neighbor",
            calls: None,
            sip_status: zone.status,
        });
        std::iter::once(traversal).chain(neighbours).collect()
    }

    fn links(&self) -> Vec<(&'static str, String)> {
        let http = if self.core.service.is_tunnel_up() { "Active" } else { "Connecting" };
        vec![("SIP", self.core.service.traversal_status()), ("HTTP", http.to_owned())]
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

    fn core(&self) -> Option<&CoreControl> {
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
