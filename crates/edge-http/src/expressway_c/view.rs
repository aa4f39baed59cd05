//! What Expressway-C knows, as its HTTP side asks for it.

use std::sync::Arc;

use axum::http::HeaderValue;
use edge::MraAccessControl;
use token::{TokenError, UnixTime, VerifiedAccessToken};

/// What Expressway-C knows. Each call gives what holds at that moment; none of them waits.
pub trait ExpresswayCView: Send + Sync + 'static {
    /// Whether this edge serves the domain.
    fn serves(&self, domain: &str) -> bool;
    /// MRA access control.
    fn access_control(&self) -> MraAccessControl;
    /// The nodes of the last discovery, the publisher of each cluster first.
    fn nodes(&self) -> Vec<UnifiedCmNode>;
    /// The Expressway-E that clients are to use.
    fn edge_server(&self) -> EdgeServer;
    /// The URI that clients preload as Route, without angle brackets, as the SIP side accepts it:
    /// `sip:<address of C>:5061;transport=tls;zone-id=<n>;directed;lr`.
    fn sip_route(&self) -> String;
    /// Verifies an access token: signature and dates, with the keys of the last refresh.
    ///
    /// # Errors
    /// Why the token is not good, for the log and never for the peer.
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError>;
    /// TLS towards the nodes: a client that verifies against the trusted CA list. The same `Arc` as long as the list is the same.
    fn node_tls(&self) -> Arc<rustls::ClientConfig>;
    /// What C states to a node of where a request comes from, so that a client counts by its own address there.
    fn client_statements(&self, _client: std::net::IpAddr) -> Vec<HeaderValue> {
        Vec::new()
    }
    /// The address that connections to nodes come from; the system's choice when there is none.
    fn local_address(&self) -> Option<std::net::IpAddr> {
        None
    }
    /// Who knows the nodes' addresses by their names; the system when nobody else does.
    fn node_names(&self) -> Option<Arc<dyn reqwest::dns::Resolve>> {
        None
    }
}

/// A node of a cluster, and the ports of its web services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnifiedCmNode {
    /// The process node's name as UCM returned it: what is connected to, and what its certificate must carry.
    pub name: String,
    /// Other names and addresses by which clients know it.
    pub aliases: Vec<String>,
    /// Which cluster it belongs to: the publisher that discovery asked.
    pub cluster: String,
    /// UDS and the OAuth server.
    pub https_port: u16,
    /// Configuration files over HTTPS.
    pub config_https_port: u16,
    /// Configuration files over HTTP.
    pub config_http_port: u16,
}

impl UnifiedCmNode {
    /// A node with the usual ports.
    #[must_use]
    pub fn new(name: impl Into<String>, cluster: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            aliases: Vec::new(),
            cluster: cluster.into(),
            https_port: 8443,
            config_https_port: 6972,
            config_http_port: 6970,
        }
    }

    /// Whether this is the node of that name or address.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        self.name.eq_ignore_ascii_case(host) || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(host))
    }
}

/// The public side of the edge, as clients are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeServer {
    /// Its public name or address.
    pub address: String,
    /// SIP over TLS.
    pub sip_port: u16,
    /// HTTPS.
    pub https_port: u16,
}

impl EdgeServer {
    /// An Expressway-E with the usual ports.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), sip_port: 5061, https_port: 8443 }
    }

    /// Scheme, host and port as they stand in a URI.
    #[must_use]
    pub fn origin(&self) -> String {
        let host = if self.address.contains(':') { format!("[{}]", self.address) } else { self.address.clone() };
        format!("https://{host}:{}", self.https_port)
    }
}
