//! What other nodes and administrators change reaches this node here: the directory, the keys, the revocations, and acts
//! on its services that were asked for on another node.

use std::sync::Arc;
use std::time::Duration;

use authorization::{AuthorizationRepository, Marks};
use directory::DirectoryRepository;
use runtime::shutdown::Stopping;
use token::UnixTime;

use super::node::Node;

/// How often keys and revocations are looked at: well below the five seconds in which a revocation takes effect everywhere.
const PERIOD: Duration = Duration::from_millis(500);

/// How often what no token needs any more is deleted.
const PURGE: Duration = Duration::from_secs(600);

/// How long codes, families and revocations are kept after their end: a day is the longest life of an access token.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long call detail records are kept. Our choice: a month is what a bill or a complaint looks back on; who wants more exports them.
const KEPT_CALLS: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Follows the directory until the node stops. While the database is away, the last snapshot stays in use.
pub(super) async fn follow_directory(node: Arc<Node>, mut stopping: Stopping) {
    loop {
        let seen = node.directory().sequence();
        tokio::select! {
            () = stopping.wait() => return,
            changed = node.store.wait_change(seen) => match changed {
                Ok(_) => take_over(&node).await,
                Err(error) => {
                    tracing::warn!(%error, "the database cannot be read; the last directory stays in use");
                    tokio::time::sleep(PERIOD).await;
                }
            },
        }
    }
}

async fn take_over(node: &Arc<Node>) {
    match node.store.load().await {
        Ok(directory) => node.replace_directory(directory),
        Err(error) => {
            tracing::warn!(%error, "the directory cannot be read; the last one stays in use");
            tokio::time::sleep(PERIOD).await;
        }
    }
    node.read_running().await;
    if let Err(error) = node.administration().take_requests().await {
        tracing::warn!(%error, "what other nodes ask of this one cannot be read");
    }
}

/// Follows keys and revocations until the node stops.
pub(super) async fn follow_tokens(node: Arc<Node>, mut stopping: Stopping) {
    let mut seen = Marks::default();
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        let now = UnixTime(runtime::clock::unix_seconds());
        match authorization::synchronize(&node.store, &node.tokens, seen, now).await {
            Ok(marks) => seen = marks,
            Err(error) => tracing::warn!(%error, "keys and revocations cannot be read; the last ones stay in use"),
        }
    }
}

/// Deletes what ended long ago, until the node stops: the database must not grow for ever.
pub(super) async fn purge(node: Arc<Node>, mut stopping: Stopping) {
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(PURGE) => {}
        }
        let now = UnixTime(runtime::clock::unix_seconds());
        if let Err(error) = node.store.purge(now.minus(KEPT)).await {
            tracing::warn!(%error, "old codes, tokens and revocations are not deleted yet");
        }
        if let Err(error) = node.store.purge_calls(now.minus(KEPT_CALLS).0).await {
            tracing::warn!(%error, "old call detail records are not deleted yet");
        }
    }
}
