//! The listening sockets, and who is let in.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use callmanager::flow::{Flow, Listener, Transport};
use observation::Certificate;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;

use crate::connection::{Connection, Stream};
use crate::handshake::Accepted;
use crate::service::Service;
use crate::tls::TlsPort;
use crate::{handshake, limits, node};

/// A TCP port that is open.
pub(crate) struct Port {
    pub(crate) listener: Listener,
    pub(crate) tls: Option<Secured>,
    pub(crate) socket: TcpListener,
}

/// The TLS side of a port, and the chain that it shows.
#[derive(Clone)]
pub(crate) struct Secured {
    pub(crate) port: TlsPort,
    pub(crate) chain: Arc<[Certificate]>,
}

/// Opens a TCP port.
///
/// # Errors
/// When the address is taken, or not this machine's.
pub fn open_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of the service before this one may linger in TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(limits::BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Opens a UDP port.
pub(crate) fn open_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // The kernel gives what it allows.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Takes connections until the service stops listening.
pub(crate) async fn accept(service: Arc<Service>, port: Port, mut stop: watch::Receiver<bool>) {
    let Port { listener, tls, socket } = port;
    let mut last_complaint: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) => admit(&service, listener, tls.as_ref(), stream, remote),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors or memory: the connection stays in the backlog, and asking again at once would spin.
                let now = node::instant();
                if last_complaint.is_none_or(|at| now.duration_since(at).as_secs() >= 1) {
                    last_complaint = Some(now);
                    service.counters.count("accept-failed", "resources");
                    tracing::warn!(?listener, %error, "no connection can be accepted");
                }
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an error of `accept` concerns one connection and not the listener.
#[must_use]
pub fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

fn admit(service: &Arc<Service>, listener: Listener, tls: Option<&Secured>, stream: TcpStream, remote: SocketAddr) {
    if !service.has_room(remote.ip()) {
        service.counters.count("connection-closed", "too-many");
        return;
    }
    let service = Arc::clone(service);
    tokio::spawn(serve(service, listener, tls.cloned(), stream, remote));
}

/// The life of a connection. The handshake's memory is given back before the connection's is taken.
async fn serve(service: Arc<Service>, listener: Listener, tls: Option<Secured>, socket: TcpStream, remote: SocketAddr) {
    let accepted_at = node::instant();
    if prepare(&socket).is_err() {
        return;
    }
    let Ok(local) = socket.local_addr() else { return };
    service.newcomers().enter(remote.ip());
    let guard = Uncounted(&service, remote.ip());
    let id = service.next_flow();
    let (stream, peer) = match tls {
        None => (Stream::Tcp(socket), None),
        Some(secured) => {
            let accepted = Accepted { listener, local, remote, flow: id, at: accepted_at };
            let shaken = handshake::accept(&service, socket, &accepted, &secured);
            match Box::pin(shaken).await {
                Some(accepted) => accepted,
                None => return,
            }
        }
    };
    std::mem::forget(guard);
    let transport = if matches!(stream, Stream::Tls(_)) { Transport::Tls } else { Transport::Tcp };
    let (peer_names, chain) = peer.map(|peer| (peer.names, peer.chain)).unzip();
    let flow = Flow { id, listener, transport, local, remote, peer_names };
    Connection::new(service, stream, flow, chain).run().await;
}

/// Takes a connection off the count when its handshake fails; later the connection does it.
struct Uncounted<'a>(&'a Service, IpAddr);

impl Drop for Uncounted<'_> {
    fn drop(&mut self) {
        self.0.newcomers().leave(self.1);
    }
}

/// Sets what every stream connection has: no delay for small messages, and an end for octets that nobody acknowledges.
///
/// # Errors
/// When the connection is gone already.
pub fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_user_timeout(Some(limits::UNACKNOWLEDGED))
}
