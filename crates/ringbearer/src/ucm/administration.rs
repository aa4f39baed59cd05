//! The node's web administration, over the cluster's database.

use std::sync::Arc;

use admin_web::ccmadmin::{self, CcmAdmin};
use admin_web::live::Live;
use admin_web::{DirectoryAccounts, Services, SetUpCode, Settings, Surface, ccmservice, cmplatform, sip_oauth};
use authorization::{AuthorizationServer, PasswordVerifier};
use axum::Router;
use directory::DirectoryRepository;
use runtime::shutdown::Stopping;
use web::passwords::HashQueue;

use super::node::Node;

/// All pages of the node, with the lock-out that they share with the login page and AXL.
pub(super) fn router(
    (node, stopping): (&Arc<Node>, &Stopping),
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
    hashes: Arc<HashQueue>,
) -> Router {
    let repository: Arc<dyn DirectoryRepository> = Arc::new(node.store.clone());
    let accounts =
        DirectoryAccounts::new((Arc::clone(&server), passwords), Arc::clone(&hashes), Arc::clone(&repository));
    let settings = Settings {
        product: "Ringbearer Unified CM",
        node: node.name.to_string(),
        home: "/live/",
        sessions: Default::default(),
        set_up_code: SetUpCode::in_folder(&node.config.node.state),
        clock: Box::new(runtime::clock::now),
    };
    let services = Services {
        administration: node.administration(),
        repository: Arc::clone(&repository),
        port: node.config.web.port,
    };
    let live = super::live::pages(node, stopping);
    admin_web::router(settings, Arc::new(accounts), surface(live, repository, server, hashes, services))
}

/// The faces, in the order of the menu.
fn surface(
    live: Live,
    repository: Arc<dyn DirectoryRepository>,
    server: Arc<AuthorizationServer>,
    hashes: Arc<HashQueue>,
    services: Services,
) -> Surface {
    admin_web::live::surface(live)
        .merge(ccmadmin::surface(CcmAdmin { repository, server, hashes }))
        .merge(ccmservice::surface(services.clone()))
        .merge(cmplatform::surface(services.clone()))
        .merge(sip_oauth::surface(services))
}
