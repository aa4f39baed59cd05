//! The tunnel of HTTP: a second connection to Expressway-E's traversal port, kept open.

use std::sync::Arc;
use std::time::Duration;

use runtime::shutdown::Stopping;
use tokio::sync::Notify;

use crate::monitor::Monitor;
use crate::record::{Agreed, Broken, HandshakeRecord, Leg};
use crate::status::{self, Peer};
use crate::tls::{Dialled, Dialler, Endpoint};
use crate::tunnel::HttpTunnel;

/// The shortest and the longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A connection that lasted this long was good: the next attempt comes soon.
const GOOD: Duration = Duration::from_secs(10);

/// The tunnel's connection, and what it is made with.
pub(super) struct Link {
    pub(super) endpoint: Endpoint,
    pub(super) dialler: Arc<Dialler>,
    pub(super) tunnel: Arc<dyn HttpTunnel>,
    pub(super) monitor: Arc<Monitor>,
    pub(super) again: Arc<Notify>,
}

impl Link {
    /// Dials, serves, and dials again until the process stops.
    pub(super) async fn run(self, mut stopping: Stopping) {
        let mut pause = PAUSE.0;
        loop {
            let began = crate::driver::instant();
            tokio::select! {
                () = stopping.wait() => return,
                () = self.attempt() => {}
            }
            pause = if crate::driver::instant().duration_since(began) >= GOOD { PAUSE.0 } else { pause };
            tokio::select! {
                () = stopping.wait() => return,
                () = tokio::time::sleep(jittered(pause)) => {}
                () = self.again.notified() => {}
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    async fn attempt(&self) {
        let Endpoint { host, port, .. } = &self.endpoint;
        let Dialled { outcome, peer_chain } = Box::pin(self.dialler.dial_and_see(&self.endpoint)).await;
        self.monitor.handshake(HandshakeRecord {
            at: runtime::clock::unix_seconds(),
            number: 0,
            leg: Leg::HttpTunnel,
            remote: format!("{host}:{port}"),
            outcome: match &outcome {
                Ok(stream) => Ok(Agreed::of(stream.get_ref().1)),
                Err(failure) => Err(Broken::of(failure, status::connect(failure, Peer::ExpresswayE))),
            },
            peer_chain,
        });
        match outcome {
            Ok(stream) => {
                tracing::info!(host, port, "the HTTP tunnel is open");
                let ended = self.tunnel.serve(stream.into()).await;
                tracing::info!(reason = ended, "the HTTP tunnel has ended");
            }
            Err(failure) => {
                let reason = status::code(&failure);
                self.monitor.count("connect-failed", reason);
                let detail = status::connect(&failure, Peer::ExpresswayE);
                tracing::info!(host, port, reason, detail, "the HTTP tunnel cannot be opened");
            }
        }
    }
}

/// Between half of it and all of it, so that machines that lost the same peer do not come back together.
fn jittered(pause: Duration) -> Duration {
    let [random] = runtime::random::bytes::<1>();
    pause / 2 + pause * u32::from(random) / 512
}
