//! `/cmplatform`: the node's certificates and trust stores, the cluster's token keys, the version.
//!
//! Certificates are the node's own: each page says which node it is of, and leads to those of the others.

mod certificate;
mod certificates;
mod change;
mod keys;
mod open_ports;
mod upload;
mod version;

use axum::routing::get;

use crate::services::Services;
use crate::surface::{Menu, MenuItem, Surface};

const CERTIFICATES: &str = "/cmplatform/certificates";
const KEYS: &str = "/cmplatform/keys";

/// The pages.
pub fn surface(services: Services) -> Surface {
    const ITEMS: &[MenuItem] = &[
        MenuItem { title: "Certificate Management", path: CERTIFICATES },
        MenuItem { title: "Token keys", path: KEYS },
        MenuItem { title: "Open ports", path: "/cmplatform/open-ports" },
        MenuItem { title: "Version", path: "/cmplatform/version" },
    ];
    Surface::over(services)
        .menu(Menu { title: "OS Administration", items: ITEMS })
        .entrance("/cmplatform", CERTIFICATES)
        .read(CERTIFICATES, get(certificates::get))
        .read("/cmplatform/certificates/{store}/{name}", get(certificate::get))
        .read("/cmplatform/certificates/{store}/{name}/pem", get(certificate::pem))
        .read("/cmplatform/requests/{store}", get(certificate::request))
        .write("/cmplatform/certificates/{store}/{name}/delete", get(change::confirm_delete).post(change::delete))
        .write("/cmplatform/regenerate/{store}", get(change::confirm_regenerate).post(change::regenerate))
        .write("/cmplatform/generate-csr/{store}", get(change::confirm_request).post(change::request))
        .write("/cmplatform/upload/{store}", get(upload::get).post(upload::post))
        .read(KEYS, get(keys::get))
        .write("/cmplatform/keys/{key}/regenerate", get(keys::confirm).post(keys::regenerate))
        .read("/cmplatform/open-ports", get(open_ports::get))
        .read("/cmplatform/version", get(version::get))
        .build()
}

/// The page of a certificate.
fn page_of(store: &str, name: &str) -> String {
    format!("{CERTIFICATES}/{}/{}", encode(store), encode(name))
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
