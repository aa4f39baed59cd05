//! Clients that speak SIP as text, over TLS, TCP and UDP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificates::ClientIdentity;

/// A connected client.
pub(crate) struct Client<S = TlsStream<TcpStream>> {
    pub(crate) stream: S,
    pub(crate) local: SocketAddr,
    buffer: Vec<u8>,
}

/// Takes any certificate: which one the server shows is not these tests' matter.
#[derive(Debug)]
struct AnyServer(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The TLS settings of a client, with a certificate or without.
pub(crate) fn tls(
    identity: Option<ClientIdentity>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let provider = runtime::tls::provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider)));
    match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain, identity.key).unwrap(),
        None => builder.with_no_client_auth(),
    }
}

impl Client {
    /// Connects over TLS without a certificate.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address, tls(None, rustls::DEFAULT_VERSIONS)).await.unwrap()
    }

    /// Connects with these settings, and reads until the server has accepted the certificate or refused it.
    pub(crate) async fn try_connect(address: SocketAddr, config: ClientConfig) -> io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        let local = socket.local_addr()?;
        let name = ServerName::try_from("ucm-pub").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        Ok(Self { stream, local, buffer: Vec::new() })
    }
}

impl Client<TcpStream> {
    /// Connects over TCP.
    pub(crate) async fn connect_tcp(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { local: stream.local_addr().unwrap(), stream, buffer: Vec::new() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Sends text.
    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next message, or `None` at the end.
    pub(crate) async fn receive(&mut self) -> Option<String> {
        loop {
            if let Some(length) = whole_message(&self.buffer) {
                let message: Vec<u8> = self.buffer.drain(..length).collect();
                return Some(String::from_utf8(message).unwrap());
            }
            let mut octets = [0; 4096];
            match self.stream.read(&mut octets).await {
                Ok(0) | Err(_) => return None,
                Ok(length) => self.buffer.extend_from_slice(&octets[..length]),
            }
        }
    }

    /// Sends, and gives back the next message.
    pub(crate) async fn ask(&mut self, text: impl AsRef<[u8]>) -> String {
        self.send(text).await;
        self.receive().await.expect("an answer")
    }

    /// Reads to the end; what came.
    pub(crate) async fn read_to_end(&mut self) -> (Vec<u8>, Option<io::Error>) {
        let mut octets = std::mem::take(&mut self.buffer);
        let error = self.stream.read_to_end(&mut octets).await.err();
        (octets, error)
    }
}

fn whole_message(octets: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(octets);
    let head = text.find("\r\n\r\n")? + 4;
    let length = text[..head].split("\r\n").find_map(|line| line.strip_prefix("Content-Length: "))?;
    let whole = head + length.parse::<usize>().unwrap();
    (octets.len() >= whole).then_some(whole)
}
