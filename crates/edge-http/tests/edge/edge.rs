//! An edge: E on a loopback port, C at the other end of the tunnel, one node behind it; and a client that writes its bytes.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::http::HeaderValue;
use edge::MraAccessControl;
use ringbearer_edge_http::target::{NodePrefix, Prefix, Protocol};
use ringbearer_edge_http::tunnel::{TunnelLimits, serve};
use ringbearer_edge_http::{
    EdgeServer, ExpresswayCView, ExpresswayE, Tunnel, UnifiedCmNode, expressway_c, expressway_e,
};
use rustls::RootCertStore;
use rustls::pki_types::ServerName;
use token::{AccessTokenClaims, Algorithm, KeyRing, TokenError, UnixTime, Uuid, VerifiedAccessToken};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsConnector;

use crate::node::{Node, identity};

pub(crate) const DOMAIN: &str = "example.com";
pub(crate) const ROUTE: &str = "sip:127.0.0.21:5061;transport=tls;zone-id=1;directed;lr";

pub(crate) struct Edge {
    pub(crate) address: SocketAddr,
    pub(crate) tunnel: Tunnel,
    pub(crate) node: Node,
    pub(crate) core: Arc<Core>,
    client: TlsConnector,
    stop: runtime::shutdown::Stop,
    stopping: runtime::shutdown::Stopping,
}

/// What C knows.
pub(crate) struct Core {
    pub(crate) settings: Mutex<MraAccessControl>,
    pub(crate) nodes: Mutex<Vec<UnifiedCmNode>>,
    pub(crate) tls: Mutex<Arc<rustls::ClientConfig>>,
    keys: KeyRing,
}

impl ExpresswayCView for Core {
    fn serves(&self, domain: &str) -> bool {
        domain == DOMAIN
    }
    fn access_control(&self) -> MraAccessControl {
        self.settings.lock().unwrap().clone()
    }
    fn nodes(&self) -> Vec<UnifiedCmNode> {
        self.nodes.lock().unwrap().clone()
    }
    fn edge_server(&self) -> EdgeServer {
        EdgeServer::new("edge.example.com")
    }
    fn sip_route(&self) -> String {
        ROUTE.to_owned()
    }
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError> {
        self.keys.verify(token, now)
    }
    fn client_statements(&self, client: IpAddr) -> Vec<HeaderValue> {
        vec![format!("stated {client}").parse().unwrap()]
    }
    fn node_tls(&self) -> Arc<rustls::ClientConfig> {
        Arc::clone(&self.tls.lock().unwrap())
    }
}

/// A client's TLS that trusts one certificate, or none.
pub(crate) fn trusting(certificate: Option<&rustls::pki_types::CertificateDer<'static>>) -> Arc<rustls::ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificate.cloned());
    Arc::new(runtime::tls::client_config(Arc::new(roots)).unwrap())
}

impl Edge {
    /// An edge whose tunnel is up.
    pub(crate) async fn start() -> Self {
        let edge = Self::without_tunnel().await;
        edge.open_tunnel().await;
        edge
    }

    pub(crate) async fn without_tunnel() -> Self {
        let node = Node::start().await;
        let ports = (node.port, node.port, node.port);
        let of_cluster = UnifiedCmNode {
            aliases: vec!["127.0.0.1".to_owned()],
            https_port: ports.0,
            config_https_port: ports.1,
            config_http_port: ports.2,
            ..UnifiedCmNode::new("localhost", "localhost")
        };
        let signing = token::generate::signing_key(Algorithm::Es256).unwrap();
        let core = Core {
            settings: Mutex::default(),
            nodes: Mutex::new(vec![of_cluster]),
            tls: Mutex::new(trusting(Some(&node.certificate))),
            keys: KeyRing::new(Uuid::nil(), signing, token::generate::encryption_key().unwrap()),
        };
        let (certificate, tls) = identity();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = runtime::shutdown::channel();
        let tunnel = Tunnel::new();
        let names = |name: &str| ["localhost", "127.0.0.1", "edge.example.com"].contains(&name);
        let router = expressway_e::router(ExpresswayE { tunnel: tunnel.clone(), is_own_name: Box::new(names) });
        let limits = web::serve::Limits::default();
        tokio::spawn(web::serve::serve(listener, Some(Arc::new(tls)), router, limits, stopping.clone()));
        let client = TlsConnector::from(trusting(Some(&certificate)));
        Self { address, tunnel, node, core: Arc::new(core), client, stop, stopping }
    }

    /// C opens the tunnel; its end is what C hears.
    pub(crate) async fn open_tunnel(&self) -> tokio::task::JoinHandle<ringbearer_edge_http::TunnelEnd> {
        let (outer, inner) = tokio::io::duplex(64 * 1024);
        let view: Arc<dyn ExpresswayCView> = Arc::<Core>::clone(&self.core);
        let router = expressway_c::router(view);
        tokio::spawn(serve(inner, router, TunnelLimits::default(), self.stopping.clone()));
        let tunnel = self.tunnel.clone();
        let end = tokio::spawn(async move { tunnel.run(outer).await });
        while !self.tunnel.is_up() {
            tokio::task::yield_now().await;
        }
        end
    }

    pub(crate) fn stop(&self) {
        self.stop.now();
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut MraAccessControl)) {
        change(&mut self.core.settings.lock().unwrap());
    }

    /// An access token of ana, for one device when it is named.
    pub(crate) fn token(&self, device: Option<&str>, expires_at: u64) -> String {
        let claims = AccessTokenClaims {
            user: "ana".to_owned(),
            client_id: "C1".to_owned(),
            scope: "UnifiedCommunications:readwrite".to_owned(),
            family: Uuid::nil(),
            device: device.map(str::to_owned),
            issued_at: UnixTime(1_700_000_000),
            expires_at: UnixTime(expires_at),
        };
        self.core.keys.mint(&claims, [7; 16]).unwrap()
    }

    /// A token that is good now.
    pub(crate) fn bearer(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.token(Some("CSFANA"), runtime::clock::unix_seconds() + 600))
    }

    /// The prefix of the domain.
    pub(crate) fn domain(&self) -> String {
        Prefix::Domain(DOMAIN.to_owned()).segment()
    }

    /// The prefix of the node.
    pub(crate) fn prefix(&self) -> String {
        self.prefix_of("localhost", self.node.port)
    }

    pub(crate) fn prefix_of(&self, host: &str, port: u16) -> String {
        let (domain, host) = (DOMAIN.to_owned(), host.to_owned());
        Prefix::Node(NodePrefix { domain, protocol: Protocol::Https, host, port }).segment()
    }

    /// Writes these bytes on a connection of its own, and reads until it ends.
    pub(crate) async fn write(&self, bytes: &str) -> Answer {
        self.write_from("127.0.0.1".parse().unwrap(), bytes).await
    }

    pub(crate) async fn write_from(&self, source: IpAddr, bytes: &str) -> Answer {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(source, 0)).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = self.client.connect(name, stream).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The end may come without close_notify.
        let _ = stream.read_to_end(&mut answer).await;
        Answer(String::from_utf8(answer).unwrap())
    }

    /// A request that asks for the end of its connection.
    pub(crate) async fn ask(&self, method: &str, path: &str, fields: &str, body: &str) -> Answer {
        self.ask_from("127.0.0.1".parse().unwrap(), method, path, fields, body).await
    }

    pub(crate) async fn ask_from(&self, source: IpAddr, method: &str, path: &str, fields: &str, body: &str) -> Answer {
        let length = if method == "POST" { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}{length}Connection: close\r\n\r\n");
        self.write_from(source, &format!("{head}{body}")).await
    }

    pub(crate) async fn get(&self, path: &str, fields: &str) -> Answer {
        self.ask("GET", path, fields, "").await
    }
}

/// What came back, as it came.
pub(crate) struct Answer(pub(crate) String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).unwrap_or("0").parse().unwrap()
    }

    /// The values of a field.
    pub(crate) fn fields(&self, name: &str) -> Vec<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap();
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").unwrap().1
    }

    /// The word that says why.
    pub(crate) fn reason(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(self.body()).unwrap();
        body["reason"].as_str().unwrap().to_owned()
    }
}
