//! A device that registers on another node of the cluster leaves this one: the newer registration wins, as it does on one node.
//!
//! A phone that moves closes its connection here by itself, and nothing is left to do. But a phone behind an edge moves without a sign,
//! for the edge's connections to both nodes stay; and two clients with one device name may hold a node each. So this node looks which
//! of its devices others have claimed. Our choice: by asking the database every two seconds, since a claim is no change of the
//! directory and must not make every node read that again.

use std::sync::Arc;
use std::time::Duration;

use runtime::shutdown::Stopping;

use super::node::Node;

/// How often claims of other nodes are looked for.
const PERIOD: Duration = Duration::from_secs(2);

/// How far back, in seconds: a claim may be written late, and by a clock that goes a little behind.
const WINDOW: u64 = 30;

/// A registration so young, in seconds, may be newer than what the database says of it.
const SETTLED: u64 = 3;

/// Ends registrations of devices that are elsewhere, until the node stops.
pub(super) async fn follow(node: Arc<Node>, mut stopping: Stopping) {
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        let now = runtime::clock::unix_seconds();
        match node.store.claimed_elsewhere(&node.name, now.saturating_sub(WINDOW)).await {
            Ok(claimed) => {
                for location in claimed {
                    node.call_manager.device_moved(&location, now.saturating_sub(SETTLED));
                }
            }
            Err(error) => tracing::warn!(%error, "devices that moved to other nodes are not noticed yet"),
        }
    }
}
