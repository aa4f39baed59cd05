//! The node's own certificates and its trust stores.

use directory::NodeName;
use runtime::certificate::CertificateFacts;
use runtime::config::NodeConfig;
use runtime::identity::{Identity, IdentityError, IdentityRequest};
use runtime::trust::{TrustError, TrustStore};
use rustls::pki_types::CertificateDer;

use crate::admin::node_control::ListedCertificate;

/// The own certificates: `tomcat` on 5090, 5091, 6972 and 8443; `CallManager` on 5061.
pub(super) const OWN: [&str; 2] = ["tomcat", "CallManager"];
/// The trust stores: `tomcat-trust` checks Expressway-C on 5091, `CallManager-trust` devices on 5061.
pub(super) const TRUST: [&str; 2] = ["tomcat-trust", "CallManager-trust"];

/// An own certificate, made at the first start.
pub(super) fn own(config: &NodeConfig, name: &str) -> Result<Identity, IdentityError> {
    Identity::load_or_make(&config.certificate_folder(name), &request(config))
}

/// Makes a new key and certificate. It is used from the next restart of the service that shows it.
pub(super) fn regenerate(config: &NodeConfig, name: &str) -> Result<CertificateFacts, IdentityError> {
    Identity::regenerate(&config.certificate_folder(name), &request(config)).map(|identity| identity.facts().clone())
}

/// A trust store.
pub(super) fn trust(config: &NodeConfig, name: &str) -> Result<TrustStore, TrustError> {
    TrustStore::open(config.certificate_folder(name))
}

/// The certificates of a trust store.
pub(super) fn anchors(config: &NodeConfig, name: &str) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let certificates = trust(config, name)?.certificates()?;
    Ok(certificates.into_iter().map(|(_, certificate)| certificate).collect())
}

/// Everything, for `show cert list`.
pub(super) fn list(config: &NodeConfig) -> anyhow::Result<Vec<ListedCertificate>> {
    let mut listed = Vec::new();
    for store in OWN {
        let facts = own(config, store)?.facts().clone();
        listed.push(ListedCertificate { store: store.into(), name: store.into(), facts });
    }
    for store in TRUST {
        for (path, certificate) in trust(config, store)?.certificates()? {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let facts = CertificateFacts::of(&certificate)?;
            listed.push(ListedCertificate { store: store.into(), name, facts });
        }
    }
    Ok(listed)
}

fn request(config: &NodeConfig) -> IdentityRequest {
    IdentityRequest {
        common_name: config.node.name.clone(),
        alternative_names: config.certificate_names(),
        key: config.certificates.key,
    }
}

/// The node's name as the directory has it.
pub(super) fn node_name(config: &NodeConfig) -> anyhow::Result<NodeName> {
    NodeName::new(&config.node.name).map_err(|violation| anyhow::anyhow!("node.name: {violation}"))
}
