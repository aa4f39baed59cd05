//! What the admin shell sees of Expressway-E.

use std::sync::Arc;

use edge_net::Monitor;
use edge_net::expressway_e::ExpresswayEService;
use media_net::relay::RelayCounts;

use crate::admin::expressway::{CoreControl, ExpresswayControl, ZoneLine};
use crate::expressway::certificates::Certificates;

pub(super) struct Control {
    pub(super) service: Arc<ExpresswayEService>,
    pub(super) relay: RelayCounts,
    pub(super) certificates: Certificates,
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
