//! Ends registrations that revocations or the directory no longer allow, and the connections of edges that are no longer
//! listed, within a second of the change (AUT-8, EDG-2).
//!
//! Each station asks anew at the next REGISTER; this is for those whose next REGISTER is far.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use callmanager::node_view::NodeView;
use tokio::sync::watch;

use crate::flows::Mail;
use crate::limits;
use crate::service::Service;

/// Looks for changes until the service ends.
pub(crate) async fn watch(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let mut seen = generation(&service);
    let mut edges_told = true;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(limits::SWEEP) => {}
        }
        let current = generation(&service);
        if current != seen {
            seen = current;
            edges_told = sweep(&service);
        } else if !edges_told {
            edges_told = service.edges.review(&service.counters);
        }
    }
}

/// What every registration rests on.
fn generation(service: &Service) -> (token::Freshness, u64, u64) {
    let view = service.node.view();
    (view.freshness(), view.directory().sequence(), service.trust_changes.load(Ordering::Relaxed))
}

/// Looks at every edge and every registration once. False when an edge is yet to be told.
pub(crate) fn sweep(service: &Service) -> bool {
    let edges_told = service.edges.review(&service.counters);
    let view = service.node.view();
    for (binding, handle) in service.registrar.all() {
        if let Some(reason) = binding.ended_by(view.directory(), |token| view.is_revoked(token)) {
            // A flow whose mailbox is full or gone ends by itself.
            let _ = handle.send(Mail::End(binding, reason));
        }
    }
    edges_told
}

/// Closes all stream connections, spread over this time, so that the devices do not come back all at once.
pub(crate) async fn close_all(service: &Service, spread: Duration) {
    let handles = service.flows.all();
    let count = u32::try_from(handles.len()).unwrap_or(u32::MAX).max(1);
    // A pause for each hundredth keeps the timer out of it.
    let step = (handles.len() / 100).max(1);
    for chunk in handles.chunks(step) {
        for handle in chunk {
            let _ = handle.send(Mail::Close(callmanager::registrar::UnregistrationReason::CallManagerRestart));
        }
        let share = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
        tokio::time::sleep(spread.saturating_mul(share) / count).await;
    }
}
