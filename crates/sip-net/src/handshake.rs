//! The TLS handshake of a connection within its deadline, and the reason when it fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use callmanager::admission::PeerNames;
use callmanager::flow::{FlowId, Listener};
use certificate::CertificateFacts;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::connection::Stream;
use crate::limits;
use crate::listener::Secured;
use crate::observe::{self, Ended, Shaken};
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

/// A connection that was accepted, before its handshake.
pub(crate) struct Accepted {
    pub(crate) listener: Listener,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// The name of the flow that it becomes.
    pub(crate) flow: FlowId,
    pub(crate) at: Instant,
}

/// Shakes hands. `None` when it failed, which is logged, counted and recorded.
pub(crate) async fn accept(
    service: &Service,
    socket: TcpStream,
    accepted: &Accepted,
    secured: &Secured,
) -> Option<(Stream, Option<Peer>)> {
    let Accepted { listener, local, remote, flow, at } = *accepted;
    let is_mutual = matches!(secured.port, TlsPort::Mutual(_));
    let shaken = Shaken { listener, local, remote, own_chain: &secured.chain, is_mutual };
    let (config, check) = match secured.port.for_connection() {
        Ok(made) => made,
        Err(error) => {
            fail(service, &shaken, &Ended::of("configuration", &error.to_string()));
            return None;
        }
    };
    let deadline = (at + limits::HANDSHAKE).into();
    match tokio::time::timeout_at(deadline, TlsAcceptor::from(config).accept(socket)).await {
        Ok(Ok(stream)) => {
            observe::completed(&service.observation, &shaken, stream.get_ref().1, flow.0);
            let peer = check.and_then(|check| admitted(&stream, remote, &check));
            Some((Stream::Tls(Box::new(stream)), peer))
        }
        Ok(Err(error)) => {
            let refusal = check.as_ref().and_then(|check| check.refusal());
            let detail = error.to_string();
            let ended = Ended {
                error: of_rustls(&error),
                refusal,
                peer_chain: check.as_ref().map_or(&[], |check| check.refused_chain()),
                ..Ended::of(refusal.map_or_else(|| reason(&error), |refusal| refusal.code()), &detail)
            };
            fail(service, &shaken, &ended);
            None
        }
        Err(_) => {
            fail(service, &shaken, &Ended::of("timeout", "the handshake took longer than 10 s"));
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
    let Some(error) = of_rustls(error) else { return "connection-lost" };
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

fn of_rustls(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn fail(service: &Service, shaken: &Shaken<'_>, ended: &Ended<'_>) {
    let (&Shaken { listener, remote, .. }, &Ended { reason, detail, .. }) = (shaken, ended);
    service.counters.count("handshake-failed", reason);
    tracing::info!(?listener, %remote, reason, detail, "TLS handshake failed");
    observe::failed(&service.observation, shaken, ended);
    service.observer.handshake_failed(&HandshakeFailure { listener, remote, reason, detail: detail.to_owned() });
}
