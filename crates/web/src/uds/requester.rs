//! Who asks: how often, and which user.

use std::net::SocketAddr;
use std::sync::Arc;

use authorization::DEFAULT_SCOPE;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use directory::{Directory, EndUser};

use super::Service;
use super::error::Error;
use crate::basic::sign_in;

/// Lets in as many as can be answered.
pub(super) async fn throttle(
    State(service): State<Arc<Service>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    match service.throttle.admit_address(peer.ip(), (service.uds.clock)().monotonic) {
        Ok(_place) => next.run(request).await,
        Err(error) => Error::TooMany(error).into_response(),
    }
}

/// The user who asks, if that is the one who is asked about. Another one's credentials tell nothing about who exists.
pub(super) async fn own<'d>(
    service: &Service,
    directory: &'d Directory,
    (peer, headers): (SocketAddr, &HeaderMap),
    asked_about: &str,
) -> Result<&'d EndUser, Error> {
    let user = match bearer_token(headers) {
        Some(token) => of_token(service, directory, token)?,
        None => {
            let judges = (service.uds.server.as_ref(), service.uds.passwords.as_ref());
            let now = (service.uds.clock)().monotonic;
            sign_in(judges, directory, headers, (peer.ip(), now)).await?
        }
    };
    let own = user.user_id.as_str().eq_ignore_ascii_case(asked_about);
    if own { Ok(user) } else { Err(Error::AnotherUser) }
}

/// The user of an access token, who may have been disabled since it was issued.
fn of_token<'d>(service: &Service, directory: &'d Directory, token: &[u8]) -> Result<&'d EndUser, Error> {
    let verified = service.uds.server.tokens().verify(token, service.now()).map_err(|error| {
        tracing::info!(target: "security", reason = error.reason(), event = "uds_token_refused");
        Error::Token
    })?;
    let user = directory.user(verified.user()).filter(|user| user.active && verified.has_scope(DEFAULT_SCOPE));
    user.map(AsRef::as_ref).ok_or(Error::Token)
}

/// The token of the one Authorization header, if it is of the scheme Bearer.
fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}
