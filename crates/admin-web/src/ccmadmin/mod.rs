//! `/ccmadmin`: what an administrator sets in the cluster, under the menus and the labels of the vendor's administration.

mod home;

use std::sync::Arc;

use authorization::AuthorizationServer;
use axum::routing::get;
use directory::DirectoryRepository;
use web::passwords::HashQueue;

use crate::surface::{Menu, MenuItem, Surface};

/// What the pages work on.
#[derive(Clone)]
pub struct CcmAdmin {
    /// What they read and write.
    pub repository: Arc<dyn DirectoryRepository>,
    /// Revokes tokens.
    pub server: Arc<AuthorizationServer>,
    /// Hashes new passwords.
    pub hashes: Arc<HashQueue>,
}

/// The pages.
pub fn surface(ccmadmin: CcmAdmin) -> Surface {
    Surface::over(ccmadmin)
        .menu(Menu { title: "Administration", items: &[MenuItem { title: "Overview", path: "/ccmadmin/" }] })
        .read("/ccmadmin/", get(home::get))
        .build()
}
