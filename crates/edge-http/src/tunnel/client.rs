//! E's end of the tunnel.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::{HEADER_LIST, PING, PONG, REQUESTS};

/// How long the two ends may take to agree on HTTP/2.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// E's end of the tunnel, with the connection that is in use, if there is one.
#[derive(Clone, Default)]
pub struct Tunnel(Arc<Mutex<Option<Link>>>);

struct Link {
    /// Dropped when another connection takes its place; before the requests, whose end ends the connection too.
    _in_use: oneshot::Sender<()>,
    requests: SendRequest<Body>,
    /// Requests that may still begin.
    room: Arc<Semaphore>,
}

/// How a connection of the tunnel ended.
#[derive(Debug)]
pub enum TunnelEnd {
    /// Expressway-C closed it.
    Closed,
    /// Another one took its place.
    Replaced,
    /// It broke, or never was HTTP/2; the text is for the log.
    Broken(String),
}

/// Nothing can be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelDown {
    /// Expressway-C has not opened the tunnel.
    NotOpen,
    /// As many requests are under way as may be.
    Full,
    /// It broke while the request was under way.
    Broken,
}

impl fmt::Display for TunnelEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by Expressway-C"),
            Self::Replaced => f.write_str("another connection took its place"),
            Self::Broken(why) => write!(f, "broken: {why}"),
        }
    }
}

impl Tunnel {
    /// A tunnel without a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether requests can be sent.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link().as_ref().is_some_and(|link| !link.requests.is_closed())
    }

    /// Uses a connection that Expressway-C opened, in place of the one before, until it ends.
    pub async fn run(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> TunnelEnd {
        let handshake = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PONG)
            .keep_alive_while_idle(true)
            .max_header_list_size(HEADER_LIST)
            .handshake(TokioIo::new(stream));
        let (requests, connection) = match timeout(HANDSHAKE, handshake).await {
            Ok(Ok(agreed)) => agreed,
            Ok(Err(error)) => return TunnelEnd::Broken(error.to_string()),
            Err(_) => return TunnelEnd::Broken("no HTTP/2 within 10 s".to_owned()),
        };
        let (in_use, replaced) = oneshot::channel();
        let room = Arc::new(Semaphore::new(usize::try_from(REQUESTS).unwrap_or(usize::MAX)));
        let ours = Arc::clone(&room);
        *self.link() = Some(Link { _in_use: in_use, requests, room });
        let end = tokio::select! {
            biased;
            _ = replaced => TunnelEnd::Replaced,
            ended = connection => match ended {
                Ok(()) => TunnelEnd::Closed,
                Err(error) => TunnelEnd::Broken(error.to_string()),
            },
        };
        self.link().take_if(|link| Arc::ptr_eq(&link.room, &ours));
        end
    }

    /// Sends a request, and waits for the head of its response.
    ///
    /// # Errors
    /// When there is no connection, it is full, or it breaks.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, TunnelDown> {
        let (mut requests, room) = {
            let link = self.link();
            let link = link.as_ref().ok_or(TunnelDown::NotOpen)?;
            (link.requests.clone(), Arc::clone(&link.room))
        };
        let _place = room.try_acquire_owned().map_err(|_| TunnelDown::Full)?;
        requests.ready().await.map_err(|_| TunnelDown::NotOpen)?;
        requests.send_request(request).await.map_err(|error| {
            tracing::warn!(%error, "a request broke off in the tunnel to Expressway-C");
            TunnelDown::Broken
        })
    }

    fn link(&self) -> MutexGuard<'_, Option<Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("is_up", &self.is_up()).finish()
    }
}
