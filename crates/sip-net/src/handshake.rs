//! The TLS handshake of a connection within its deadline, and the reason when it fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use callmanager::admission::PeerNames;
use callmanager::flow::Listener;
use runtime::certificate::CertificateFacts;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::connection::Stream;
use crate::limits;
use crate::observer::HandshakeFailure;
use crate::service::Service;
use crate::tls::{PeerCheck, TlsPort, peer_names};

/// The certificates of a peer that was admitted by them.
pub(crate) struct Peer {
    /// The names in its own.
    pub(crate) names: Arc<PeerNames>,
    /// Its own, and those that it sent along.
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

/// Shakes hands. `None` when it failed, which is logged and counted.
pub(crate) async fn accept(
    service: &Service,
    socket: TcpStream,
    (listener, remote): (Listener, SocketAddr),
    port: &TlsPort,
    accepted_at: Instant,
) -> Option<(Stream, Option<Peer>)> {
    let (config, check) = match port.for_connection() {
        Ok(made) => made,
        Err(error) => {
            fail(service, listener, remote, "configuration", error.to_string());
            return None;
        }
    };
    let deadline = (accepted_at + limits::HANDSHAKE).into();
    match tokio::time::timeout_at(deadline, TlsAcceptor::from(config).accept(socket)).await {
        Ok(Ok(stream)) => {
            let peer = check.and_then(|check| admitted(&stream, remote, &check));
            Some((Stream::Tls(Box::new(stream)), peer))
        }
        Ok(Err(error)) => {
            let refusal = check.and_then(|check| check.refusal());
            fail(
                service,
                listener,
                remote,
                refusal.map_or_else(|| reason(&error), |refusal| refusal.code()),
                error.to_string(),
            );
            None
        }
        Err(_) => {
            fail(service, listener, remote, "timeout", "the handshake took longer than 10 s".into());
            None
        }
    }
}

fn admitted(
    stream: &tokio_rustls::server::TlsStream<TcpStream>,
    remote: SocketAddr,
    check: &PeerCheck,
) -> Option<Peer> {
    let (_, connection) = stream.get_ref();
    let chain = connection.peer_certificates()?;
    let facts = CertificateFacts::of(chain.first()?).ok()?;
    let relaxations: Vec<_> = check.relaxations().iter().map(|relaxation| relaxation.code()).collect();
    tracing::info!(%remote, subject = %facts.subject, issuer = %facts.issuer, ?relaxations, "client certificate admitted");
    Some(Peer {
        names: Arc::new(peer_names(&facts)),
        chain: chain.iter().map(|one| one.clone().into_owned()).collect(),
    })
}

/// A reason code for what is not a matter of the certificate.
#[must_use]
pub fn reason(error: &std::io::Error) -> &'static str {
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) else {
        return "connection-lost";
    };
    match error {
        rustls::Error::NoCertificatesPresented => "certificate-required",
        rustls::Error::AlertReceived(rustls::AlertDescription::UnknownCA) => "peer-says-unknown-ca",
        rustls::Error::AlertReceived(_) => "alert-received",
        rustls::Error::PeerIncompatible(_) => "incompatible",
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => "not-tls",
        rustls::Error::PeerMisbehaved(_) => "misbehaved",
        rustls::Error::InvalidCertificate(_) => "certificate-unreadable",
        _ => "other",
    }
}

fn fail(service: &Service, listener: Listener, remote: SocketAddr, reason: &'static str, detail: String) {
    service.counters.count("handshake-failed", reason);
    tracing::info!(?listener, %remote, reason, detail, "TLS handshake failed");
    service.observer.handshake_failed(&HandshakeFailure { listener, remote, reason, detail });
}
