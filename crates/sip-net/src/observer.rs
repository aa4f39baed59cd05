//! Who is told what happens on the line side: the node's pages, its location table, its call records.

use std::net::SocketAddr;
use std::sync::Arc;

use callmanager::call::CallDetailRecord;
use callmanager::flow::{Flow, Listener};
use callmanager::registrar::{Binding, UnregistrationReason};
use callmanager::station::refusal::Refusal;

/// A TLS handshake that failed.
#[derive(Debug, Clone)]
pub struct HandshakeFailure {
    /// The port.
    pub listener: Listener,
    /// The peer.
    pub remote: SocketAddr,
    /// The reason code: of the certificate's refusal, or of the handshake.
    pub reason: &'static str,
    /// What rustls says, or the limit that was reached.
    pub detail: String,
}

/// Hears what happens. Called from the tasks of connections and calls: it must not wait, and hand on what takes time.
pub trait Observer: Send + Sync + 'static {
    /// A device registered.
    fn registered(&self, _binding: &Arc<Binding>) {}
    /// A registration ended.
    fn unregistered(&self, _binding: &Arc<Binding>, _reason: UnregistrationReason) {}
    /// A request was refused.
    fn refused(&self, _flow: &Flow, _refusal: &Refusal) {}
    /// A TLS handshake failed.
    fn handshake_failed(&self, _failure: &HandshakeFailure) {}
    /// A call is over.
    fn call_ended(&self, _record: &CallDetailRecord) {}
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
