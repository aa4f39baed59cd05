//! The pages of Expressway-C and Expressway-E.
//!
//! ```text
//! overview, phones, traversal, media, alarms     what runs
//! refusals, handshakes                           why something does not
//! access_control, servers, zones                 what is set: on Expressway-C
//! certificates, diagnostics, administrators      what keeps it running
//! ```
//!
//! They read the running Expressway through [`ExpresswayControl`] and change it through [`Operations`], as its shell does.

mod access_control;
mod accounts;
mod administrators;
mod alarms;
mod audit;
mod certificate_view;
mod certificates;
mod diagnostics;
mod handshakes;
mod media;
mod moment;
mod overview;
mod phones;
mod refusals;
mod servers;
mod traversal;
mod zones;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::routing::{get, post};
use edge_net::administration::{CoreControl, ExpresswayControl, Operations};
use web::passwords::HashQueue;

use crate::administrator::Administrator;
use crate::error::PageError;
use crate::surface::{Menu, MenuItem, Surface};

pub use accounts::LocalAccounts;

/// What the pages work on.
#[derive(Clone)]
pub(crate) struct Pages {
    node: Arc<dyn ExpresswayControl>,
    hashes: Arc<HashQueue>,
}

impl Pages {
    /// The operations, in the name of whoever asks.
    fn operations(&self, who: &Administrator) -> Operations {
        Operations::new(Arc::clone(&self.node), who.author())
    }

    /// What only an Expressway-C has.
    fn core(&self) -> Result<&Arc<CoreControl>, PageError> {
        self.node.core().ok_or(PageError::NotFound)
    }
}

const STATUS: Menu = Menu {
    title: "Status",
    items: &[
        MenuItem { title: "Overview", path: "/overview" },
        MenuItem { title: "Unified Communications", path: "/phones" },
        MenuItem { title: "Traversal", path: "/traversal" },
        MenuItem { title: "Relayed media", path: "/media" },
        MenuItem { title: "Alarms", path: "/alarms" },
        MenuItem { title: "Refusals", path: "/refusals" },
        MenuItem { title: "TLS handshakes", path: "/handshakes" },
    ],
};

const CONFIGURATION_C: Menu = Menu {
    title: "Configuration",
    items: &[
        MenuItem { title: "MRA access control", path: "/access-control" },
        MenuItem { title: "Unified CM servers", path: "/unified-cm-servers" },
        MenuItem { title: "Zones", path: "/zones" },
        MenuItem { title: "Search rules", path: "/search-rules" },
    ],
};

const CONFIGURATION_E: Menu = Menu { title: "Configuration", items: &[MenuItem { title: "Zones", path: "/zones" }] };

const MAINTENANCE: Menu = Menu {
    title: "Maintenance",
    items: &[
        MenuItem { title: "Server certificate", path: "/server-certificate" },
        MenuItem { title: "Trusted CA certificate", path: "/trusted-ca" },
        MenuItem { title: "Diagnostic logging", path: "/diagnostics" },
        MenuItem { title: "Administrators", path: "/administrators" },
        MenuItem { title: "Audit log", path: "/audit-log" },
    ],
};

/// The pages of an Expressway. `hashes` computes the hashes of its administrators' passwords.
pub fn surface(node: Arc<dyn ExpresswayControl>, hashes: Arc<HashQueue>) -> Surface {
    let is_core = node.core().is_some();
    let pages = Surface::over(Pages { node, hashes })
        .menu(STATUS)
        .menu(if is_core { CONFIGURATION_C } else { CONFIGURATION_E })
        .menu(MAINTENANCE)
        .read("/overview", get(overview::get))
        .read("/phones", get(phones::get))
        .read("/traversal", get(traversal::get))
        .read("/media", get(media::get))
        .read("/alarms", get(alarms::get))
        .read("/refusals", get(refusals::list))
        .read("/refusals/{number}", get(refusals::show))
        .read("/handshakes", get(handshakes::list))
        .read("/handshakes/{number}", get(handshakes::show))
        .read("/zones", get(zones::list))
        .read("/zones/{name}", get(zones::show))
        .read("/server-certificate", get(certificates::server))
        .read("/server-certificate/certificate.pem", get(certificates::server_pem))
        .write("/server-certificate/regenerate", post(certificates::regenerate))
        .read("/trusted-ca", get(certificates::trusted))
        .write("/trusted-ca/add", post(certificates::add_trusted))
        .write("/trusted-ca/remove", post(certificates::remove_trusted))
        .read("/diagnostics", get(diagnostics::get))
        .write("/diagnostics/start", post(diagnostics::start))
        .write("/diagnostics/stop", post(diagnostics::stop))
        .write("/diagnostics/discard", post(diagnostics::discard))
        .write("/diagnostics/capture.pcapng", get(diagnostics::pcapng))
        .write("/diagnostics/capture.txt", get(diagnostics::text))
        .read("/administrators", get(administrators::list))
        .write("/administrators/add", get(administrators::add).post(administrators::save_new))
        .write("/administrators/{name}", get(administrators::edit))
        .write("/administrators/{name}/role", post(administrators::set_role))
        .write("/administrators/{name}/password", post(administrators::set_password))
        .write("/administrators/{name}/remove", post(administrators::remove))
        .read("/audit-log", get(audit::get));
    let pages = match is_core {
        false => pages,
        true => pages
            .read("/access-control", get(access_control::get))
            .write("/access-control/save", post(access_control::save))
            .read("/search-rules", get(zones::search_rules))
            .read("/unified-cm-servers", get(servers::list))
            .write("/unified-cm-servers/add", get(servers::add).post(servers::save_new))
            .write("/unified-cm-servers/refresh", post(servers::refresh))
            .read("/unified-cm-servers/discovery", get(servers::discovery))
            .write("/unified-cm-servers/remove", get(servers::ask_remove).post(servers::remove)),
    };
    pages.build()
}
