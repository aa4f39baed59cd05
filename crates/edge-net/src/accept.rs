//! Who connects to an Expressway: accepted, within bounds, and through the handshake within its deadline.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use callmanager::admission::CertificateRefusal;
use edge::{ConnectFailure, SentBy};
use runtime::certificate::CertificateFacts;
use runtime::shutdown::Stopping;
use sip::transport::Newcomers;
use sip_net::tls::TlsPort;
use sip_net::{handshake, limits, listener};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::driver;
use crate::monitor::Monitor;
use crate::record::{Agreed, Broken, HandshakeRecord, Leg};

/// Connections of a port, handshakes among them.
const CONNECTIONS: usize = 250_000;
/// Handshakes under way at a port, shared out among sources. Beyond, a new connection is closed at once.
const HANDSHAKES: usize = 30_000;

/// A port with TLS whose certificate and trust can be replaced while it is open.
pub(crate) struct Port {
    /// Its name in logs: `sip`, `traversal`.
    pub(crate) name: &'static str,
    /// What its handshakes are for.
    leg: Leg,
    pub(crate) tls: ArcSwap<TlsPort>,
    pub(crate) monitor: Arc<Monitor>,
    handshakes: Mutex<Newcomers>,
    connections: AtomicUsize,
}

/// A connection that is through its handshake.
pub(crate) struct Accepted {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    counted: Counted,
}

/// Counts a connection for as long as it is held.
struct Counted(Arc<Port>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts a handshake of a source while it is under way.
struct UnderWay(Arc<Port>, IpAddr);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.handshakes().leave(self.1);
    }
}

impl Port {
    pub(crate) fn new(name: &'static str, leg: Leg, tls: TlsPort, monitor: Arc<Monitor>) -> Arc<Self> {
        let tls = ArcSwap::from_pointee(tls);
        let handshakes = Mutex::new(Newcomers::new(HANDSHAKES));
        Arc::new(Self { name, leg, tls, monitor, handshakes, connections: AtomicUsize::new(0) })
    }

    /// Takes a connection in, if there is room for one more of its source.
    fn admit(self: &Arc<Self>, source: IpAddr) -> Option<(UnderWay, Counted)> {
        let mut handshakes = self.handshakes();
        if !handshakes.has_room(source) || self.connections.load(Ordering::Relaxed) >= CONNECTIONS {
            return None;
        }
        handshakes.enter(source);
        self.connections.fetch_add(1, Ordering::Relaxed);
        Some((UnderWay(Arc::clone(self), source), Counted(Arc::clone(self))))
    }

    fn handshakes(&self) -> MutexGuard<'_, Newcomers> {
        self.handshakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, remote: SocketAddr, reason: &'static str, alert: Option<(String, SentBy)>, detail: &str) {
        self.monitor.count("handshake-failed", reason);
        let broken = Broken { code: reason, alert: alert.clone(), detail: detail.to_owned() };
        self.record(remote, Err(broken), Vec::new());
        let (alert, sent_by) = alert.unzip();
        let sent_by = sent_by.map(|sender| if sender == SentBy::Us { "us" } else { "the peer" });
        tracing::info!(port = self.name, %remote, reason, alert, sent_by, detail, "TLS handshake failed");
    }

    fn record(&self, remote: SocketAddr, outcome: Result<Agreed, Broken>, peer_chain: Vec<CertificateFacts>) {
        self.monitor.handshake(HandshakeRecord {
            at: runtime::clock::unix_seconds(),
            number: 0,
            leg: self.leg.clone(),
            remote: remote.to_string(),
            outcome,
            peer_chain,
        });
    }
}

/// Takes connections until the process stops. Each is served by a task of its own.
pub(crate) async fn run<F, S>(port: Arc<Port>, socket: TcpListener, mut stopping: Stopping, serve: F)
where
    F: Fn(Accepted) -> S + Clone + Send + Sync + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let mut last_complaint: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            () = stopping.wait() => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => {
                let Some(admitted) = port.admit(remote.ip()) else {
                    port.monitor.count("connection-closed", "too-many");
                    continue;
                };
                let (port, serve) = (Arc::clone(&port), serve.clone());
                tokio::spawn(async move {
                    if let Some(accepted) = Box::pin(shake_hands(&port, stream, remote, admitted)).await {
                        serve(accepted).await;
                    }
                });
            }
            Err(error) if listener::is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors or memory: the connection stays in the backlog, and asking again at once would spin.
                let now = driver::instant();
                if last_complaint.is_none_or(|at| now.duration_since(at).as_secs() >= 1) {
                    last_complaint = Some(now);
                    port.monitor.count("accept-failed", "resources");
                    tracing::warn!(port = port.name, %error, "no connection can be accepted");
                }
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn shake_hands(
    port: &Port,
    socket: TcpStream,
    remote: SocketAddr,
    (_under_way, counted): (UnderWay, Counted),
) -> Option<Accepted> {
    listener::prepare(&socket).ok()?;
    let local = socket.local_addr().ok()?;
    let (config, check) = match port.tls.load().for_connection() {
        Ok(made) => made,
        Err(error) => {
            port.fail(remote, "configuration", None, &error.to_string());
            return None;
        }
    };
    match tokio::time::timeout(limits::HANDSHAKE, TlsAcceptor::from(config).accept(socket)).await {
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let chain = connection.peer_certificates().unwrap_or_default().iter();
            let chain = chain.filter_map(|certificate| CertificateFacts::of(certificate).ok()).collect();
            port.record(remote, Ok(Agreed::of(connection)), chain);
            Some(Accepted { stream, local, remote, counted })
        }
        Ok(Err(error)) => {
            match check.and_then(|check| check.refusal()) {
                Some(refusal) => {
                    let alert = (alert_of(refusal).to_owned(), SentBy::Us);
                    port.fail(remote, refusal.code(), Some(alert), &error.to_string());
                }
                None => {
                    let alert = match crate::tls::alert::failure(&error) {
                        ConnectFailure::UnknownCa(SentBy::Peer) => Some(("unknown_ca".to_owned(), SentBy::Peer)),
                        ConnectFailure::Alert(SentBy::Peer, alert) => Some((alert, SentBy::Peer)),
                        _ => None,
                    };
                    port.fail(remote, handshake::reason(&error), alert, &error.to_string());
                }
            }
            None
        }
        Err(_) => {
            port.fail(remote, "timeout", None, "the handshake took longer than 10 s");
            None
        }
    }
}

impl Accepted {
    /// The connection, and what counts it for as long as it is held.
    pub(crate) fn into_parts(self) -> (TlsStream<TcpStream>, impl Sized + Send) {
        (self.stream, self.counted)
    }
}

/// The alert that a refusal is on the wire (RFC 8446 §6.2).
fn alert_of(refusal: CertificateRefusal) -> &'static str {
    match refusal {
        CertificateRefusal::Unreadable => "bad_certificate",
        CertificateRefusal::UnknownAuthority => "unknown_ca",
        CertificateRefusal::Expired | CertificateRefusal::NotYetValid => "certificate_expired",
        CertificateRefusal::NotForClients => "unsupported_certificate",
        CertificateRefusal::NameNotListed => "access_denied",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_2_handshakes_of_one_source_leave_room_for_another() {
        let folder = std::env::temp_dir().join(format!("ringbearer-handshakes-{}", std::process::id()));
        let request = runtime::identity::IdentityRequest {
            common_name: "exp-e".to_owned(),
            alternative_names: vec!["exp-e".to_owned()],
            key: runtime::identity::KeyKind::default(),
        };
        let identity = runtime::identity::Identity::regenerate(&folder, &request).unwrap();
        let tls = TlsPort::server_only(&identity, None).unwrap();
        let port = Port::new("sip", Leg::Phone, tls, Arc::new(Monitor::default()));
        let [greedy, other]: [IpAddr; 2] = ["198.51.100.66".parse().unwrap(), "198.51.100.7".parse().unwrap()];
        let mut held: Vec<_> = std::iter::from_fn(|| port.admit(greedy)).collect();
        assert_eq!(held.len(), HANDSHAKES / 2);
        held.push(port.admit(other).unwrap());
        drop(held);
        assert_eq!((port.handshakes().count(), port.connections.load(Ordering::Relaxed)), (0, 0));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
