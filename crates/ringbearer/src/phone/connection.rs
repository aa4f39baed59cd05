//! The flows of the phone: TLS, TCP or UDP to a node. Each is a task; messages go both ways over channels.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use phone::{FlowId, Target, Transport};
use rustls::pki_types::ServerName;
use sip::message::Message;
use sip::transport::{Datagram, Frame, StreamFramer, parse_datagram};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use super::log::{CALL_CONTROL, ClientLog, Level, client_log};
use super::names::Names;
use super::report::Direction;
use super::reporter::Reporter;

/// How long a connection and its handshake may take. The vendor's phones wait as long.
const CONNECT: Duration = Duration::from_secs(8);

/// How long a message may take to leave.
const WRITE: Duration = Duration::from_secs(10);

/// Messages that may wait to leave on one flow.
const WAITING: usize = 64;

/// A datagram of SIP.
const DATAGRAM: usize = 65_536;

/// What happens on a flow.
#[derive(Debug)]
pub(crate) enum FlowNews {
    Connected { flow: FlowId, local: SocketAddr },
    Disconnected { flow: FlowId, reason: String },
    Received { flow: FlowId, message: Message },
    Probed { target: Target, reachable: bool },
}

/// The flows that are open.
pub(crate) struct Flows {
    tls: TlsConnector,
    names: Names,
    log: ClientLog,
    reporter: Reporter,
    news: mpsc::Sender<FlowNews>,
    open: HashMap<FlowId, mpsc::Sender<Bytes>>,
}

impl Flows {
    pub(crate) fn new(
        (tls, names): (Arc<rustls::ClientConfig>, Names),
        log: ClientLog,
        reporter: Reporter,
        news: mpsc::Sender<FlowNews>,
    ) -> Self {
        Self { tls: TlsConnector::from(tls), names, log, reporter, news, open: HashMap::new() }
    }

    /// Opens a flow; the news say how it went.
    pub(crate) fn connect(&mut self, flow: FlowId, target: Target) {
        let (sender, outbox) = mpsc::channel(WAITING);
        self.open.insert(flow, sender);
        let task = Flow {
            flow,
            tls: self.tls.clone(),
            names: self.names.clone(),
            log: self.log.clone(),
            reporter: self.reporter.clone(),
            news: self.news.clone(),
        };
        tokio::spawn(async move {
            let reason = match task.run(&target, outbox).await {
                Ok(()) => "closed".to_owned(),
                Err(fault) => {
                    let function = "sip_create_transport_connection";
                    client_log!(
                        task.log,
                        Level::Warn,
                        CALL_CONTROL,
                        function,
                        "[SIP][CONN][{}] {target}: {fault}",
                        flow.0
                    );
                    fault.to_string()
                }
            };
            // Nobody listens when the phone is at its end.
            let _ = task.news.send(FlowNews::Disconnected { flow, reason }).await;
        });
    }

    /// Puts a message on a flow. One that is closed tells so by itself.
    pub(crate) fn transmit(&mut self, flow: FlowId, message: Bytes) {
        if let Some(sender) = self.open.get(&flow)
            && sender.try_send(message).is_err()
        {
            // The node takes nothing: without its queue the flow closes.
            self.open.remove(&flow);
        }
    }

    /// Closes a flow after what waits has left.
    pub(crate) fn disconnect(&mut self, flow: FlowId) {
        self.open.remove(&flow);
    }

    /// Finds out whether a node takes connections.
    pub(crate) fn probe(&self, target: Target) {
        let (news, names) = (self.news.clone(), self.names.clone());
        tokio::spawn(async move {
            let reachable = within(CONNECT, tcp(&names, &target)).await.is_ok();
            let _ = news.send(FlowNews::Probed { target, reachable }).await;
        });
    }
}

struct Flow {
    flow: FlowId,
    tls: TlsConnector,
    names: Names,
    log: ClientLog,
    reporter: Reporter,
    news: mpsc::Sender<FlowNews>,
}

impl Flow {
    async fn run(&self, target: &Target, outbox: mpsc::Receiver<Bytes>) -> io::Result<()> {
        match target.transport {
            Transport::Udp => {
                let socket = within(CONNECT, udp(&self.names, target)).await?;
                self.connected(target, socket.local_addr()?, socket.peer_addr()?).await;
                self.drive_datagrams(&socket, outbox).await
            }
            Transport::Tcp => {
                let stream = within(CONNECT, tcp(&self.names, target)).await?;
                self.connected(target, stream.local_addr()?, stream.peer_addr()?).await;
                self.drive_stream(stream, outbox).await
            }
            Transport::Tls => {
                let (stream, local, peer) = within(CONNECT, self.tls(target)).await?;
                self.connected(target, local, peer).await;
                self.drive_stream(stream, outbox).await
            }
        }
    }

    async fn tls(
        &self,
        target: &Target,
    ) -> io::Result<(tokio_rustls::client::TlsStream<TcpStream>, SocketAddr, SocketAddr)> {
        // Outside, the one to be known by its certificate is the edge.
        let name = ServerName::try_from(target.peer().0.to_owned()).map_err(io::Error::other)?;
        let stream = tcp(&self.names, target).await?;
        let (local, peer) = (stream.local_addr()?, stream.peer_addr()?);
        Ok((self.tls.connect(name, stream).await?, local, peer))
    }

    async fn connected(&self, target: &Target, local: SocketAddr, peer: SocketAddr) {
        let transport = transport_name(target.transport);
        client_log!(
            self.log,
            Level::Debug,
            CALL_CONTROL,
            "sip_create_transport_connection",
            "[SIP][CONN][{}] create {transport} connection {local}-----{peer}.",
            self.flow.0
        );
        let _ = self.news.send(FlowNews::Connected { flow: self.flow, local }).await;
    }

    async fn drive_stream<S>(&self, mut stream: S, mut outbox: mpsc::Receiver<Bytes>) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut framer = StreamFramer::new();
        loop {
            tokio::select! {
                read = stream.read_buf(framer.buffer_mut()) => {
                    if read? == 0 {
                        return Err(io::Error::other("the node closed the connection"));
                    }
                    while let Some(frame) = framer.next_frame() {
                        self.frame(frame).await?;
                    }
                }
                message = outbox.recv() => match message {
                    Some(message) => {
                        self.sends(&message);
                        within(WRITE, send(&mut stream, &message)).await?;
                    }
                    None => return stream.shutdown().await,
                },
            }
        }
    }

    async fn frame(&self, frame: Frame) -> io::Result<()> {
        match frame {
            Frame::Message(message) => self.received(message).await,
            Frame::Malformed(fault) => return Err(io::Error::other(format!("the node sent no SIP: {fault:?}"))),
            Frame::KeepAlivePing | Frame::KeepAlivePong => {}
        }
        Ok(())
    }

    async fn drive_datagrams(&self, socket: &UdpSocket, mut outbox: mpsc::Receiver<Bytes>) -> io::Result<()> {
        let mut datagram = vec![0; DATAGRAM];
        loop {
            tokio::select! {
                read = socket.recv(&mut datagram) => {
                    let bytes = Bytes::copy_from_slice(datagram.get(..read?).unwrap_or_default());
                    if let Ok(Datagram::Message(message)) = parse_datagram(bytes) {
                        self.received(message).await;
                    }
                }
                message = outbox.recv() => match message {
                    Some(message) => {
                        self.sends(&message);
                        socket.send(&message).await?;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    fn sends(&self, message: &[u8]) {
        self.reporter.message(Direction::Sent, message);
        self.log.sent(message);
    }

    async fn received(&self, message: Message) {
        self.reporter.message(Direction::Received, message.as_bytes());
        self.log.received(message.as_bytes());
        let _ = self.news.send(FlowNews::Received { flow: self.flow, message }).await;
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    stream.write_all(message).await?;
    stream.flush().await
}

/// The first address that answers.
async fn tcp(names: &Names, target: &Target) -> io::Result<TcpStream> {
    let mut fault = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let (host, port) = target.peer();
    for address in names.addresses(host, port).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(other) => fault = other,
        }
    }
    Err(fault)
}

async fn udp(names: &Names, target: &Target) -> io::Result<UdpSocket> {
    let (host, port) = target.peer();
    let addresses = names.addresses(host, port).await?;
    let address = addresses.first().copied();
    let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(address).await?;
    Ok(socket)
}

async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

pub(crate) fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Tls => "TLS",
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    }
}
