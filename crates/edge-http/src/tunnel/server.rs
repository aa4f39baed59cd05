//! C's end of the tunnel.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use runtime::shutdown::Stopping;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::client::TunnelEnd;
use super::{HEADER_LIST, PING, PONG, REQUESTS};

/// What Expressway-E may hold, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct TunnelLimits {
    /// From the head of a request to its response: below what E waits.
    pub request: Duration,
    /// What requests in progress get when C stops.
    pub drain: Duration,
}

impl Default for TunnelLimits {
    fn default() -> Self {
        Self { request: Duration::from_secs(25), drain: Duration::from_secs(5) }
    }
}

/// Answers what E sends over a connection that C opened, until it ends or C stops.
pub async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    limits: TunnelLimits,
    mut stopping: Stopping,
) -> TunnelEnd {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let answer = router.clone().oneshot(request.map(Body::new));
        async move { Ok::<Response, Infallible>(within(limits.request, answer).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(REQUESTS)
        .max_header_list_size(HEADER_LIST)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stopping.wait() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            match timeout(limits.drain, connection).await {
                Ok(ended) => ended,
                Err(_) => return TunnelEnd::Closed,
            }
        }
    };
    match ended {
        Ok(()) => TunnelEnd::Closed,
        Err(error) => TunnelEnd::Broken(error.to_string()),
    }
}

async fn within(limit: Duration, answer: impl Future<Output = Result<Response, Infallible>>) -> Response {
    match timeout(limit, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(never)) => match never {},
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}
