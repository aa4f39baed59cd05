//! Where the second connection of the traversal port goes: HTTP over it is another crate's.

use std::pin::Pin;

use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

/// Serves HTTP over connections with the application protocol `h2` that Expressway-C opened, on either end.
pub trait HttpTunnel: Send + Sync + 'static {
    /// Whether a connection is in use.
    fn is_up(&self) -> bool;

    /// Uses a connection until it ends; answers with the reason, for the log.
    fn serve(&self, stream: TlsStream<TcpStream>) -> Pin<Box<dyn Future<Output = String> + Send>>;
}

/// Has no HTTP: connections for it are closed at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTunnel;

impl HttpTunnel for NoTunnel {
    fn is_up(&self) -> bool {
        false
    }

    fn serve(&self, _stream: TlsStream<TcpStream>) -> Pin<Box<dyn Future<Output = String> + Send>> {
        Box::pin(std::future::ready("there is no HTTP here".to_owned()))
    }
}
