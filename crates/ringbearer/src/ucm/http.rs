//! The node's HTTP services: the OAuth server on 8443, configuration files on 6970 and 6972.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use runtime::shutdown::Stopping;
use runtime::tls::ReplaceableCertificate;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use web::config_files::ConfigFileSource;

use super::certificates;
use super::node::Node;
use super::oauth::SignIn;

/// Binds the three listeners and serves on them. The tomcat certificate is read here, and again when the node reads its files again.
pub(super) async fn start(
    node: &Arc<Node>,
    sign_in: SignIn,
    stopping: &Stopping,
    services: &mut JoinSet<()>,
) -> anyhow::Result<()> {
    let tomcat = certificates::own(&node.config, "tomcat")?;
    let certificate = Arc::new(ReplaceableCertificate::new(&tomcat).context("the tomcat certificate")?);
    let tls = Arc::new(runtime::tls::server_config_of(Arc::clone(&certificate))?);
    // Nobody else sets it: a node serves once.
    let _ = node.https.set(certificate);
    let source: Arc<dyn ConfigFileSource> = Arc::<Node>::clone(node);
    let files = web::config_files::router(source);
    let sections = (&node.config.config_files, &node.config.web);
    let listeners: [(u16, Option<Arc<ServerConfig>>, Router); 3] = [
        (sections.0.http_port, None, files.clone()),
        (sections.0.https_port, Some(Arc::clone(&tls)), files),
        (sections.1.port, Some(tls), behind_the_edge(node, super::oauth::router(node, sign_in, stopping, services)?)),
    ];
    for (port, tls, router) in listeners {
        let address = SocketAddr::new(node.config.node.address, port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        services.spawn(web::serve::serve(listener, tls, router, web::serve::Limits::default(), stopping.clone()));
    }
    Ok(())
}

/// Clients outside count by their own addresses, which Expressway-C states.
fn behind_the_edge(node: &Arc<Node>, router: Router) -> Router {
    let node = Arc::clone(node);
    let now = || token::UnixTime(runtime::clock::unix_seconds());
    web::edge_client::believe(router, move || node.tokens.keys(), now)
}
