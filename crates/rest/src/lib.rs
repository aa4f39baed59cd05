//! `/api/v1/`: the REST interface of a node, for the same objects as AXL and the pages, and its OpenAPI 3.1 document.
//!
//! Every address is a row of one table: from it come the router, the check of the scope and the document at
//! `/api/v1/openapi.json`, so that none of the three can say what the others do not. What an object may be is the directory's to
//! say; here is only what its members are called.
//!
//! A program shows an API token (RFC 6750 §2.1). An object's ETag is its version; a change needs `If-Match` (RFC 9110 §13.1.1,
//! RFC 6585 §3). PATCH is a merge patch (RFC 7396). Whatever is refused is refused with problem details (RFC 9457), whose `type`
//! is one of a few names that do not change.
//!
//! Our choices: members that an object does not have, and members that come twice, are refused by name; a list is read forwards,
//! by a cursor that names the last item, so that nothing is shown twice while others write; a token's requests are counted for
//! the token, and its owner's role is asked for at each.

mod access;
mod api;
mod audit;
mod call_records;
mod context;
mod document;
mod events;
mod feed;
mod happening;
mod idempotency;
mod json;
mod merge_patch;
mod node_state;
mod page;
mod parameters;
mod precondition;
mod problem;
mod query;
mod registrations;
mod resource;
mod route;
mod tokens;
mod webhooks;

use std::net::IpAddr;
use std::sync::Arc;

use authorization::{ApiTokenRepository, AuthorizationServer, PasswordVerifier};
use axum::Router;
use directory::{Directory, DirectoryRepository, WebhookRepository};
use runtime::clock::Reading;
use runtime::observation::Observation;
use runtime::shutdown::Stopping;
use serde_json::Value;
use tokio::sync::Semaphore;
use web::passwords::HashQueue;
use web::registrations::Registrations;

pub use call_records::{CallRecord, CallRecords};

/// Where the interface begins.
pub const PREFIX: &str = "/api/v1";

/// What the interface works on.
pub struct Rest {
    /// Signs in whoever makes a token, with the lock-out that all web services share; revokes what users hold.
    pub server: Arc<AuthorizationServer>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Hashes new ones.
    pub hashes: Arc<HashQueue>,
    /// Gives the directory as the node has it: for the role of whoever asks, which works while the database is away.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// What operations read and write.
    pub repository: Arc<dyn DirectoryRepository>,
    /// API tokens.
    pub tokens: Arc<dyn ApiTokenRepository>,
    /// The devices that are registered with this node.
    pub registrations: Arc<dyn Registrations>,
    /// Calls that ended.
    pub call_records: Arc<dyn CallRecords>,
    /// What happens on the node.
    pub observation: Arc<Observation>,
    /// Webhooks.
    pub webhooks: Arc<dyn WebhookRepository>,
    /// Addresses that webhooks may lead to although nothing is sent to their like.
    pub webhook_addresses: Arc<[IpAddr]>,
    /// Certificates (DER) of authorities that webhooks' receivers are trusted by, beside those of the system.
    pub webhook_authorities: Vec<Vec<u8>>,
    /// When the node stops.
    pub stopping: Stopping,
    /// What the interface keeps while the node runs.
    pub kept: Kept,
    /// The address of the interface's server, as the document names it: scheme, host and port, without a slash behind.
    pub address: String,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

/// What the interface keeps in memory.
pub struct Kept {
    feed: feed::Feed,
    followers: Arc<Semaphore>,
    deliveries: webhooks::Deliveries,
}

impl Default for Kept {
    fn default() -> Self {
        let followers = Arc::new(Semaphore::new(events::FOLLOWERS));
        Self { feed: feed::Feed::new(), followers, deliveries: webhooks::Deliveries::default() }
    }
}

/// The interface, and what tells followers and webhooks until the node stops, which is to be spawned.
pub fn start(rest: Rest) -> (Router, impl Future<Output = ()> + Send + 'static) {
    let rest = Arc::new(rest);
    let router = api::router(api::routes(), Arc::clone(&rest));
    let heard = rest.observation.subscribe_to_events();
    let telling = async move {
        tokio::join!(feed::listen(&rest, heard), webhooks::run(Arc::clone(&rest)));
    };
    (router, telling)
}

/// The OpenAPI document of a server at an address.
#[must_use]
pub fn openapi(address: &str) -> Value {
    document::document(&api::routes(), address)
}
