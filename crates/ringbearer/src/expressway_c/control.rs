//! What the admin shell sees of Expressway-C.

use std::sync::Arc;

use edge_net::Monitor;
use media_net::relay::RelayCounts;

use crate::admin::expressway::{CoreControl, ExpresswayControl, ZoneLine};
use crate::expressway::certificates::Certificates;

pub(super) struct Control {
    pub(super) core: Arc<CoreControl>,
    pub(super) relay: RelayCounts,
    pub(super) certificates: Certificates,
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
