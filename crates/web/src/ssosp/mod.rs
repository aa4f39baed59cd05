//! `/ssosp`: the OAuth server's endpoints, one file each.
//!
//! The issuer and all addresses come from the configuration, never from the request; a request that names another host is
//! refused. No answer is stored by anyone. An endpoint reads its request strictly, lets the authorization server
//! decide, and has one function that turns each of its errors into the answer.

mod authorize;
mod authz_keys;
mod basic;
mod client;
mod host;
mod introspect;
mod keys;
mod login_page;
mod metadata;
mod request;
mod revoke;
mod revoke_user;
mod single_sign_on;
mod style;
mod token;

use std::sync::Arc;

use authorization::{AuthorizationServer, PasswordVerifier, UnixTime};
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use directory::Directory;
use runtime::clock::Reading;

use crate::{AuditLog, headers};

/// What the endpoints work on.
pub struct Ssosp {
    /// Decides.
    pub server: Arc<AuthorizationServer>,
    /// Gives the directory as it is now.
    pub directory: Box<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// Compares passwords.
    pub passwords: Arc<dyn PasswordVerifier>,
    /// Writes down who fetched the token keys.
    pub audit: Arc<dyn AuditLog>,
    /// The issuer: scheme, host and port at which browsers reach this cluster, without a slash behind.
    pub issuer: String,
    /// Reads the clocks.
    pub clock: Box<dyn Fn() -> Reading + Send + Sync>,
}

impl Ssosp {
    fn now(&self) -> UnixTime {
        UnixTime((self.clock)().unix_seconds)
    }
}

/// The endpoints.
pub fn router(ssosp: Ssosp) -> Router {
    let ssosp = Arc::new(ssosp);
    Router::new()
        .route("/ssosp/oauth/authorize", get(authorize::get).post(authorize::post))
        .route("/ssosp/oauth/token", post(token::post))
        .route("/ssosp/oauth/keys", get(keys::get))
        .route("/ssosp/oauth/revoke", post(revoke::post))
        .route("/ssosp/oauth/introspect", post(introspect::post))
        .route("/ssosp/token/revoke", get(revoke_user::get))
        .route("/ssosp/ws/authz/keys", get(authz_keys::get))
        .route("/ssosp/ws/public/singleSignOn", get(single_sign_on::get))
        .route("/ssosp/style.css", get(style::get))
        .route("/.well-known/oauth-authorization-server", get(metadata::get))
        .layer(middleware::from_fn_with_state(Arc::clone(&ssosp), host::check))
        .layer(middleware::map_response(headers::add))
        .with_state(ssosp)
}
