//! TLS towards a node: its own certificate is the one that is trusted.

use std::io::Result;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A connection.
pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Connects, trusting the certificate in `trust` alone.
pub fn connect(server: SocketAddr, trust: &Path) -> Result<TlsStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trust).expect("a certificate")).expect("an anchor");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::IpAddress(server.ip().into());
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    Ok(StreamOwned::new(connection, TcpStream::connect(server)?))
}
