//! What the machines may look up, from what the node shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use arc_swap::{ArcSwap, Guard};
use authorization::{AccessTokenError, AccessTokens};
use callmanager::call::limits::Occupancy;
use callmanager::node_view::{NodeView, Now, RunningSettings};
use directory::Directory;
use token::{Freshness, UnixTime, VerifiedAccessToken};

/// The node, as its line side knows it.
pub(crate) struct Node {
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) access_tokens: Arc<AccessTokens>,
    pub(crate) settings: RunningSettings,
    pub(crate) occupancy: Occupancy,
    /// For how many seconds what is new is sent elsewhere; 0: it is taken.
    pub(crate) draining: AtomicU32,
}

impl Node {
    /// A view of this moment: the directory stays the same while it is held.
    pub(crate) fn view(&self) -> View<'_> {
        View { node: self, directory: self.directory.load() }
    }
}

/// Both clocks.
pub(crate) fn now() -> Now {
    Now { monotonic: instant(), unix: UnixTime(runtime::clock::unix_seconds()) }
}

/// Monotonic time alone: the runtime's, which a test can stop.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// A view of one moment.
pub(crate) struct View<'a> {
    node: &'a Node,
    directory: Guard<Arc<Directory>>,
}

impl NodeView for View<'_> {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn running(&self) -> &RunningSettings {
        &self.node.settings
    }

    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, AccessTokenError> {
        self.node.access_tokens.verify(token, now)
    }

    fn freshness(&self) -> Freshness {
        self.node.access_tokens.freshness()
    }

    fn is_revoked(&self, token: &VerifiedAccessToken) -> bool {
        self.node.access_tokens.is_revoked(token)
    }

    fn draining(&self) -> Option<u32> {
        Some(self.node.draining.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    fn occupancy(&self) -> &Occupancy {
        &self.node.occupancy
    }

    fn random(&self, bytes: &mut [u8]) {
        runtime::random::fill(bytes);
    }
}
