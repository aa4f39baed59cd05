//! The connections of Expressway-C nodes, so that one can be shut out again (EDG-2).
//!
//! A handshake on 5091 admits a certificate by what holds then: tomcat-trust and the rows of `expresswaycconfiguration`. When either
//! changes, every connection is held against it anew, and one that would not be let in today is closed. Its devices are
//! unregistered, and find another way or none.
//!
//! Our choices: a changed tomcat-trust counts for 5091 at once, without a restart of the service; an edge whose certificate expires
//! while it is connected stays until something changes or it connects again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callmanager::admission::CertificateRefusal;
use callmanager::flow::{Flow, FlowId};
use callmanager::registrar::UnregistrationReason;
use rustls::pki_types::CertificateDer;

use crate::counters::Counters;
use crate::flows::{FlowHandle, Mail};
use crate::tls::{ClientTrust, MutualPort};

/// The edges that are connected, and the port that admitted them.
pub(crate) struct Edges {
    port: Arc<MutualPort>,
    connected: Mutex<HashMap<FlowId, Edge>>,
}

struct Edge {
    handle: FlowHandle,
    chain: Vec<CertificateDer<'static>>,
    flow: Flow,
}

impl Edges {
    pub(crate) fn new(port: Arc<MutualPort>) -> Self {
        Self { port, connected: Mutex::default() }
    }

    /// Trusts other authorities from now on.
    pub(crate) fn retrust(&self, trust: ClientTrust) {
        self.port.retrust(Arc::new(trust));
    }

    /// An edge is connected. What changed since its handshake counts too.
    pub(crate) fn insert(
        &self,
        handle: FlowHandle,
        flow: &Flow,
        chain: Vec<CertificateDer<'static>>,
        counters: &Counters,
    ) {
        let edge = Edge { handle, chain, flow: flow.clone() };
        self.lock().insert(flow.id, edge);
        self.review(counters);
    }

    /// Where each comes from, with the names in its certificate.
    pub(crate) fn all(&self) -> Vec<(SocketAddr, Vec<String>)> {
        let names = |flow: &Flow| flow.peer_names.iter().flat_map(|names| names.iter()).map(str::to_owned).collect();
        let mut all: Vec<_> = self.lock().values().map(|edge| (edge.flow.remote, names(&edge.flow))).collect();
        all.sort();
        all
    }

    pub(crate) fn remove(&self, flow: FlowId) {
        self.lock().remove(&flow);
    }

    /// Closes the connections of edges that would not be let in any more. False when one could not be told, and must be told again.
    pub(crate) fn review(&self, counters: &Counters) -> bool {
        let mut all_told = true;
        self.lock().retain(|_, edge| {
            let Err(refusal) = self.port.admits(&edge.chain) else { return true };
            let is_told = edge.shut_out(refusal, counters);
            all_told &= is_told;
            !is_told
        });
        all_told
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FlowId, Edge>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edge {
    fn shut_out(&self, refusal: CertificateRefusal, counters: &Counters) -> bool {
        if self.handle.send(Mail::Close(UnregistrationReason::EdgeRevoked)).is_err() {
            return false;
        }
        counters.count("edge-revoked", refusal.code());
        let names = self.flow.peer_names.iter().flat_map(|names| names.iter()).collect::<Vec<_>>().join(", ");
        tracing::warn!(
            flow = self.flow.id.0, remote = %self.flow.remote, names, reason = refusal.code(),
            "an Expressway-C is not admitted any more: its connection is closed"
        );
        true
    }
}
