//! `GET /cucm-uds/servers`: where this interface is as well, the publisher first.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use soap::Element;

use super::{Service, document};

pub(super) async fn get(State(service): State<Arc<Service>>) -> Response {
    let directory = (service.uds.directory)();
    let servers = directory.nodes().into_iter();
    let servers = servers.map(|node| Element::new("server").with_own_text(node.address.as_str()));
    document(&service.resource("servers", &["servers"]).with_all(servers))
}
