//! The node's SOAP control center, over the operations of an administrator.

use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use web::controlcenter::ControlCenter;

use super::node::Node;

/// The interface, with the lock-out that it shares with the login page.
pub(super) fn router(
    node: &Arc<Node>,
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
) -> Router {
    let own = Arc::clone(node);
    web::controlcenter::router(ControlCenter {
        server,
        passwords,
        directory: Box::new(move || own.directory()),
        administration: node.administration(),
        address: node.config.issuer(),
        clock: Box::new(runtime::clock::now),
    })
}
