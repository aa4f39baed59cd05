//! What the operations ask of the node that they run on: everything that is not in the cluster database.

use async_trait::async_trait;
use certificate::CertificateFacts;
use directory::{NodeName, NodeSettings, Service, ServiceName};
use std::net::SocketAddr;

/// A node's own certificates: `tomcat` on 5090, 5091, 6972 and 8443; `CallManager` on 5061.
pub const OWN_CERTIFICATES: [&str; 2] = ["tomcat", "CallManager"];

/// A node's trust stores: `tomcat-trust` checks Expressway-C on 5091, `CallManager-trust` devices on 5061.
pub const TRUST_STORES: [&str; 2] = ["tomcat-trust", "CallManager-trust"];

/// Which of the cluster's two token keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationKey {
    /// The key that signs.
    Signing,
    /// The key that encrypts.
    Encryption,
}

impl AuthorizationKey {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Encryption];

    /// The word for it in commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
        }
    }

    /// A key by its word, without regard to case.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str().eq_ignore_ascii_case(word))
    }
}

/// A certificate of the node or of one of its trust stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCertificate {
    /// `tomcat`, `CallManager`, `tomcat-trust` or `CallManager-trust`.
    pub store: String,
    /// The name within the store: for an own certificate that of the store, else that of its file.
    pub name: String,
    /// What the certificate says.
    pub facts: CertificateFacts,
}

impl ListedCertificate {
    /// Whether it is one of a trust store.
    #[must_use]
    pub fn is_trust(&self) -> bool {
        self.store.ends_with("-trust")
    }
}

/// Where an own certificate is shown to peers now: it may be another than the one in the node's files, until a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedCertificate {
    /// `tomcat` or `CallManager`.
    pub certificate: &'static str,
    /// The service whose restart takes a new one.
    pub service: ServiceName,
    /// Its ports that show it.
    pub ports: Vec<u16>,
    /// The SHA-256 of what it shows, in hexadecimal.
    pub fingerprint: String,
}

/// A connection of an Expressway-C on the port for mobile and remote access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeConnection {
    /// Where it comes from.
    pub remote: SocketAddr,
    /// The names in its certificate.
    pub names: Vec<String>,
}

/// The node behind the operations. An `Err` is a sentence for the administrator.
#[async_trait]
pub trait NodeControl: Send + Sync {
    /// The node's name.
    fn node(&self) -> &NodeName;

    /// Whether the licence allows export-controlled functionality.
    fn export_controlled_functionality(&self) -> bool;

    /// What the CallManager service took over when it started; none while it does not run.
    fn running(&self) -> Option<NodeSettings>;

    /// What a restart would take over of the node's files: the fingerprint of the tomcat certificate.
    fn tomcat_certificate(&self) -> String;

    /// The services of the node, in the order of the page.
    fn services(&self) -> Vec<Service>;

    /// Starts a service that does not run, with what is staged, and returns when it runs.
    async fn start_service(&self, service: ServiceName) -> Result<(), String>;

    /// Stops a service at the wish of an administrator, and returns when its sockets are closed.
    async fn stop_service(&self, service: ServiceName, by: &str) -> Result<(), String>;

    /// Restarts a service, and returns when it runs again.
    async fn restart_service(&self, service: ServiceName) -> Result<(), String>;

    /// The node's own certificates and those of its trust stores.
    fn certificates(&self) -> Result<Vec<ListedCertificate>, String>;

    /// Which certificates the services show now.
    fn served_certificates(&self) -> Vec<ServedCertificate>;

    /// A certificate, own ones with their chain, as PEM; none when there is no such entry.
    fn certificate_pem(&self, store: &str, name: &str) -> Result<Option<String>, String>;

    /// Makes a new key and a self-signed certificate for an own certificate.
    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String>;

    /// Makes a new key, which stays on the node, and a request to sign it (PKCS #10) as PEM. The certificate in use stays.
    async fn request_certificate(&self, name: &str) -> Result<String, String>;

    /// The request that waits for its certificate, as PEM.
    fn certificate_request(&self, name: &str) -> Result<Option<String>, String>;

    /// Takes the signed chain for the key of the request, or for the key in use. What is in use stays when anything is wrong with
    /// it.
    async fn install_certificate(&self, name: &str, pem: &str) -> Result<CertificateFacts, String>;

    /// Adds the certificates of a PEM text to a trust store; answers with the name of the entry.
    async fn trust(&self, store: &str, pem: &str) -> Result<String, String>;

    /// Removes a certificate from a trust store by its name; says whether there was one.
    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String>;

    /// The hash of a token key, the same on every node that holds the same key.
    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String>;

    /// Makes a new token key for the cluster; answers with its hash.
    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String>;

    /// The code with which the web makes the first administrator; none when there is an administrator.
    fn set_up_code(&self) -> Result<Option<String>, String>;

    /// How many devices are registered with this node now.
    fn registered_devices(&self) -> usize;

    /// The Expressway-C connections of this node now.
    fn edge_connections(&self) -> Vec<EdgeConnection>;
}
