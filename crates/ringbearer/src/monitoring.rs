//! The listener that a monitor reads: metrics, on the loopback interface, without TLS and without accounts.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use runtime::shutdown::Stopping;
use tokio::net::TcpListener;

/// Binds the listener, and gives what serves on it until the node stops.
///
/// # Errors
/// When the address is taken.
pub(crate) async fn listen(
    address: SocketAddr,
    router: Router,
    stopping: &Stopping,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.with_context(|| format!("listening on {address} for metrics ([metrics] in the configuration)"))?;
    Ok(web::serve::serve(listener, None, router, web::serve::Limits::default(), stopping.clone()))
}
