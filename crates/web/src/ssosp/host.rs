//! Which hosts a request may name: the issuer's, and the cluster's own.
//!
//! Nothing that we answer is made from the Host header, and forwarded hosts are not read at all. A request for a foreign name
//! is refused all the same: it comes from a page or a proxy that takes us for somebody else (DNS rebinding).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use oauth::{ErrorCode, ErrorResponse};

use super::Ssosp;

pub(super) async fn check(State(ssosp): State<Arc<Ssosp>>, request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter();
    let named = match (hosts.next().map(|host| host.to_str()), hosts.next()) {
        (Some(Ok(host)), None) => Some(host),
        _ => None,
    };
    let of_target = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let known = named.is_some_and(|host| is_own(&ssosp, host)) && of_target.is_none_or(|host| is_own(&ssosp, host));
    if known {
        return next.run(request).await;
    }
    let description = "this server is not known by that name: see Cluster Fully Qualified Domain Name";
    let error = ErrorResponse::new(ErrorCode::InvalidRequest, description);
    (StatusCode::BAD_REQUEST, axum::Json(error)).into_response()
}

fn is_own(ssosp: &Ssosp, host: &str) -> bool {
    let issuer = ssosp.issuer.split_once("://").map_or(ssosp.issuer.as_str(), |(_, host)| host);
    let host = without_port(host);
    host.eq_ignore_ascii_case(without_port(issuer)) || (ssosp.directory)().is_own_domain(host.trim_matches(['[', ']']))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}
