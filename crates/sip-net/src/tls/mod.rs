//! The TLS faces of the line ports, on one provider (aws-lc-rs), TLS 1.2 and 1.3.
//!
//! 5090 shows `tomcat` and never asks for a client certificate; 5091 shows `tomcat`, 5061 `CallManager`, and both demand
//! one. Early data is never taken. Our choice on resumption: 5090 hands out one stateless ticket a connection, because a
//! fleet that comes back at once costs a third of the handshakes' arithmetic then; the ports with client certificates
//! resume nothing, so that an authority or a name taken off the list is out at the next connection.

mod authorities;
mod client_certificate;
mod key_log;

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use callmanager::admission::{CertificateRefusal, Relaxation};
use runtime::identity::Identity;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::{NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::SingleCertAndKey;

pub use authorities::Authorities;
pub use client_certificate::{ClientTrust, ListedNames, client_certificate, peer_names};
pub use key_log::KeyLogFile;

use client_certificate::ClientCertificateVerifier;

/// What the check of one peer's certificate found; filled during the handshake, read after it.
#[derive(Debug, Default)]
pub struct PeerCheck {
    outcome: OnceLock<Result<Vec<Relaxation>, CertificateRefusal>>,
    refused_chain: OnceLock<Vec<CertificateDer<'static>>>,
}

impl PeerCheck {
    fn set(&self, outcome: Result<Vec<Relaxation>, CertificateRefusal>) {
        // A handshake verifies one certificate; were there a second, the first verdict is the one that counted.
        let _ = self.outcome.set(outcome);
    }

    /// Keeps a chain that was refused, for who explains the refusal.
    fn keep(&self, end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        let _ = self.refused_chain.set(chain);
    }

    /// The chain of the peer that was refused, end entity first.
    #[must_use]
    pub fn refused_chain(&self) -> &[CertificateDer<'static>] {
        self.refused_chain.get().map_or(&[], Vec::as_slice)
    }

    /// The refusal, if that is what ended the handshake.
    #[must_use]
    pub fn refusal(&self) -> Option<CertificateRefusal> {
        self.outcome.get().and_then(|outcome| outcome.as_ref().err()).copied()
    }

    /// The relaxations that let the peer in.
    #[must_use]
    pub fn relaxations(&self) -> &[Relaxation] {
        self.outcome.get().and_then(|outcome| outcome.as_ref().ok()).map_or(&[], Vec::as_slice)
    }
}

/// The server side of one TLS port.
#[derive(Debug, Clone)]
pub enum TlsPort {
    /// No client certificate: one configuration for all connections.
    ServerOnly(Arc<ServerConfig>),
    /// Client certificates: a configuration for each connection, so that each knows why it was refused.
    Mutual(Arc<MutualPort>),
}

/// What the configuration of a port with client certificates is made from.
#[derive(Debug)]
pub struct MutualPort {
    provider: Arc<CryptoProvider>,
    certificate: Arc<dyn ResolvesServerCert>,
    /// Replaced when the trust store changes: connections that begin then are checked against the new one.
    trust: ArcSwap<ClientTrust>,
    key_log: Option<Arc<KeyLogFile>>,
    protocols: Vec<Vec<u8>>,
}

impl TlsPort {
    /// A port that asks for no client certificate.
    ///
    /// # Errors
    /// When the identity cannot be used.
    pub fn server_only(identity: &Identity, key_log: Option<Arc<KeyLogFile>>) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(runtime::tls::provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificate(identity)?);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        config.send_tls13_tickets = 1;
        if let Some(key_log) = key_log {
            config.key_log = key_log;
        }
        Ok(Self::ServerOnly(Arc::new(config)))
    }

    /// A port that demands a client certificate and admits it by `trust`.
    ///
    /// # Errors
    /// When the identity cannot be used.
    pub fn mutual(
        identity: &Identity,
        trust: Arc<ClientTrust>,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Result<Self, rustls::Error> {
        Ok(Self::Mutual(Arc::new(MutualPort::new(identity, trust, key_log)?)))
    }

    /// The same port with application protocols to choose from, the preferred one first (RFC 7301).
    #[must_use]
    pub fn with_protocols(self, protocols: &[&[u8]]) -> Self {
        let names = || protocols.iter().map(|name| name.to_vec()).collect();
        match self {
            Self::ServerOnly(config) => {
                let mut config = ServerConfig::clone(&config);
                config.alpn_protocols = names();
                Self::ServerOnly(Arc::new(config))
            }
            Self::Mutual(port) => {
                let MutualPort { provider, certificate, trust, key_log, .. } = &*port;
                Self::Mutual(Arc::new(MutualPort {
                    provider: Arc::clone(provider),
                    certificate: Arc::clone(certificate),
                    trust: ArcSwap::new(trust.load_full()),
                    key_log: key_log.clone(),
                    protocols: names(),
                }))
            }
        }
    }

    /// The configuration of one connection, and where the check of its peer will be found.
    ///
    /// # Errors
    /// When the provider cannot make it.
    pub fn for_connection(&self) -> Result<(Arc<ServerConfig>, Option<Arc<PeerCheck>>), rustls::Error> {
        match self {
            Self::ServerOnly(config) => Ok((Arc::clone(config), None)),
            Self::Mutual(port) => {
                let check = Arc::new(PeerCheck::default());
                Ok((Arc::new(port.config(Arc::clone(&check))?), Some(check)))
            }
        }
    }
}

impl MutualPort {
    /// A port that demands a client certificate and admits it by `trust`.
    ///
    /// # Errors
    /// When the identity cannot be used.
    pub fn new(
        identity: &Identity,
        trust: Arc<ClientTrust>,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Result<Self, rustls::Error> {
        Ok(Self {
            provider: runtime::tls::provider(),
            certificate: certificate(identity)?,
            trust: ArcSwap::new(trust),
            key_log,
            protocols: Vec::new(),
        })
    }

    /// Whom the port trusts now.
    #[must_use]
    pub fn trust(&self) -> Arc<ClientTrust> {
        self.trust.load_full()
    }

    /// Trusts others from now on. Who is connected already is the caller's to look at.
    pub fn retrust(&self, trust: Arc<ClientTrust>) {
        self.trust.store(trust);
    }

    /// The verdict of now on a chain that was admitted before.
    ///
    /// # Errors
    /// Why a handshake with it would be refused.
    pub fn admits(&self, chain: &[CertificateDer<'_>]) -> Result<(), CertificateRefusal> {
        let (end_entity, intermediates) = chain.split_first().ok_or(CertificateRefusal::Unreadable)?;
        let algorithms = &self.provider.signature_verification_algorithms;
        self.trust.load().check(end_entity, intermediates, UnixTime::now(), algorithms).map(drop)
    }

    fn config(&self, check: Arc<PeerCheck>) -> Result<ServerConfig, rustls::Error> {
        let verifier = ClientCertificateVerifier::new(Arc::clone(&self.provider), self.trust.load_full(), check);
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::clone(&self.certificate));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        if let Some(key_log) = &self.key_log {
            config.key_log = Arc::clone(key_log) as _;
        }
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(config)
    }
}

fn certificate(identity: &Identity) -> Result<Arc<dyn ResolvesServerCert>, rustls::Error> {
    Ok(Arc::new(SingleCertAndKey::from(runtime::tls::certified_key(identity)?)))
}
