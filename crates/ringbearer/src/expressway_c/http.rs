//! Expressway-C's HTTP side: what it knows, and its end of the tunnel.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use authorization::AccessTokens;
use axum::Router;
use axum::http::HeaderValue;
use edge::discovery::NodeUsage;
use edge::{EdgeView, MraAccessControl};
use edge_http::tunnel::TunnelLimits;
use edge_http::{EdgeServer, ExpresswayCView, UnifiedCmNode, expressway_c, tunnel};
use edge_net::HttpTunnel;
use edge_net::administration::CoreControl;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use runtime::config::ExpresswayCConfig;
use runtime::shutdown::Stopping;
use token::{TokenError, UnixTime, VerifiedAccessToken};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

use super::SIP_PORT;

/// C's end of the tunnel.
struct CoreTunnel {
    router: Router,
    stopping: Stopping,
    is_up: Arc<AtomicBool>,
}

/// Lowers a flag when it is dropped.
struct Lower(Arc<AtomicBool>);

impl Drop for Lower {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// C's end of the tunnel, with everything that is answered in it.
pub(super) fn tunnel(config: &ExpresswayCConfig, core: Arc<CoreControl>, stopping: &Stopping) -> Arc<dyn HttpTunnel> {
    let section = &config.expressway_c;
    let host = config.edge_address().map_or("", |(host, _)| host).to_owned();
    let mut edge_server = EdgeServer::new(host);
    edge_server.sip_port = section.edge_sip_port;
    edge_server.https_port = section.edge_http_port;
    let view = View { core, domain: section.domain.clone(), edge_server, address: config.node.address };
    let router = expressway_c::router(Arc::new(view));
    Arc::new(CoreTunnel { router, stopping: stopping.clone(), is_up: Arc::default() })
}

impl HttpTunnel for CoreTunnel {
    fn is_up(&self) -> bool {
        self.is_up.load(Ordering::Relaxed)
    }

    fn serve(&self, stream: TlsStream<TcpStream>) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let (router, stopping) = (self.router.clone(), self.stopping.clone());
        self.is_up.store(true, Ordering::Relaxed);
        let lower = Lower(Arc::clone(&self.is_up));
        Box::pin(async move {
            let end = tunnel::serve(stream, router, TunnelLimits::default(), stopping).await;
            drop(lower);
            end.to_string()
        })
    }
}

/// The addresses of nodes, as for SIP: what the configuration says, then the system, then what discovery found.
struct NodeNames(Arc<CoreControl>);

impl Resolve for NodeNames {
    fn resolve(&self, name: Name) -> Resolving {
        let core = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str();
            let mut addresses = core.service.dialler().hosts().resolve(host).await;
            if addresses.is_empty() {
                let nodes = core.servers.list().into_iter().flat_map(|server| server.nodes);
                addresses =
                    nodes.filter(|node| node.name.eq_ignore_ascii_case(host)).flat_map(|node| node.addresses).collect();
            }
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// What Expressway-C knows.
struct View {
    core: Arc<CoreControl>,
    domain: String,
    edge_server: EdgeServer,
    address: std::net::IpAddr,
}

impl ExpresswayCView for View {
    fn serves(&self, domain: &str) -> bool {
        domain.eq_ignore_ascii_case(&self.domain)
    }

    fn access_control(&self) -> MraAccessControl {
        self.core.servers.access_control()
    }

    fn nodes(&self) -> Vec<UnifiedCmNode> {
        let mut nodes = Vec::new();
        for server in self.core.servers.list() {
            let mut of_cluster = server.nodes.clone();
            of_cluster.sort_by_key(|node| node.usage != NodeUsage::Publisher);
            nodes.extend(of_cluster.into_iter().map(|node| {
                let mut known = UnifiedCmNode::new(node.name, server.publisher.clone());
                known.aliases = node.aliases;
                known.aliases.extend(node.addresses.iter().map(ToString::to_string));
                known
            }));
        }
        nodes
    }

    fn edge_server(&self) -> EdgeServer {
        self.edge_server.clone()
    }

    fn sip_route(&self) -> String {
        let host = match self.address {
            std::net::IpAddr::V4(address) => address.to_string(),
            std::net::IpAddr::V6(address) => format!("[{address}]"),
        };
        let zone = self.core.service.view().zones().first().map_or(0, |zone| zone.id);
        format!("sip:{host}:{SIP_PORT};transport=tls;zone-id={zone};directed;lr")
    }

    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        self.core.service.view().verify_access_token(token, now)
    }

    fn local_address(&self) -> Option<std::net::IpAddr> {
        Some(self.address)
    }

    fn node_names(&self) -> Option<Arc<dyn Resolve>> {
        Some(Arc::new(NodeNames(Arc::clone(&self.core))))
    }

    fn client_statements(&self, client: std::net::IpAddr) -> Vec<HeaderValue> {
        let now = UnixTime(runtime::clock::unix_seconds());
        let view = self.core.service.view();
        let statement = |cluster: &Arc<AccessTokens>| web::edge_client::statement(&cluster.keys(), client, now);
        view.clusters.iter().filter_map(|cluster| HeaderValue::from_str(&statement(cluster)).ok()).collect()
    }

    fn node_tls(&self) -> Arc<rustls::ClientConfig> {
        self.core.service.dialler().https()
    }
}
