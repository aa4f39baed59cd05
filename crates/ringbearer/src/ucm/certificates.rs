//! The node's own certificates and its trust stores.

use administration::{ListedCertificate, OWN_CERTIFICATES, TRUST_STORES};
use certificate::CertificateFacts;
use directory::NodeName;
use runtime::config::NodeConfig;
use runtime::identity::{Identity, IdentityError, IdentityRequest};
use runtime::trust::{TrustError, TrustStore};
use rustls::pki_types::CertificateDer;

/// An own certificate, made at the first start.
pub(super) fn own(config: &NodeConfig, name: &str) -> Result<Identity, IdentityError> {
    Identity::load_or_make(&config.certificate_folder(name), &request(config))
}

/// Makes a new key and certificate. It is used from the next restart of the service that shows it.
pub(super) fn regenerate(config: &NodeConfig, name: &str) -> Result<CertificateFacts, IdentityError> {
    Identity::regenerate(&config.certificate_folder(name), &request(config)).map(|identity| identity.facts().clone())
}

/// Makes a new key and a request to sign it. The pair in use stays.
pub(super) fn request_signing(config: &NodeConfig, name: &str) -> Result<String, IdentityError> {
    Identity::request_signing(&config.certificate_folder(name), &request(config))
}

/// The request that waits for its certificate.
pub(super) fn signing_request(config: &NodeConfig, name: &str) -> Result<Option<String>, IdentityError> {
    Identity::signing_request(&config.certificate_folder(name))
}

/// Takes a signed chain. Its root may be one of the trust store that belongs to the name.
pub(super) fn install(config: &NodeConfig, name: &str, pem: &str) -> anyhow::Result<CertificateFacts> {
    let trusted = anchors(config, &format!("{name}-trust"))?;
    let now = runtime::clock::unix_seconds();
    let folder = config.certificate_folder(name);
    let identity = Identity::install(&folder, pem.as_bytes(), &trusted, &config.node.name, now)?;
    Ok(identity.facts().clone())
}

/// A certificate as PEM, an own one with its chain.
pub(super) fn pem(config: &NodeConfig, store: &str, name: &str) -> anyhow::Result<Option<String>> {
    if OWN_CERTIFICATES.contains(&store) {
        return Ok(Some(std::fs::read_to_string(config.certificate_folder(store).join("certificate.pem"))?));
    }
    if !TRUST_STORES.contains(&store) {
        return Ok(None);
    }
    let certificates = trust(config, store)?.certificates()?;
    let found = certificates.iter().find(|(path, _)| path.file_stem().is_some_and(|stem| stem == name));
    Ok(found.map(|(path, _)| std::fs::read_to_string(path)).transpose()?)
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
    for store in OWN_CERTIFICATES {
        let facts = own(config, store)?.facts().clone();
        listed.push(ListedCertificate { store: store.into(), name: store.into(), facts });
    }
    for store in TRUST_STORES {
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
