//! The node's authorization server, over the cluster's database and this node's verifier, and what else is at its port.

use std::sync::Arc;

use anyhow::Context;
use authorization::{AuthorizationServer, Clients, PasswordVerifier, Random};
use axum::Router;
use directory::DirectoryRepository;
use runtime::shutdown::Stopping;
use tokio::task::JoinSet;
use web::TracingLog;
use web::passwords::{DirectoryPasswords, HashQueue};
use web::ssosp::Ssosp;

use super::node::Node;

/// Passwords that are hashed at a time: hashing is slow on purpose and must not take every core from SIP.
const HASHING: usize = 1;
/// Passwords that wait for their turn; whoever comes after them is asked to try again.
const WAITING: usize = 64;

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        runtime::random::fill(bytes);
    }
}

/// What signs users in, with one lock-out and one queue of hashes at every face of the node.
#[derive(Clone)]
pub(super) struct SignIn {
    pub(super) server: Arc<AuthorizationServer>,
    pub(super) passwords: Arc<DirectoryPasswords>,
    pub(super) hashes: Arc<HashQueue>,
}

/// Makes what signs users in.
pub(super) async fn sign_in(node: &Arc<Node>) -> anyhow::Result<SignIn> {
    let server = AuthorizationServer::new(
        Arc::new(node.store.clone()),
        Arc::clone(&node.tokens),
        Clients::default(),
        Arc::new(SystemRandom),
        Arc::new(TracingLog),
    );
    let repository: Arc<dyn DirectoryRepository> = Arc::new(node.store.clone());
    let hashes = Arc::new(HashQueue::new(HASHING, WAITING));
    let passwords = DirectoryPasswords::new(repository, Arc::clone(&hashes));
    let passwords = passwords.await.map_err(|error| anyhow::anyhow!("{error:?}")).context("the password verifier")?;
    Ok(SignIn { server: Arc::new(server), passwords: Arc::new(passwords), hashes })
}

/// The OAuth server, and AXL, UDS and the administration beside it.
pub(super) fn router(
    node: &Arc<Node>,
    sign_in: SignIn,
    stopping: &Stopping,
    services: &mut JoinSet<()>,
) -> anyhow::Result<Router> {
    let SignIn { server, passwords, hashes } = sign_in;
    let audit = Arc::new(node.store.clone());
    let own = Arc::clone(node);
    let ssosp = web::ssosp::router(Ssosp {
        server: Arc::clone(&server),
        passwords: passwords.clone(),
        audit,
        issuer: node.config.issuer(),
        directory: Box::new(move || own.directory()),
        clock: Box::new(runtime::clock::now),
    });
    let pages =
        super::administration::router((node, stopping), Arc::clone(&server), passwords.clone(), Arc::clone(&hashes));
    let axl = super::axl::router(node, Arc::clone(&server), passwords.clone(), Arc::clone(&hashes));
    let own_passwords: Arc<dyn PasswordVerifier> = passwords.clone();
    let judges = (Arc::clone(&server), own_passwords, hashes);
    let (rest, telling) = super::rest::start(node, judges, stopping)?;
    services.spawn(telling);
    let ris = super::ris::router(node, Arc::clone(&server), passwords.clone());
    let control = super::controlcenter::router(node, Arc::clone(&server), passwords.clone());
    let axl = axl.merge(ris).merge(control).merge(rest);
    Ok(ssosp.merge(axl).merge(super::uds::router(node, server, passwords)).merge(pages))
}
