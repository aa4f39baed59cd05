//! The node's real-time information, over the cluster's database and this node's registrations.

use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use web::ris::Ris;

use super::node::Node;

/// The interface, with the lock-out that it shares with the login page.
pub(super) fn router(
    node: &Arc<Node>,
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
) -> Router {
    let own = Arc::clone(node);
    web::ris::router(Ris {
        server,
        passwords,
        directory: Box::new(move || own.directory()),
        repository: Arc::new(node.store.clone()),
        registrations: Arc::<Node>::clone(node),
        address: node.config.issuer(),
        clock: Box::new(runtime::clock::now),
    })
}
