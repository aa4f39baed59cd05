//! `/cucm-uds`: what a client asks about a user before it can do anything else, as XML over HTTPS.
//!
//! Anybody may ask for the release, for the servers, and whether this is the home cluster of a user. That tells who is a user here,
//! which the vendor's interface does as well and clients depend on; it is bounded by a throttle. What belongs to a user is for
//! that user alone: HTTP Basic with the user's password, or `Bearer` with an access token (RFC 6750 §2.1).
//!
//! Our choices: of the vendor's elements those that have a meaning here; a device is named by its name; an error is an element
//! `errors`; a token that is not accepted gets a Bearer challenge with `invalid_token`, and whoever sends nothing the vendor's
//! Basic challenge.

mod cluster_user;
mod error;
mod requester;
mod servers;
mod user;
mod version;

use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier, UnixTime};
use axum::Router;
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use directory::Directory;
use runtime::clock::Reading;
use soap::Element;

use crate::headers;
use crate::release::release;
use crate::throttle::Throttle;

/// Requests at a time, and a second from one address: behind an Expressway-C all users have one.
const AT_A_TIME: usize = 64;
const PER_SECOND: u32 = 200;

/// What the interface works on.
pub struct Uds {
    /// Signs in, with the lock-out that all web services share, and verifies access tokens.
    pub server: Arc<AuthorizationServer>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Gives the directory as it is now.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// The address of the interface: scheme, host and port, without a slash behind.
    pub address: String,
    /// Where this node has the devices' configuration files, as addresses without a slash behind.
    pub config_files: Vec<String>,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

struct Service {
    uds: Uds,
    throttle: Throttle,
}

impl Service {
    fn now(&self) -> UnixTime {
        UnixTime((self.uds.clock)().unix_seconds)
    }

    /// The address of a resource, from its parts.
    fn uri(&self, parts: &[&str]) -> String {
        let mut uri = format!("{}/cucm-uds", self.uds.address);
        for part in parts {
            uri.push('/');
            oauth::encode(part, &mut uri);
        }
        uri
    }

    /// An element with its address and the release.
    fn resource(&self, name: &str, parts: &[&str]) -> Element {
        self.element_at(name, &self.uri(parts))
    }

    fn element_at(&self, name: &str, uri: &str) -> Element {
        Element::new(name).with_attribute("uri", uri).with_attribute("version", &release())
    }
}

/// The interface.
pub fn router(uds: Uds) -> Router {
    let service = Arc::new(Service { uds, throttle: Throttle::new(AT_A_TIME, PER_SECOND) });
    Router::new()
        .route("/cucm-uds/version", get(version::get))
        .route("/cucm-uds/servers", get(servers::get))
        .route("/cucm-uds/clusterUser", get(cluster_user::get))
        .route("/cucm-uds/user/{user}", get(user::get))
        .route("/cucm-uds/user/{user}/devices", get(user::devices))
        .route("/cucm-uds/user/{user}/device/{device}", get(user::device))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), requester::throttle))
        .layer(middleware::map_response(headers::add))
        .with_state(service)
}

fn document(element: &Element) -> Response {
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], element.to_document()).into_response()
}
