//! The node's user data service, over its directory and its verifier of tokens.

use std::net::SocketAddr;
use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use web::uds::Uds;

use super::node::Node;

/// The interface, with the lock-out that it shares with the login page.
pub(super) fn router(
    node: &Arc<Node>,
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
) -> Router {
    let (address, ports) = (node.config.node.address, &node.config.config_files);
    let own = Arc::clone(node);
    web::uds::router(Uds {
        server,
        passwords,
        directory: Box::new(move || own.directory()),
        address: node.config.issuer(),
        config_files: vec![
            format!("http://{}", SocketAddr::new(address, ports.http_port)),
            format!("https://{}", SocketAddr::new(address, ports.https_port)),
        ],
        clock: Box::new(runtime::clock::now),
    })
}
