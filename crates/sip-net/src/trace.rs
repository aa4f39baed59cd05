//! What of a message may be written to a log: everything but tokens, digests and media keys.

use callmanager::flow::Flow;
use observation::mask;

/// Logs a message that came in, at trace level.
pub(crate) fn received(flow: &Flow, message: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        tracing::trace!(flow = flow.id.0, remote = %flow.remote, message = %mask(message), "received");
    }
}

/// Logs a message that went out, at trace level.
pub(crate) fn sent(flow: &Flow, message: &[u8]) {
    if tracing::enabled!(tracing::Level::TRACE) {
        tracing::trace!(flow = flow.id.0, remote = %flow.remote, message = %mask(message), "sent");
    }
}
