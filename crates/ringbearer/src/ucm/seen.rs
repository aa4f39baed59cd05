//! What happens at the node's HTTP ports, told to its recorder: handshakes and refusals.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use observation::{Certificate, Event, Port};
use runtime::observation::Observation;
use runtime::tls::ReplaceableCertificate;
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection};
use sip_net::handshake;
use sip_net::observe::{self, Ended, Shaken};
use web::serve::{HandshakeFailure, HandshakeWatcher, Tls};

use super::node::Node;

/// A certificate that was shown, and its chain as it is told.
type Told = (Arc<CertifiedKey>, Arc<[Certificate]>);

/// Watches the handshakes of a listener.
struct Watcher {
    observation: Arc<Observation>,
    port: Port,
    local: SocketAddr,
    certificate: Arc<ReplaceableCertificate>,
    /// Read anew when another certificate is shown.
    chain: Mutex<Option<Told>>,
}

/// How a listener does TLS, with its handshakes told to the node's recorder.
pub(super) fn tls(
    node: &Node,
    (port, local): (Port, SocketAddr),
    certificate: Arc<ReplaceableCertificate>,
    config: Arc<ServerConfig>,
) -> Tls {
    let observation = Arc::clone(&node.observation);
    Tls::watched(config, Arc::new(Watcher { observation, port, local, certificate, chain: Mutex::default() }))
}

/// Tells the node's recorder what a router refuses.
pub(super) fn refusals(node: &Node, at: (Port, SocketAddr), router: Router) -> Router {
    let observation = Arc::clone(&node.observation);
    web::refused::watch(router, at, move |refusal| {
        observation.record(Event::Refusal(refusal));
    })
}

impl Watcher {
    fn chain(&self) -> Arc<[Certificate]> {
        let shown = self.certificate.shown();
        let mut known = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_ref().filter(|(of, _)| Arc::ptr_eq(of, &shown)) {
            Some((_, chain)) => Arc::clone(chain),
            None => {
                let chain = observe::certificates(&shown.cert);
                *known = Some((shown, Arc::clone(&chain)));
                chain
            }
        }
    }

    fn told(&self, remote: SocketAddr, tell: impl FnOnce(&Shaken<'_>)) {
        let own_chain = &self.chain();
        tell(&Shaken { port: self.port, local: self.local, remote, own_chain, is_mutual: false });
    }
}

impl HandshakeWatcher for Watcher {
    fn completed(&self, peer: SocketAddr, connection: &ServerConnection) {
        self.told(peer, |shaken| observe::completed(&self.observation, shaken, connection, 0));
    }

    fn failed(&self, peer: SocketAddr, failure: HandshakeFailure<'_>) {
        self.told(peer, |shaken| match failure {
            HandshakeFailure::Error(error) => {
                let detail = error.to_string();
                let ended =
                    Ended { error: handshake::of_rustls(error), ..Ended::of(handshake::reason(error), &detail) };
                observe::failed(&self.observation, shaken, &ended);
            }
            HandshakeFailure::Deadline(limit) => {
                observe::failed(&self.observation, shaken, &Ended::of("timeout", &too_long(limit)));
            }
        });
    }
}

fn too_long(limit: Duration) -> String {
    format!("the handshake took longer than {} s", limit.as_secs())
}
