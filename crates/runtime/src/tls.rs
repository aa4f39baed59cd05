//! TLS settings shared by servers and clients: one provider (aws-lc-rs), TLS 1.2 and 1.3, nothing older.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::identity::Identity;

/// The crypto provider of every TLS endpoint of the product.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// Makes the provider the process's default, for libraries that ask for it. A second call changes nothing.
pub fn install_provider() {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// The identity as rustls signs with it.
///
/// # Errors
/// When the key is of an unknown kind or belongs to another certificate.
pub fn certified_key(identity: &Identity) -> Result<CertifiedKey, rustls::Error> {
    CertifiedKey::from_der(identity.chain().to_vec(), identity.key(), &provider())
}

/// Whether a private key is that of a certificate.
pub(crate) fn belongs(certificate: &CertificateDer<'static>, key: &PrivateKeyDer<'_>) -> bool {
    CertifiedKey::from_der(vec![certificate.clone()], key.clone_key(), &provider()).is_ok()
}

/// A server that shows its identity and asks for no client certificate (5090, 8443, 6972).
///
/// # Errors
/// When the identity cannot be used.
pub fn server_config(identity: &Identity) -> Result<ServerConfig, rustls::Error> {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(identity.chain().to_vec(), identity.key())
}

/// A client that trusts `roots` and shows no certificate.
///
/// # Errors
/// When the provider supports none of the protocol versions.
pub fn client_config(roots: Arc<RootCertStore>) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// A server's certificate that can be replaced while the server runs: the next handshake shows the new one.
#[derive(Debug)]
pub struct ReplaceableCertificate(ArcSwap<CertifiedKey>);

impl ReplaceableCertificate {
    /// The first one.
    ///
    /// # Errors
    /// When the identity cannot be used.
    pub fn new(identity: &Identity) -> Result<Self, rustls::Error> {
        Ok(Self(ArcSwap::from_pointee(certified_key(identity)?)))
    }

    /// Shows another one from now on.
    ///
    /// # Errors
    /// When the identity cannot be used; then the old one stays.
    pub fn replace(&self, identity: &Identity) -> Result<(), rustls::Error> {
        self.0.store(Arc::new(certified_key(identity)?));
        Ok(())
    }
}

impl ResolvesServerCert for ReplaceableCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// The server of [`server_config`] with a certificate that can be replaced.
///
/// # Errors
/// When the provider supports none of the protocol versions.
pub fn server_config_of(certificate: Arc<ReplaceableCertificate>) -> Result<ServerConfig, rustls::Error> {
    Ok(ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate))
}
