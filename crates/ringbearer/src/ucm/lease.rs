//! The node's lease in the cluster database: while it runs, the node is alive and its devices are its own.

use std::sync::Arc;
use std::time::Duration;

use directory::DirectoryRepository;
use runtime::shutdown::Stopping;

use super::node::Node;

/// How long the node's devices count as its own after it was last heard of.
const LEASE_SECONDS: u64 = 30;
/// How often the lease is renewed.
const RENEWAL: Duration = Duration::from_secs(10);

/// Renews the lease until the node stops.
pub(super) async fn keep(node: Arc<Node>, mut stopping: Stopping) {
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(RENEWAL) => renew(&node).await,
        }
    }
}

/// Renews the lease.
pub(super) async fn renew(node: &Node) {
    let until = runtime::clock::unix_seconds() + LEASE_SECONDS;
    if let Err(error) = node.store.renew_lease(&node.name, until).await {
        tracing::warn!(%error, "the node's lease could not be renewed");
    }
}
