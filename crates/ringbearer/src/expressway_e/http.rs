//! Expressway-E's HTTPS on 8443, and its end of the tunnel.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context;
use edge_http::{ExpresswayE, Tunnel, expressway_e};
use edge_net::HttpTunnel;
use runtime::config::ExpresswayEConfig;
use runtime::identity::Identity;
use runtime::shutdown::Stopping;
use runtime::tls::ReplaceableCertificate;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsStream;

/// The HTTPS port, open.
pub(super) struct Http {
    listener: TcpListener,
    certificate: Arc<ReplaceableCertificate>,
    tunnel: Tunnel,
    own_names: BTreeSet<String>,
}

/// E's end of the tunnel.
struct EdgeTunnel(Tunnel);

impl HttpTunnel for EdgeTunnel {
    fn is_up(&self) -> bool {
        self.0.is_up()
    }

    fn serve(&self, stream: TlsStream<TcpStream>) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let tunnel = self.0.clone();
        Box::pin(async move { tunnel.run(stream).await.to_string() })
    }
}

impl Http {
    /// Opens the port.
    pub(super) async fn bind(config: &ExpresswayEConfig, identity: &Identity) -> anyhow::Result<Self> {
        let address = SocketAddr::new(config.node.address, config.expressway_e.http_port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let certificate = Arc::new(ReplaceableCertificate::new(identity).context("the server certificate")?);
        let mut own_names: BTreeSet<_> = identity.facts().names().into_iter().map(str::to_ascii_lowercase).collect();
        own_names.insert(config.expressway_e.domain.to_ascii_lowercase());
        own_names.insert(config.node.name.to_ascii_lowercase());
        own_names.insert(config.node.address.to_string());
        Ok(Self { listener, certificate, tunnel: Tunnel::new(), own_names })
    }

    pub(super) fn tunnel(&self) -> Arc<dyn HttpTunnel> {
        Arc::new(EdgeTunnel(self.tunnel.clone()))
    }

    pub(super) fn certificate(&self) -> Arc<ReplaceableCertificate> {
        Arc::clone(&self.certificate)
    }

    /// Serves until the process stops.
    pub(super) async fn serve(self, stopping: Stopping) {
        let Self { listener, certificate, tunnel, own_names } = self;
        let config = match runtime::tls::server_config_of(certificate) {
            Ok(config) => config,
            Err(error) => return tracing::error!(%error, "HTTPS cannot be served"),
        };
        let is_own_name = Box::new(move |name: &str| own_names.contains(&name.to_ascii_lowercase()));
        let router = expressway_e::router(ExpresswayE { tunnel, is_own_name });
        let limits = web::serve::Limits::default();
        web::serve::serve(listener, Some(Arc::new(config)), router, limits, stopping).await;
    }
}
