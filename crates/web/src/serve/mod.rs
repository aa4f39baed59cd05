//! The accept loop of every HTTP surface: plain TCP or TLS, HTTP/1.1, with a bound on everything a peer can hold.
//!
//! A connection costs its peer an address and a deadline: the TLS handshake, the head of each request and the whole
//! request each have one, and there are caps for all connections and for one source. The cap for a source is generous,
//! because a source may be a whole office behind one address. Handshakes run in the connection's own task, so slow ones
//! hold up nobody. When the node stops, accepting ends first, then each connection after the request it is at.

mod connections;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use runtime::shutdown::Stopping;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use connections::Connections;

/// What a peer may hold, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address.
    pub connections_per_source: usize,
    /// From accept to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first wait for a request to the end of its head; also the longest idle time.
    pub head: Duration,
    /// From the head of a request to its response.
    pub request: Duration,
    /// The life of a connection; it ends after the request it is at.
    pub connection: Duration,
    /// What requests in progress get when the node stops.
    pub drain: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_source: 1024,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            connection: Duration::from_secs(600),
            drain: Duration::from_secs(5),
            head_bytes: 16 * 1024,
        }
    }
}

/// Serves until the node stops. Handlers find the peer's address as `ConnectInfo<SocketAddr>`.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    limits: Limits,
    mut stopping: Stopping,
) {
    let shared = Arc::new(Shared { tls: tls.map(TlsAcceptor::from), router, limits, stopping: stopping.clone() });
    let connections = Connections::new(limits.connections, limits.connections_per_source);
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.wait() => break,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match connections.admit(peer.ip()) {
                    Some(admission) => {
                        let shared = Arc::clone(&shared);
                        tasks.spawn(async move {
                            shared.connection(stream, peer).await;
                            drop(admission);
                        });
                    }
                    None => tracing::debug!(%peer, reason = "too_many_connections", "http connection refused"),
                },
                Err(error) => pause_after(&error).await,
            },
        }
    }
    drop(listener);
    let drained = timeout(limits.drain, async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tasks.shutdown().await;
    }
}

/// Out of descriptors or memory: accepting again at once would only spin.
async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "http accept failed");
    sleep(Duration::from_millis(100)).await;
}

struct Shared {
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    stopping: Stopping,
}

impl Shared {
    async fn connection(&self, stream: TcpStream, peer: SocketAddr) {
        // An error here means that the peer has gone already, which the first read will find.
        let _ = stream.set_nodelay(true);
        let Some(acceptor) = &self.tls else { return self.http(stream, peer).await };
        match timeout(self.limits.handshake, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.http(stream, peer).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "tls handshake failed"),
            Err(_) => tracing::debug!(%peer, reason = "handshake_deadline", "tls handshake failed"),
        }
    }

    async fn http(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr) {
        let router = self.router.clone();
        let deadline = self.limits.request;
        let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request: Request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request);
            async move {
                match timeout(deadline, answer).await {
                    Ok(answer) => answer,
                    Err(_) => Ok(axum::response::IntoResponse::into_response(axum::http::StatusCode::REQUEST_TIMEOUT)),
                }
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(self.limits.head_bytes)
            .max_headers(64)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = stopping.wait() => None,
            () = sleep(self.limits.connection) => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                match timeout(self.limits.request, connection).await {
                    Ok(ended) => ended,
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "http connection ended");
        }
    }
}
