//! `/live`: what happens on this node, to be looked at: registrations, ladders, handshakes, and why something was refused.
//!
//! The pages read the node's recorder and what the node itself knows ([`Watched`]). They are whole without a script; with one, each
//! is fetched anew when `events` says that something changed, no more often than once a second. Everything that a peer chose
//! (names, agents, messages) is text in a template, so it is escaped there.

mod chart;
mod dashboard;
mod events;
mod handshakes;
mod ladder;
mod place;
mod query;
mod refusals;
mod registrations;
mod when;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use axum::routing::{get, post};
use callmanager::registrar::Binding;
use directory::Directory;
use runtime::observation::Observation;
use runtime::shutdown::Stopping;
use token::UnixTime;
use tokio::sync::Semaphore;

use crate::surface::{Menu, MenuItem, Surface};

/// What a node knows of itself at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeState {
    /// Whether the CallManager service runs with SIP OAuth mode; `None` while it does not run.
    pub sip_oauth_mode: Option<bool>,
    /// What waits for a restart: keys of the catalogues.
    pub staged: Vec<&'static str>,
    /// The services: name, and why it does not run, if it does not.
    pub services: Vec<(String, Option<String>)>,
    /// The node's own certificates: name, subject, seconds since 1970 at which it ends.
    pub certificates: Vec<(String, String, i64)>,
    /// The keys of access tokens: which (a key of the catalogues), its hash.
    pub keys: Vec<(&'static str, String)>,
    /// When those keys were made, where that is known.
    pub keys_made: Option<UnixTime>,
    /// Calls now.
    pub calls: usize,
}

/// A node as these pages see it.
#[async_trait]
pub trait Watched: Send + Sync + 'static {
    /// The node's name.
    fn name(&self) -> String;
    /// What the administrator set.
    fn directory(&self) -> Arc<Directory>;
    /// Every device that is registered here.
    fn registrations(&self) -> Vec<Arc<Binding>>;
    /// What it knows of itself.
    async fn state(&self) -> NodeState;
    /// Ends the registration of a device at the wish of this administrator, and writes it into the audit log. False when there was
    /// none.
    async fn end_registration(&self, device: &str, administrator: &str) -> Result<bool, String>;
    /// The time.
    fn now(&self) -> UnixTime;
}

/// What the pages work on.
#[derive(Clone)]
pub struct Live {
    node: Arc<dyn Watched>,
    observation: Arc<Observation>,
    stopping: Stopping,
    /// One for each browser that listens.
    listeners: Arc<Semaphore>,
}

impl Live {
    /// The pages of this node.
    #[must_use]
    pub fn new(node: Arc<dyn Watched>, observation: Arc<Observation>, stopping: Stopping) -> Self {
        Self { node, observation, stopping, listeners: Arc::new(Semaphore::new(events::LISTENERS)) }
    }
}

/// The pages.
pub fn surface(live: Live) -> Surface {
    const ITEMS: &[MenuItem] = &[
        MenuItem { title: "Dashboard", path: "/live/" },
        MenuItem { title: "Registrations", path: "/live/registrations" },
        MenuItem { title: "SIP ladder", path: "/live/ladder" },
        MenuItem { title: "TLS handshakes", path: "/live/handshakes" },
        MenuItem { title: "Refusals", path: "/live/refusals" },
    ];
    Surface::over(live)
        .menu(Menu { title: "Live", items: ITEMS })
        .entrance("/live", "/live/")
        .read("/live/", get(dashboard::get))
        .read("/live/registrations", get(registrations::get))
        .write("/live/registrations/end", post(registrations::end))
        .read("/live/ladder", get(ladder::get))
        .read("/live/handshakes", get(handshakes::list))
        .read("/live/handshakes/{number}", get(handshakes::one))
        .read("/live/refusals", get(refusals::list))
        .read("/live/refusals/{number}", get(refusals::one))
        .read("/live/events", get(events::get))
        .build()
}
