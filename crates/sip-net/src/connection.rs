//! One stream connection: octets in, frames, station, octets out, and one timer for every deadline.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use callmanager::flow::{Flow, Listener};
use callmanager::registrar::UnregistrationReason;
use callmanager::station::{CloseReason, Input, Station};
use rustls::pki_types::CertificateDer;
use sip::message::Message;
use sip::transport::{Frame, StreamFramer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;

use crate::effects::{self, Link};
use crate::flows::{FlowHandle, Mail, Mailbox};
use crate::service::Service;
use crate::write_queue::WriteQueue;
use crate::{limits, node, observe, trace};

/// Octets that are read at once: a TLS record holds no more.
const SCRATCH: usize = 16 * 1024;

thread_local! {
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

/// A stream, with or without TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What woke the task.
enum Wake {
    /// Octets were read: so many, 0 at the end.
    Read(io::Result<usize>),
    Mail(Box<(callmanager::flow::FlowId, Mail)>),
    Timer,
    /// Everything is written and the stream shut down, or it failed.
    Shut,
}

/// A connection's task.
pub(crate) struct Connection {
    service: Arc<Service>,
    handle: FlowHandle,
    mailbox: Mailbox,
    station: Station,
    framer: StreamFramer,
    wire: Wire,
    is_registered: bool,
}

/// The transport side: what the station writes to while it is driven.
struct Wire {
    stream: Stream,
    queue: WriteQueue,
    timer: Pin<Box<Sleep>>,
    /// The station's deadline.
    station_at: Option<Instant>,
    /// When the message that has begun must have ended.
    message_at: Option<Instant>,
    /// When the connection is dropped, whatever is not yet sent.
    close_at: Option<Instant>,
    is_lost: bool,
}

impl Link for Wire {
    fn transmit(&mut self, message: Bytes) {
        if self.queue.push(message).is_err() {
            self.is_lost = true;
        }
    }

    fn set_timer(&mut self, at: Instant) {
        self.station_at = Some(at);
    }

    fn close(&mut self, reason: CloseReason) {
        tracing::debug!(?reason, "closing");
        self.close_at.get_or_insert_with(|| node::instant() + limits::CLOSE);
    }
}

impl Wire {
    fn deadline(&self) -> Option<Instant> {
        [self.station_at, self.message_at, self.close_at, self.queue.deadline()].into_iter().flatten().min()
    }

    /// Ready when the earliest deadline has come. The timer is set anew only when it fires, or a deadline came nearer.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(deadline) = self.deadline() else { return Poll::Pending };
            if deadline < self.timer.deadline().into_std() {
                self.timer.as_mut().reset(deadline.into());
            }
            std::task::ready!(self.timer.as_mut().poll(context));
            if deadline <= node::instant() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline.into());
        }
    }

    /// Reads into the thread's scratch, and from there into the framer.
    fn poll_read(&mut self, framer: &mut StreamFramer, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            let stream = Pin::new(&mut self.stream);
            std::task::ready!(stream.poll_read(context, &mut buffer))?;
            framer.push(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queue.poll_write(&mut self.stream, node::instant, context)
    }
}

impl Connection {
    /// A connection whose handshake is done, and the certificates that its peer showed.
    pub(crate) fn new(
        service: Arc<Service>,
        stream: Stream,
        flow: Flow,
        chain: Option<Vec<CertificateDer<'static>>>,
    ) -> Box<Self> {
        let is_edge = flow.listener == Listener::MraOAuth;
        let (mailbox, write_octets) = match is_edge {
            true => (limits::EDGE_MAILBOX, limits::EDGE_WRITE_OCTETS),
            false => (limits::FLOW_MAILBOX, limits::WRITE_OCTETS),
        };
        let (handle, mailbox) = FlowHandle::new(flow.id, mailbox);
        service.flows.insert(handle.clone());
        if let Some(chain) = chain.filter(|_| is_edge) {
            service.edges.insert(handle.clone(), &flow, chain, &service.counters);
        }
        let now = node::instant();
        let station = Station::new(flow, now);
        let wire = Wire {
            stream,
            queue: WriteQueue::with_room(write_octets),
            timer: Box::pin(tokio::time::sleep_until((now + callmanager::station::UNREGISTERED_FLOW).into())),
            station_at: None,
            message_at: None,
            close_at: None,
            is_lost: false,
        };
        let is_registered = false;
        Box::new(Self { service, handle, mailbox, station, framer: StreamFramer::new(), wire, is_registered })
    }

    /// Runs until the connection is closed.
    pub(crate) async fn run(mut self: Box<Self>) {
        self.drive(Input::Timeout);
        while !self.wire.is_lost {
            match poll_fn(|context| self.poll_wake(context)).await {
                Wake::Read(Ok(0)) | Wake::Read(Err(_)) | Wake::Shut => break,
                Wake::Read(Ok(_)) => self.frames(),
                Wake::Mail(mail) => self.mail(mail.1),
                Wake::Timer => self.deadline(),
            }
        }
        self.end();
    }

    fn poll_wake(&mut self, context: &mut Context<'_>) -> Poll<Wake> {
        let written = self.wire.poll_write(context);
        if matches!(written, Poll::Ready(Err(_))) {
            return Poll::Ready(Wake::Shut);
        }
        if self.wire.close_at.is_some() {
            if written.is_ready() && Pin::new(&mut self.wire.stream).poll_shutdown(context).is_ready() {
                return Poll::Ready(Wake::Shut);
            }
            return self.wire.poll_timer(context).map(|()| Wake::Timer);
        }
        if let Poll::Ready(Some(mail)) = self.mailbox.poll_recv(context) {
            return Poll::Ready(Wake::Mail(mail));
        }
        // A peer that does not read is not read from: its requests would only make the queue longer.
        if self.wire.queue.is_flushed()
            && let Poll::Ready(read) = self.wire.poll_read(&mut self.framer, context)
        {
            return Poll::Ready(Wake::Read(read));
        }
        self.wire.poll_timer(context).map(|()| Wake::Timer)
    }

    /// Serves every whole frame that has arrived.
    fn frames(&mut self) {
        while self.wire.close_at.is_none() && !self.wire.is_lost {
            let Some(frame) = self.framer.next_frame() else { break };
            // The time of a message begins with its first octet: the next one's has not begun yet.
            self.wire.message_at = None;
            let input = match frame {
                Frame::Message(message) => self.received(message),
                Frame::Malformed(error) => Input::Malformed(error),
                Frame::KeepAlivePing => Input::Ping,
                Frame::KeepAlivePong => continue,
            };
            self.drive(input);
        }
        if !self.framer.is_in_message() {
            self.wire.message_at = None;
        } else if self.wire.message_at.is_none() {
            self.wire.message_at = Some(node::instant() + limits::MESSAGE);
        }
    }

    fn received(&self, message: Message) -> Input {
        trace::received(self.station.flow(), message.as_bytes());
        // Behind the address of an edge are many clients, and what one of them guesses is not the others' fault.
        if self.is_registered || self.station.flow().listener == Listener::MraOAuth {
            return Input::Receive(message);
        }
        match self.service.retry_after(self.station.flow().remote.ip()) {
            Some(wait) => Input::ReceiveThrottled(message, wait),
            None => Input::Receive(message),
        }
    }

    fn mail(&mut self, mail: Mail) {
        match mail {
            Mail::Command(command) => self.drive(Input::Command(command)),
            Mail::End(binding, reason) => self.drive(Input::End(binding, reason)),
            Mail::Close(reason) => self.close(reason),
        }
    }

    /// The node wants the connection gone.
    fn close(&mut self, reason: UnregistrationReason) {
        let bindings: Vec<_> = self.station.bindings().cloned().collect();
        for binding in bindings {
            self.drive(Input::End(binding, reason));
        }
        self.wire.close(CloseReason::RegistrationEnded(reason));
    }

    fn deadline(&mut self) {
        let now = node::instant();
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.wire.close_at) {
            self.wire.is_lost = true;
        } else if passed(self.wire.queue.deadline()) {
            self.given_up("write-timeout");
        } else if passed(self.wire.message_at) {
            self.given_up("message-timeout");
        } else if passed(self.wire.station_at) {
            self.wire.station_at = None;
            self.drive(Input::Timeout);
        }
    }

    fn given_up(&mut self, reason: &'static str) {
        self.service.counters.count("connection-closed", reason);
        let flow = self.station.flow();
        tracing::info!(flow = flow.id.0, remote = %flow.remote, reason, "connection given up");
        self.wire.is_lost = true;
    }

    fn drive(&mut self, input: Input) {
        effects::run(&self.service, &self.handle, &mut self.station, &mut self.wire, input);
        let is_registered = self.station.is_registered();
        if is_registered != self.is_registered {
            self.is_registered = is_registered;
            let (source, mut newcomers) = (self.station.flow().remote.ip(), self.service.newcomers());
            match is_registered {
                true => newcomers.leave(source),
                false => newcomers.enter(source),
            }
        }
    }

    /// Tells everyone that the flow is gone, those too whose command is still in the mailbox.
    fn end(&mut self) {
        self.drive(Input::Closed);
        self.mailbox.close();
        while let Ok(mail) = self.mailbox.try_recv() {
            if let Mail::Command(command) = mail.1 {
                self.drive(Input::Command(command));
            }
        }
    }
}

impl Drop for Connection {
    /// Also after a panic in the station: one connection is lost, and the node forgets it.
    fn drop(&mut self) {
        let id = self.handle.id();
        self.service.flows.remove(id);
        if self.station.flow().listener == Listener::MraOAuth {
            self.service.edges.remove(id);
        }
        if !self.is_registered {
            self.service.newcomers().leave(self.station.flow().remote.ip());
        }
        if std::thread::panicking() {
            self.service.counters.count("connection-closed", "panic");
            for lost in self.service.registrar.unbind_flow(id) {
                let reason = UnregistrationReason::ConnectivityError;
                observe::unregistered(&self.service.observation, &lost, reason);
                self.service.observer.unregistered(&lost, reason);
            }
        }
    }
}

macro_rules! delegate {
    ($self:ident, $method:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Stream::Tcp(stream) => Pin::new(stream).$method($($argument),*),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        delegate!(self, poll_write(context, octets))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_shutdown(context))
    }
}
