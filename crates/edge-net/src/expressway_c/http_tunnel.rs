//! The tunnel of HTTP: a second connection to Expressway-E's traversal port, kept open.

use std::sync::Arc;
use std::time::Duration;

use runtime::shutdown::Stopping;

use crate::monitor::Monitor;
use crate::status::{self, Peer};
use crate::tls::{ALPN_H2, Dialler, Endpoint};
use crate::tunnel::HttpTunnel;

/// The shortest and the longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A connection that lasted this long was good: the next attempt comes soon.
const GOOD: Duration = Duration::from_secs(10);

/// Dials, serves, and dials again until the process stops.
pub(super) async fn run(
    edge: Endpoint,
    dialler: Arc<Dialler>,
    tunnel: Arc<dyn HttpTunnel>,
    monitor: Arc<Monitor>,
    mut stopping: Stopping,
) {
    let endpoint = Endpoint { protocol: Some(ALPN_H2), ..edge };
    let mut pause = PAUSE.0;
    loop {
        let began = crate::driver::instant();
        tokio::select! {
            () = stopping.wait() => return,
            () = attempt(&endpoint, &dialler, &*tunnel, &monitor) => {}
        }
        pause = if began.elapsed() >= GOOD { PAUSE.0 } else { pause };
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(jittered(pause)) => {}
        }
        pause = (pause * 2).min(PAUSE.1);
    }
}

async fn attempt(endpoint: &Endpoint, dialler: &Dialler, tunnel: &dyn HttpTunnel, monitor: &Monitor) {
    match Box::pin(dialler.dial(endpoint)).await {
        Ok(stream) => {
            tracing::info!(host = endpoint.host, port = endpoint.port, "the HTTP tunnel is open");
            let ended = tunnel.serve(stream.into()).await;
            tracing::info!(reason = ended, "the HTTP tunnel has ended");
        }
        Err(failure) => {
            let reason = status::code(&failure);
            monitor.count("connect-failed", reason);
            let detail = status::connect(&failure, Peer::ExpresswayE);
            tracing::info!(host = endpoint.host, port = endpoint.port, reason, detail, "the HTTP tunnel cannot be opened");
        }
    }
}

/// Between half of it and all of it, so that machines that lost the same peer do not come back together.
fn jittered(pause: Duration) -> Duration {
    let [random] = runtime::random::bytes::<1>();
    pause / 2 + pause * u32::from(random) / 512
}
