//! One SIP flow: octets in, frames to the machine, octets out, and one timer for every deadline.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::BytesMut;
use edge::{ConnectFailure, Flow, FlowId, FlowKind, Input, Target};
use sip::transport::{Frame, StreamFramer};
use sip_net::limits;
use sip_net::write_queue::WriteQueue;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Sleep;
use tokio_rustls::TlsStream;

use crate::diagnostics::Direction;
use crate::driver::{self, Driver, Machine};
use crate::flows::{Capacity, Command, Ends};
use crate::tls::alert;

/// Octets that are read at once: a TLS record holds no more.
const SCRATCH: usize = 16 * 1024;

/// Octets that may wait before another command is taken: with the longest message, less than the queue holds.
const WAITING: usize = 64 * 1024;

/// How a flow came to be.
#[derive(Debug)]
pub(crate) enum Origin {
    /// The peer opened it.
    Accepted,
    /// We opened it, because the machine wanted it.
    Dialled(Target),
}

/// What woke the task.
enum Wake {
    Read(io::Result<usize>),
    Command(Option<Command>),
    Timer,
    /// Everything is written and the stream shut down, or it failed.
    Shut(io::Result<()>),
}

/// The task of a flow.
pub(crate) struct Connection<M: Machine> {
    driver: Arc<Driver<M>>,
    flow: Flow,
    ends: Arc<Ends>,
    origin: Origin,
    capacity: Capacity,
    stream: TlsStream<TcpStream>,
    mailbox: mpsc::Receiver<Command>,
    framer: StreamFramer,
    queue: WriteQueue,
    timer: Pin<Box<Sleep>>,
    /// When the message that has begun must have ended (TLS-3).
    message_at: Option<Instant>,
    /// When the connection is dropped, whatever is not yet sent.
    close_at: Option<Instant>,
    has_received: bool,
}

impl<M: Machine> Connection<M> {
    pub(crate) fn new(driver: Arc<Driver<M>>, stream: TlsStream<TcpStream>, flow: Flow, origin: Origin) -> Self {
        let capacity = match flow.kind {
            FlowKind::Phone => Capacity::Phone,
            _ => Capacity::Link,
        };
        let ends = Arc::new(Ends::from(&flow));
        let mailbox = driver.flows.open(Arc::clone(&ends), capacity);
        Self {
            driver,
            flow,
            ends,
            origin,
            capacity,
            stream,
            mailbox,
            framer: StreamFramer::new(),
            queue: WriteQueue::default(),
            timer: Box::pin(tokio::time::sleep_until(driver::instant().into())),
            message_at: None,
            close_at: None,
            has_received: false,
        }
    }

    /// Runs until the connection is closed. Answers with what that means, when we opened it and it never was of use.
    pub(crate) async fn run(mut self) -> Option<ConnectFailure> {
        let _panic = OnPanic { driver: Arc::clone(&self.driver), flow: self.flow.id };
        self.driver.input(Input::Opened(self.flow.clone()));
        let ended = loop {
            match poll_fn(|context| self.poll_wake(context)).await {
                Wake::Read(Ok(0)) => break Ok(()),
                Wake::Read(Err(error)) => break Err(error),
                Wake::Read(Ok(_)) => self.frames(),
                Wake::Command(Some(Command::Write(octets))) => {
                    if self.queue.push(octets).is_err() {
                        self.given_up("write-overflow");
                        break Ok(());
                    }
                }
                Wake::Command(Some(Command::Close(reason))) => {
                    tracing::debug!(flow = self.flow.id.0, reason = reason.code(), "closing");
                    self.close_at.get_or_insert_with(|| driver::instant() + limits::CLOSE);
                }
                Wake::Command(None) => {
                    self.close_at.get_or_insert_with(|| driver::instant() + limits::CLOSE);
                }
                Wake::Timer => {
                    if self.is_over() {
                        break Ok(());
                    }
                }
                Wake::Shut(outcome) => break outcome,
            }
        };
        self.end(ended)
    }

    fn poll_wake(&mut self, context: &mut Context<'_>) -> Poll<Wake> {
        let written = self.queue.poll_write(&mut self.stream, driver::instant, context);
        if let Poll::Ready(Err(error)) = written {
            return Poll::Ready(Wake::Shut(Err(error)));
        }
        if self.close_at.is_some() {
            if written.is_ready() && Pin::new(&mut self.stream).poll_shutdown(context).is_ready() {
                return Poll::Ready(Wake::Shut(Ok(())));
            }
            return self.poll_timer(context).map(|()| Wake::Timer);
        }
        // What is not taken waits in the mailbox, whose bound is the machine's.
        if self.queue.octets() < WAITING
            && let Poll::Ready(command) = self.mailbox.poll_recv(context)
        {
            return Poll::Ready(Wake::Command(command));
        }
        // A phone that does not read is not read from. A link is: two that wait for each other would stand still.
        if (self.capacity == Capacity::Link || self.queue.is_flushed())
            && let Poll::Ready(read) = self.poll_read(context)
        {
            return Poll::Ready(Wake::Read(read));
        }
        self.poll_timer(context).map(|()| Wake::Timer)
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        thread_local! {
            static BUFFER: std::cell::RefCell<BytesMut> = std::cell::RefCell::new(BytesMut::zeroed(SCRATCH));
        }
        BUFFER.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            std::task::ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            self.framer.push(buffer.filled());
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    fn deadline(&self) -> Option<Instant> {
        [self.message_at, self.close_at, self.queue.deadline()].into_iter().flatten().min()
    }

    /// Ready when the earliest deadline has come. The timer is set anew only when it fires, or a deadline came nearer.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(deadline) = self.deadline() else { return Poll::Pending };
            if deadline < self.timer.deadline().into_std() || self.timer.is_elapsed() {
                self.timer.as_mut().reset(deadline.into());
            }
            std::task::ready!(self.timer.as_mut().poll(context));
            if deadline <= driver::instant() {
                return Poll::Ready(());
            }
        }
    }

    /// Serves every whole frame that has arrived.
    fn frames(&mut self) {
        self.has_received = true;
        let id = self.flow.id;
        while self.close_at.is_none() {
            let Some(frame) = self.framer.next_frame() else { break };
            // The time of a message begins with its first octet: the next one's has not begun yet.
            self.message_at = None;
            let input = match frame {
                Frame::Message(message) => {
                    if tracing::enabled!(tracing::Level::TRACE) {
                        let text = observation::mask(message.as_bytes());
                        tracing::trace!(flow = id.0, remote = %self.flow.remote, message = %text, "received");
                    }
                    self.driver.monitor.diagnostics().message(&self.ends, Direction::Received, message.as_bytes());
                    Input::Received(id, message)
                }
                Frame::Malformed(error) => Input::Malformed(id, error),
                Frame::KeepAlivePing => Input::Ping(id),
                Frame::KeepAlivePong => Input::Pong(id),
            };
            self.driver.input(input);
        }
        if !self.framer.is_in_message() {
            self.message_at = None;
        } else if self.message_at.is_none() {
            self.message_at = Some(driver::instant() + limits::MESSAGE);
        }
    }

    fn is_over(&self) -> bool {
        let now = driver::instant();
        let passed = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if passed(self.close_at) {
            return true;
        }
        if passed(self.queue.deadline()) {
            self.given_up("write-timeout");
            return true;
        }
        if passed(self.message_at) {
            self.given_up("message-timeout");
            return true;
        }
        false
    }

    fn given_up(&self, reason: &'static str) {
        self.driver.monitor.count("connection-closed", reason);
        tracing::info!(flow = self.flow.id.0, remote = %self.flow.remote, reason, "connection given up");
    }

    /// The machine hears once that the flow has ended, and what that means when the peer never said a word on it: in TLS 1.3 its
    /// verdict on our certificate comes behind the handshake.
    fn end(self, ended: io::Result<()>) -> Option<ConnectFailure> {
        let Self { driver, flow, origin, has_received, close_at, .. } = self;
        driver.flows.remove(flow.id);
        if let Err(error) = &ended {
            tracing::debug!(flow = flow.id.0, remote = %flow.remote, %error, "connection lost");
        }
        driver.input(Input::Closed(flow.id));
        let Origin::Dialled(target) = origin else { return None };
        let verdict = match &ended {
            Err(error) if alert::is_from_peer(error) => Some(alert::failure(error)),
            _ if has_received || close_at.is_some() => None,
            Err(error) => Some(alert::failure(error)),
            Ok(()) => Some(ConnectFailure::ClosedInHandshake),
        };
        if let Some(verdict) = &verdict {
            driver.monitor.count("connect-failed", crate::status::code(verdict));
            driver.input(Input::ConnectFailed(target, verdict.clone()));
        }
        verdict
    }
}

/// One flow is lost when its task panics, and the machine forgets it.
struct OnPanic<M: Machine> {
    driver: Arc<Driver<M>>,
    flow: FlowId,
}

impl<M: Machine> Drop for OnPanic<M> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (driver, flow) = (Arc::clone(&self.driver), self.flow);
            driver.monitor.count("connection-closed", "panic");
            driver.flows.remove(flow);
            // Not here: the machine itself may be what panicked.
            tokio::spawn(async move { driver.input(Input::Closed(flow)) });
        }
    }
}
