//! The TLS of connections that an Expressway opens: its own certificate shown, the server's verified, and each failure told
//! by which alert it was and who sent it.

pub mod alert;
mod server_certificate;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use edge::ConnectFailure;
use runtime::certificate::CertificateFacts;
use runtime::identity::Identity;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use sip_net::tls::{Authorities, KeyLogFile, peer_names};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::hosts::Hosts;
use server_certificate::{SeenChain, ServerCertificateVerifier};

pub use server_certificate::Finding;

/// From the first SYN to the end of the TLS handshake.
const DIAL: Duration = Duration::from_secs(10);

/// The application protocol of SIP over the traversal port; not registered, our choice.
pub const ALPN_SIP: &[u8] = b"sip";
/// The application protocol of the HTTP tunnel (RFC 9113 §3.2).
pub const ALPN_H2: &[u8] = b"h2";

/// Which TLS versions a connection may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// TLS 1.3 alone: between the two halves of the edge, which are both ours.
    Tls13,
    /// TLS 1.2 and 1.3: to Unified CM, whose releases differ.
    Tls12And13,
}

/// Whether a server's certificate is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// It is.
    On,
    /// Whoever answers is believed.
    Off,
}

/// Where a connection goes, and who has to answer.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// One of these names must be in the server's certificate.
    pub names: Vec<String>,
    /// The application protocol to agree on, if any (RFC 7301).
    pub protocol: Option<&'static [u8]>,
    /// The versions.
    pub versions: Versions,
    /// Where it is when its name has no address.
    pub addresses: Vec<IpAddr>,
}

/// What came of dialling.
pub(crate) struct Dialled {
    /// The connection, or why there is none.
    pub(crate) outcome: Result<TlsStream<TcpStream>, ConnectFailure>,
    /// The chain that the server showed, as far as it came.
    pub(crate) peer_chain: Vec<CertificateFacts>,
}

/// What an Expressway dials with. Certificate and trusted CA list can be replaced while it runs.
pub struct Dialler {
    certificate: ArcSwap<CertifiedKey>,
    authorities: ArcSwap<Authorities>,
    /// TLS towards any server of the list, by the name that is connected to.
    https: ArcSwap<ClientConfig>,
    key_log: Option<Arc<KeyLogFile>>,
    hosts: Hosts,
    /// The address that connections come from.
    local: IpAddr,
}

impl std::fmt::Debug for Dialler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialler").field("authorities", &self.authorities.load()).finish_non_exhaustive()
    }
}

impl Dialler {
    /// Shows `identity` and trusts `trusted`.
    ///
    /// # Errors
    /// When the identity cannot be used.
    pub fn new(
        identity: &Identity,
        trusted: Vec<CertificateDer<'static>>,
        key_log: Option<Arc<KeyLogFile>>,
        hosts: Hosts,
        local: IpAddr,
    ) -> Result<Self, rustls::Error> {
        let certificate = ArcSwap::from_pointee(runtime::tls::certified_key(identity)?);
        let authorities = Arc::new(Authorities::new(trusted));
        let https = ArcSwap::from_pointee(https(&authorities)?);
        Ok(Self { certificate, authorities: ArcSwap::new(authorities), https, key_log, hosts, local })
    }

    /// From now on connections show another certificate.
    ///
    /// # Errors
    /// When the identity cannot be used; the one before stays.
    pub fn replace_identity(&self, identity: &Identity) -> Result<(), rustls::Error> {
        self.certificate.store(Arc::new(runtime::tls::certified_key(identity)?));
        Ok(())
    }

    /// From now on connections trust another list.
    ///
    /// # Errors
    /// When the provider cannot use it; the one before stays.
    pub fn replace_trusted(&self, trusted: Vec<CertificateDer<'static>>) -> Result<(), rustls::Error> {
        let authorities = Arc::new(Authorities::new(trusted));
        self.https.store(Arc::new(https(&authorities)?));
        self.authorities.store(authorities);
        Ok(())
    }

    /// A client for HTTPS that verifies the chain against the trusted CA list, and the name that is connected to. The same
    /// one as long as the list is the same.
    #[must_use]
    pub fn https(&self) -> Arc<ClientConfig> {
        self.https.load_full()
    }

    /// Names that this machine knows without asking.
    #[must_use]
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The address that connections come from.
    #[must_use]
    pub fn local(&self) -> IpAddr {
        self.local
    }

    /// Connects, and shakes hands.
    ///
    /// # Errors
    /// Why there is no connection: in TLS 1.3 the server's verdict on our certificate comes only after this has returned, as an
    /// alert on the first read.
    pub async fn dial(&self, endpoint: &Endpoint) -> Result<TlsStream<TcpStream>, ConnectFailure> {
        self.dial_and_see(endpoint).await.outcome
    }

    /// As [`Self::dial`], and says whom it met.
    pub(crate) async fn dial_and_see(&self, endpoint: &Endpoint) -> Dialled {
        let verifier = self.verifier(Some(endpoint.names.clone()));
        let seen: SeenChain = verifier.seen();
        let dialled = tokio::time::timeout(DIAL, self.connect(endpoint, verifier)).await;
        let outcome = dialled.unwrap_or(Err(ConnectFailure::TimedOut));
        Dialled { outcome, peer_chain: seen.get().cloned().unwrap_or_default() }
    }

    async fn connect(
        &self,
        endpoint: &Endpoint,
        verifier: ServerCertificateVerifier,
    ) -> Result<TlsStream<TcpStream>, ConnectFailure> {
        let socket = self.reach(endpoint).await?;
        sip_net::listener::prepare(&socket).map_err(|error| alert::failure(&error))?;
        let finding = verifier.finding();
        let config = self.config(verifier, endpoint).map_err(|error| ConnectFailure::Other(error.to_string()))?;
        let name = server_name(&endpoint.host, socket.peer_addr().ok().map(|address| address.ip()))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(|error| {
            let found = finding.get().cloned();
            found.unwrap_or_else(|| alert::failure(&error))
        })?;
        let agreed = stream.get_ref().1.alpn_protocol();
        if endpoint.protocol.is_some() && agreed != endpoint.protocol {
            return Err(ConnectFailure::Other("the peer does not agree on the application protocol".to_owned()));
        }
        Ok(stream)
    }

    async fn reach(&self, endpoint: &Endpoint) -> Result<TcpStream, ConnectFailure> {
        let mut addresses = self.hosts.resolve(&endpoint.host).await;
        if addresses.is_empty() {
            addresses.clone_from(&endpoint.addresses);
        }
        let mut last = ConnectFailure::NameNotResolved;
        for address in addresses {
            match self.reach_address(SocketAddr::new(address, endpoint.port)).await {
                Ok(socket) => return Ok(socket),
                Err(error) => last = alert::failure(&error),
            }
        }
        Err(last)
    }

    async fn reach_address(&self, remote: SocketAddr) -> io::Result<TcpStream> {
        let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if self.local.is_ipv4() == remote.is_ipv4() {
            socket.bind(SocketAddr::new(self.local, 0))?;
        }
        socket.connect(remote).await
    }

    fn verifier(&self, expected: Option<Vec<String>>) -> ServerCertificateVerifier {
        ServerCertificateVerifier::new(runtime::tls::provider(), self.authorities.load_full(), expected)
    }

    fn config(&self, verifier: ServerCertificateVerifier, endpoint: &Endpoint) -> Result<ClientConfig, rustls::Error> {
        const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
        let versions = match endpoint.versions {
            Versions::Tls13 => &[&TLS13][..],
            Versions::Tls12And13 => BOTH,
        };
        let certificate: Arc<dyn ResolvesClientCert> = Arc::new(SingleCertAndKey::from(self.certificate.load_full()));
        let mut config = ClientConfig::builder_with_provider(runtime::tls::provider())
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(certificate);
        // A connection that is resumed shows no certificate: each is verified anew.
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = endpoint.protocol.map(<[u8]>::to_vec).into_iter().collect();
        if let Some(key_log) = &self.key_log {
            config.key_log = Arc::clone(key_log) as _;
        }
        Ok(config)
    }

    /// A client for HTTPS, and where the check of the server's certificate will say what it found. With `verify` the chain must
    /// lead to the trusted CA list, and one of these names must be in the certificate.
    ///
    /// # Errors
    /// When the provider cannot make it.
    pub fn https_config(&self, names: Vec<String>, verify: Verify) -> Result<(ClientConfig, Finding), rustls::Error> {
        let provider = runtime::tls::provider();
        let verifier = match verify {
            Verify::On => self.verifier(Some(names)),
            Verify::Off => ServerCertificateVerifier::of_anyone(Arc::clone(&provider)),
        };
        let finding = verifier.finding();
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok((config, finding))
    }
}

fn https(authorities: &Arc<Authorities>) -> Result<ClientConfig, rustls::Error> {
    let provider = runtime::tls::provider();
    let verifier = ServerCertificateVerifier::new(Arc::clone(&provider), Arc::clone(authorities), None);
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn server_name(host: &str, address: Option<IpAddr>) -> Result<ServerName<'static>, ConnectFailure> {
    // A name that TLS cannot carry is not sent; the certificate is compared with the names all the same.
    ServerName::try_from(host.to_owned())
        .ok()
        .or_else(|| address.map(ServerName::from))
        .ok_or(ConnectFailure::NameNotResolved)
}

/// The names of a peer's certificate, DNS names and addresses first.
#[must_use]
pub fn names_of(certificate: Option<&CertificateDer<'_>>) -> Vec<String> {
    let facts = certificate.and_then(|certificate| certificate::CertificateFacts::of(certificate).ok());
    let Some(facts) = facts else { return Vec::new() };
    let names = peer_names(&facts);
    let mut all = names.alternative_names;
    for name in names.common_names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}
