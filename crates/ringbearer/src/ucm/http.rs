//! The node's web services on 8443: the OAuth server, AXL, UDS, the administration.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use runtime::shutdown::Stopping;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::node::Node;
use super::oauth::SignIn;

/// Binds the listener and serves on it, with the tomcat certificate that the node shows.
pub(super) async fn start(
    node: &Arc<Node>,
    sign_in: SignIn,
    stopping: &Stopping,
    services: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let tls = Arc::clone(node.web_certificate.config());
    let router = behind_the_edge(node, super::oauth::router(node, sign_in, stopping, services)?);
    let address = SocketAddr::new(node.config.node.address, node.config.web.port);
    let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
    services.spawn(web::serve::serve(listener, Some(tls), router, web::serve::Limits::default(), stopping.clone()));
    Ok(())
}

/// Clients outside count by their own addresses, which Expressway-C states.
fn behind_the_edge(node: &Arc<Node>, router: Router) -> Router {
    let node = Arc::clone(node);
    let now = || token::UnixTime(runtime::clock::unix_seconds());
    web::edge_client::believe(router, move || node.tokens.keys(), now)
}
