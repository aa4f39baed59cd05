//! `/ccmservice`: Tools > Control Center - Feature Services.

mod act;
mod cluster;
mod control_center;

use axum::routing::{get, post};

use crate::services::Services;
use crate::surface::{Menu, MenuItem, Surface};

pub(crate) const CONTROL_CENTER: &str = "/ccmservice/control-center";

/// The pages.
pub fn surface(services: Services) -> Surface {
    const ITEMS: &[MenuItem] = &[MenuItem { title: "Control Center - Feature Services", path: CONTROL_CENTER }];
    Surface::over(services)
        .menu(Menu { title: "Serviceability", items: ITEMS })
        .entrance("/ccmservice", CONTROL_CENTER)
        .read(CONTROL_CENTER, get(control_center::get))
        .read("/ccmservice/cluster-restart/progress", get(cluster::progress))
        .write("/ccmservice/act", get(act::confirm).post(act::post))
        .write("/ccmservice/cluster-restart", get(cluster::confirm))
        .write("/ccmservice/cluster-restart/begin", post(cluster::post))
        .build()
}
