//! Expressway-E's HTTPS on 8443: the public side of the edge.
//!
//! A request is taken when it is one that clients of this edge send (`strict`, [`Target`]): anything else is answered here
//! and goes nowhere. Failed sign-ins are bounded by user and source (`sign_in`). What is taken goes to Expressway-C over the
//! tunnel; while there is none, clients are asked to come back.
//!
//! The accept loop is that of the nodes: `web::serve::serve(listener, tls, expressway_e::router(…), limits, stopping)`.

mod sign_in;
mod strict;

use std::net::SocketAddr;
use std::sync::Arc;

use authorization::LoginGuard;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::Mutex;

use crate::problem::{later, problem};
use crate::target::{Target, TargetError};
use crate::tunnel::{Tunnel, TunnelDown};
use sign_in::Attempt;

/// The client's address, from E to C: set by E, whatever the client sent.
pub(crate) const CLIENT: HeaderName = HeaderName::from_static("x-ringbearer-client");

/// The longest body: two tokens fit in a form.
const BODY: usize = 32 * 1024;
/// When to come back while there is no tunnel.
const RETRY_AFTER: u64 = 5;

/// What the public side works with.
pub struct ExpresswayE {
    /// The way to Expressway-C.
    pub tunnel: Tunnel,
    /// Whether this is a name of the edge, without port: its own names and addresses, and the domains it serves.
    pub is_own_name: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

struct Shared {
    edge: ExpresswayE,
    guard: Mutex<LoginGuard>,
}

/// Everything that E answers on 8443.
pub fn router(edge: ExpresswayE) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(Shared { edge, guard: Mutex::default() }))
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let Some(ConnectInfo(client)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Err(violation) = strict::check(&request, &*shared.edge.is_own_name) {
        tracing::info!(target: "security", %client, reason = violation.reason(), "http request refused");
        return violation.into_response();
    }
    let target = match Target::parse(request.method(), request.uri()) {
        Ok(target) => target,
        Err(error) => {
            tracing::info!(target: "security", %client, reason = error.reason(), "http request refused");
            return refused(error);
        }
    };
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY).await else {
        return crate::problem::closing(StatusCode::PAYLOAD_TOO_LARGE, "body_too_long", "no form is that long");
    };
    let attempt = match Attempt::begin(&shared.guard, &target, &head, &body, client.ip()) {
        Ok(attempt) => attempt,
        Err(locked) => {
            let seconds = locked.retry_after.as_secs();
            tracing::warn!(target: "security", %client, seconds, event = "sign_in_locked");
            return later(StatusCode::TOO_MANY_REQUESTS, "too_many_failures", "too many failed sign-ins", seconds);
        }
    };
    let mut onward = axum::http::Request::new(Body::from(body));
    *onward.method_mut() = head.method.clone();
    *onward.uri_mut() = onward_uri(&head.uri, head.headers.get(header::HOST));
    *onward.headers_mut() = strict::end_to_end(head.headers);
    if let Ok(address) = HeaderValue::from_str(&client.to_string()) {
        onward.headers_mut().insert(CLIENT, address);
    }
    let sent = shared.edge.tunnel.send(onward).await;
    if let Some(attempt) = attempt {
        attempt.end(&shared.guard, sent.as_ref().ok());
    }
    match sent {
        Ok(response) => {
            let (mut head, body) = response.into_parts();
            head.headers = strict::end_to_end(head.headers);
            Response::from_parts(head, Body::new(body))
        }
        Err(down) => unavailable(down, client),
    }
}

fn refused(error: TargetError) -> Response {
    let detail = match error {
        TargetError::Method => "the edge passes no such method on",
        _ => "the edge has nothing by that name",
    };
    problem(StatusCode::FORBIDDEN, error.reason(), detail)
}

fn unavailable(down: TunnelDown, client: SocketAddr) -> Response {
    let (reason, detail) = match down {
        TunnelDown::NotOpen => ("no_tunnel", "Expressway-C has not connected to this Expressway-E"),
        TunnelDown::Full => ("busy", "too many requests are under way"),
        TunnelDown::Broken => ("tunnel_broken", "the connection of Expressway-C broke"),
    };
    tracing::warn!(%client, reason, "http request answered with 503");
    later(StatusCode::SERVICE_UNAVAILABLE, reason, detail, RETRY_AFTER)
}

/// The target in the form that HTTP/2 has: `:scheme`, `:authority`, `:path` (RFC 9113 §8.3.1).
fn onward_uri(uri: &Uri, host: Option<&HeaderValue>) -> Uri {
    let authority = host.and_then(|host| host.to_str().ok()).unwrap_or("expressway-e");
    let path = uri.path_and_query().cloned();
    let whole = Uri::builder().scheme("https").authority(authority);
    match path {
        Some(path) => whole.path_and_query(path).build().unwrap_or_else(|_| uri.clone()),
        None => uri.clone(),
    }
}
