//! `get_edge_config`: where the services are, and how they are reached through the edge.
//!
//! Our choices: `tftpServer` is told whether it was asked for or not; a service that this cluster has not is answered with
//! `NameError`; the servers of XMPP and TURN, which this edge has not, are empty elements.

use axum::http::StatusCode;
use axum::response::Response;
use oauth::Parameters;

use super::view::{EdgeServer, ExpresswayCView, UnifiedCmNode};
use super::xml::Document;
use crate::problem::problem;

/// So many services may be asked for.
const SERVICES: usize = 16;
/// The longest name of a service.
const NAME: usize = 64;

/// Answers with what was discovered.
pub(super) fn answer(view: &dyn ExpresswayCView, _domain: &str, query: Option<&str>) -> Response {
    let Some(services) = services(query.unwrap_or_default()) else {
        return problem(StatusCode::BAD_REQUEST, "service_name", "the parameters are not valid");
    };
    document(&services, &view.nodes(), &view.edge_server(), &view.sip_route()).into_response()
}

/// The names of `service_name`, which is repeated. Parameters that C does not know are read over.
fn services(query: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        // One pair at a time: the strict reader of forms takes no repetition.
        let parameter = Parameters::parse(pair.as_bytes()).ok()?;
        if let Some(name) = parameter.get("service_name") {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || name.len() > NAME || !name.bytes().all(plain) || names.len() == SERVICES {
                return None;
            }
            names.push(name.to_owned());
        }
    }
    Some(names)
}

fn document(services: &[String], nodes: &[UnifiedCmNode], edge: &EdgeServer, route: &str) -> Document {
    let mut document = Document::new("getEdgeConfigResponse", "version=\"1.0\"");
    document.element("serviceConfig", |config| {
        for name in services.iter().filter(|name| *name != TFTP) {
            config.element("service", |service| {
                service.text("name", name);
                match name.as_str() {
                    "_cisco-uds" if !nodes.is_empty() => uds_servers(service, nodes),
                    "_cisco-phone-tftp" if !nodes.is_empty() => addresses(service, nodes),
                    _ => service.text("error", "NameError"),
                }
            });
        }
        config.element("service", |service| {
            service.text("name", TFTP);
            match nodes.is_empty() {
                true => service.text("error", "NameError"),
                false => addresses(service, nodes),
            }
        });
    });
    document.element("edgeConfig", |config| {
        server(config, "sipEdgeServer", &edge.address, edge.sip_port);
        config.element("sipRequest", |request| request.text("route", format!("<{route}>")));
        config.element("xmppEdgeServer", |_| {});
        server(config, "httpEdgeServer", &edge.address, edge.https_port);
        config.element("turnEdgeServer", |_| {});
        match nodes.first() {
            Some(node) => server(config, "userUdsServer", &node.name, node.https_port),
            None => config.element("userUdsServer", |_| {}),
        }
    });
    document
}

/// The service that names the servers of configuration files.
const TFTP: &str = "tftpServer";

/// The order of discovery is the order of preference.
fn uds_servers(service: &mut Document, nodes: &[UnifiedCmNode]) {
    for (priority, node) in nodes.iter().enumerate() {
        service.element("server", |server| {
            server.text("priority", priority);
            server.text("weight", 0);
            server.text("port", node.https_port);
            server.text("address", &node.name);
        });
    }
}

fn addresses(service: &mut Document, nodes: &[UnifiedCmNode]) {
    for node in nodes {
        service.text("address", &node.name);
    }
}

fn server(config: &mut Document, name: &'static str, address: &str, port: u16) {
    config.element(name, |servers| {
        servers.element("server", |server| {
            server.text("address", address);
            server.text("tlsPort", port);
        });
    });
}
