//! `/ccmadmin`: what an administrator sets in the cluster, under the menus and the labels of the vendor's administration.
//!
//! What may be is the directory's to say, and every change goes through its repository, which checks it and notes it in the
//! audit log. Objects that are kept in lists have the same pages, made from one description each (`entity`).

mod audit;
mod delete;
mod edit;
mod entity;
mod explain;
mod files;
mod home;
mod import;
mod list;
mod names;
mod nodes;
mod parameters;
mod user;

use std::sync::Arc;

use authorization::AuthorizationServer;
use axum::routing::{get, post};
use directory::{
    CallManagerGroup, Device, DevicePool, DirectoryRepository, EndUser, ExpresswayC, Line, SecurityProfile,
};
use web::passwords::HashQueue;

use crate::surface::{Menu, MenuItem, Surface, SurfaceBuilder};
use entity::Entity;

/// Where the CallManager service is restarted.
const RESTART_PAGE: &str = "/ccmservice/control-center";

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

const fn item(title: &'static str, path: &'static str) -> MenuItem {
    MenuItem { title, path }
}

const MENUS: [Menu; 5] = [
    Menu {
        title: "System",
        items: &[
            item("Overview", "/ccmadmin/"),
            item("Enterprise Parameters", "/ccmadmin/enterprise-parameters"),
            item("Cisco Unified CM", "/ccmadmin/cisco-unified-cm"),
            item("Cisco Unified CM Groups", "/ccmadmin/call-manager-group"),
            item("Device Pools", "/ccmadmin/device-pool"),
            item("Phone Security Profiles", "/ccmadmin/phone-security-profile"),
        ],
    },
    Menu { title: "Call Routing", items: &[item("Directory Numbers", "/ccmadmin/directory-number")] },
    Menu {
        title: "Device",
        items: &[item("Phones", "/ccmadmin/phone"), item("Expressway-Cs", "/ccmadmin/expressway-c")],
    },
    Menu { title: "User Management", items: &[item("End Users", "/ccmadmin/end-user")] },
    Menu { title: "Audit", items: &[item("Audit log", "/ccmadmin/audit-log")] },
];

/// The pages.
pub fn surface(ccmadmin: CcmAdmin) -> Surface {
    let surface = MENUS.into_iter().fold(Surface::over(ccmadmin), SurfaceBuilder::menu);
    let surface = surface
        .entrance("/ccmadmin", "/ccmadmin/")
        .read("/ccmadmin/", get(home::get))
        .read("/ccmadmin/enterprise-parameters", get(parameters::get))
        .write("/ccmadmin/enterprise-parameters", post(parameters::post))
        .read("/ccmadmin/cisco-unified-cm", get(nodes::list))
        .read("/ccmadmin/cisco-unified-cm/edit", get(nodes::edit))
        .write("/ccmadmin/cisco-unified-cm/edit", post(nodes::save))
        .read("/ccmadmin/audit-log", get(audit::get))
        .read("/ccmadmin/names/{kind}", get(names::get))
        .write("/ccmadmin/phone-security-profile/explain", post(explain::post))
        .write("/ccmadmin/end-user/revoke", post(user::revoke))
        .write("/ccmadmin/end-user/sign-out", post(user::sign_out));
    let surface = objects::<CallManagerGroup>(surface);
    let surface = objects::<DevicePool>(surface);
    let surface = objects::<SecurityProfile>(surface);
    let surface = objects::<Line>(surface);
    let surface = objects::<Device>(surface);
    let surface = objects::<ExpresswayC>(surface);
    objects::<EndUser>(surface).build()
}

/// The pages of a kind of object.
fn objects<E: Entity>(surface: SurfaceBuilder<CcmAdmin>) -> SurfaceBuilder<CcmAdmin> {
    let at = |page: &str| format!("{}{page}", E::KIND.path);
    surface
        .read(E::KIND.path, get(list::get::<E>))
        .read(&at("/export"), get(import::export::<E>))
        .read(&at("/edit"), get(edit::edit::<E>))
        .write(&at("/edit"), post(edit::save::<E>))
        .write(&at("/new"), get(edit::new::<E>).post(edit::save::<E>))
        .write(&at("/delete"), get(delete::get::<E>).post(delete::post::<E>))
        .write(&at("/import"), get(import::get::<E>).post(import::post::<E>))
}
