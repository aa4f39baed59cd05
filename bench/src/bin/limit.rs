//! The limit to compare a SIP server with: a TLS server that frames each request and answers a canned 200.
//!
//! It parses no header but Content-Length, checks no token and keeps no state, so nothing that does a registrar's work
//! on the same runtime and TLS library can be faster. One task a connection, as in the product.
//!
//! Usage: `limit ADDRESS:PORT CERTIFICATE.pem KEY.pem`

use std::process::ExitCode;
use std::sync::Arc;

use memchr::memmem;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const ANSWER: &[u8] = b"SIP/2.0 200 OK\r\n\
    Via: SIP/2.0/TLS 127.0.0.1:1;branch=z9hG4bK0000000000000000\r\n\
    From: <sip:700000@127.0.0.1>;tag=0050560000000000\r\n\
    To: <sip:700000@127.0.0.1>;tag=1915868308\r\n\
    Date: Mon, 30 Mar 2020 11:03:31 GMT\r\n\
    Call-ID: 00505600-00000000-00001c0b-00000cfa@127.0.0.1\r\n\
    Server: limit\r\n\
    CSeq: 101 REGISTER\r\n\
    Expires: 120\r\n\
    Contact: <sip:00000000-0000-4000-8000-000000000000@127.0.0.1:1;transport=tls>;video\r\n\
    Supported: X-cisco-srtp-fallback,X-cisco-sis-9.1.0\r\n\
    Content-Length: 0\r\n\r\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, certificate, key] = arguments.as_slice() else {
        eprintln!("usage: limit ADDRESS:PORT CERTIFICATE.pem KEY.pem");
        return ExitCode::from(2);
    };
    match serve(address, certificate, key) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("limit: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(address: &str, certificate: &str, key: &str) -> Result<(), Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(address).await?;
    println!("ready");
    loop {
        let (tcp, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A connection that fails is the peer's affair.
            let _ = answer(acceptor, tcp).await;
        });
    }
}

async fn answer(acceptor: TlsAcceptor, tcp: TcpStream) -> std::io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut stream = acceptor.accept(tcp).await?;
    let mut received = Vec::new();
    while stream.read_buf(&mut received).await? > 0 {
        while let Some(length) = request_length(&received) {
            received.drain(..length);
            stream.write_all(ANSWER).await?;
            stream.flush().await?;
        }
        if received.is_empty() {
            // An idle connection holds no buffer.
            received = Vec::new();
        }
    }
    Ok(())
}

/// The length of the first whole request.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let end = memmem::find(bytes, b"\r\n\r\n")?;
    let head = bytes.get(..end)?;
    let value = memmem::find(head, b"\r\nContent-Length:").and_then(|at| head.get(at + 17..)).unwrap_or_default();
    let line = value.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let body: usize = std::str::from_utf8(line.trim_ascii()).ok()?.parse().unwrap_or(0);
    (bytes.len() >= end + 4 + body).then_some(end + 4 + body)
}
