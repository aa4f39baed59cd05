//! What the admin shell asks of the node that it runs in: everything that is not in the cluster database.

use async_trait::async_trait;
use directory::{NodeName, NodeSettings};
use runtime::certificate::CertificateFacts;

/// A service of the node as `utils service list` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Service {
    /// The service's name, such as `Cisco CallManager`.
    pub(crate) name: &'static str,
    /// Whether it runs.
    pub(crate) state: ServiceState,
}

/// Whether a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServiceState {
    /// It runs.
    Started,
    /// It is between the two.
    Starting,
    /// It does not run, and why.
    Stopped(String),
}

/// Which of the cluster's two token keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthorizationKey {
    /// The key that signs.
    Signing,
    /// The key that encrypts.
    Encryption,
}

/// A certificate of the node or of one of its trust stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedCertificate {
    /// `tomcat`, `CallManager`, `tomcat-trust` or `CallManager-trust`.
    pub(crate) store: String,
    /// The name within the store: for an own certificate that of the store, else that of its file.
    pub(crate) name: String,
    /// What the certificate says.
    pub(crate) facts: CertificateFacts,
}

/// The node behind the shell. An `Err` is a sentence for the administrator.
#[async_trait]
pub(crate) trait NodeControl: Send + Sync {
    /// The node's name.
    fn node(&self) -> &NodeName;

    /// Whether the licence allows export-controlled functionality.
    fn export_controlled_functionality(&self) -> bool;

    /// What the CallManager service took over when it started; none while it does not run.
    fn running(&self) -> Option<NodeSettings>;

    /// What a restart would take over of the node's files: the fingerprint of the tomcat certificate.
    fn tomcat_certificate(&self) -> String;

    /// The services of the node.
    fn services(&self) -> Vec<Service>;

    /// Restarts a service of [`NodeControl::services`] by its name, and returns when it runs again.
    async fn restart_service(&self, name: &str) -> Result<(), String>;

    /// The node's own certificates and those of its trust stores.
    fn certificates(&self) -> Result<Vec<ListedCertificate>, String>;

    /// Makes a new key and a self-signed certificate for `tomcat` or `CallManager`.
    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String>;

    /// Adds the certificates of a PEM text to a trust store; answers with the name of the entry.
    async fn trust(&self, store: &str, pem: &str) -> Result<String, String>;

    /// Removes a certificate from a trust store by its name; says whether there was one.
    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String>;

    /// The hash of a token key, the same on every node that holds the same key.
    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String>;

    /// Makes a new token key for the cluster; answers with its hash.
    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String>;

    /// How many devices are registered with this node now.
    fn registered_devices(&self) -> usize;

    /// The code with which the web makes the first administrator; none when there is an administrator.
    fn set_up_code(&self) -> Result<Option<String>, String>;
}
