//! Runs a machine: inputs from connections and the clock go in one at a time, and what it wants is carried out in the order
//! in which it said so.
//!
//! Our choice: one machine a process behind a mutex. Nothing waits while it is held: octets go into the mailbox of their
//! flow, connections are opened by a task of their own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use edge::media::{MediaError, MediaPlane, OpenedStream, PeerMedia, Side, StreamId, StreamPlan, StreamStatistics};
use edge::{Event, FlowId, Input, Now, Output, Target};
use token::UnixTime;
use tokio::sync::{mpsc, watch};

use crate::diagnostics::Direction;
use crate::flows::{Capacity, Command, Flows, Undelivered};
use crate::monitor::Monitor;

/// A machine with what it is driven with.
pub(crate) trait Machine: Send + 'static {
    /// Takes what happened.
    fn handle(&mut self, now: Now, input: Input);
    /// What is to be done next.
    fn poll(&mut self) -> Option<Output>;
}

/// What relays media, whatever it is.
pub struct Plane(Box<dyn MediaPlane + Send>);

impl Plane {
    /// A plane.
    #[must_use]
    pub fn new(plane: impl MediaPlane + Send + 'static) -> Self {
        Self(Box::new(plane))
    }
}

impl std::fmt::Debug for Plane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plane(…)")
    }
}

impl MediaPlane for Plane {
    fn open(&mut self, plan: StreamPlan) -> Result<OpenedStream, MediaError> {
        self.0.open(plan)
    }

    fn update(&mut self, stream: StreamId, side: Side, peer: PeerMedia) {
        self.0.update(stream, side, peer);
    }

    fn last_heard(&self, stream: StreamId) -> Option<Instant> {
        self.0.last_heard(stream)
    }

    fn close(&mut self, stream: StreamId) -> StreamStatistics {
        self.0.close(stream)
    }
}

/// A plane that opens nothing: calls are answered with 503.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMedia;

impl MediaPlane for NoMedia {
    fn open(&mut self, _plan: StreamPlan) -> Result<OpenedStream, MediaError> {
        Err(MediaError::Unavailable)
    }

    fn update(&mut self, _stream: StreamId, _side: Side, _peer: PeerMedia) {}

    fn last_heard(&self, _stream: StreamId) -> Option<Instant> {
        None
    }

    fn close(&mut self, _stream: StreamId) -> StreamStatistics {
        StreamStatistics::default()
    }
}

/// The driver of a machine.
pub(crate) struct Driver<M> {
    machine: Mutex<M>,
    pub(crate) flows: Flows,
    pub(crate) monitor: Arc<Monitor>,
    timer: watch::Sender<Option<Instant>>,
    connections: mpsc::UnboundedSender<Target>,
    next_flow: AtomicU64,
}

impl<M: Machine> Driver<M> {
    /// A driver, and the connections that its machine will want.
    pub(crate) fn new(machine: M, monitor: Arc<Monitor>) -> (Arc<Self>, mpsc::UnboundedReceiver<Target>) {
        let (connections, wanted) = mpsc::unbounded_channel();
        let (timer, _) = watch::channel(None);
        let driver = Self {
            machine: Mutex::new(machine),
            flows: Flows::default(),
            monitor,
            timer,
            connections,
            next_flow: AtomicU64::new(1),
        };
        (Arc::new(driver), wanted)
    }

    /// A number for a new flow.
    pub(crate) fn next_flow(&self) -> FlowId {
        FlowId(self.next_flow.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands an input in, and carries out what the machine wants.
    pub(crate) fn input(&self, input: Input) {
        let mut machine = self.machine();
        machine.handle(now(), input);
        while let Some(output) = machine.poll() {
            self.carry_out(output);
        }
    }

    /// Looks at the machine.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&mut M) -> R) -> R {
        look(&mut self.machine())
    }

    /// Hands in `Timeout` when the machine's time has come, until the driver is gone.
    pub(crate) async fn run_timer(self: Arc<Self>) {
        let mut wanted = self.timer.subscribe();
        loop {
            let at = *wanted.borrow_and_update();
            let Some(at) = at else {
                if wanted.changed().await.is_err() {
                    return;
                }
                continue;
            };
            tokio::select! {
                changed = wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = tokio::time::sleep_until(at.into()) => {
                    self.timer.send_if_modified(|wanted| {
                        let is_due = wanted.is_some_and(|wanted| wanted <= instant());
                        if is_due {
                            *wanted = None;
                        }
                        is_due
                    });
                    self.input(Input::Timeout);
                }
            }
        }
    }

    fn machine(&self) -> MutexGuard<'_, M> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::Transmit(flow, octets) => {
                if tracing::enabled!(tracing::Level::TRACE) {
                    tracing::trace!(flow = flow.0, message = %observation::mask(&octets), "sent");
                }
                if self.monitor.diagnostics().is_on()
                    && let Some(ends) = self.flows.ends(flow)
                {
                    self.monitor.diagnostics().message(&ends, Direction::Sent, &octets);
                }
                self.send(flow, Command::Write(octets));
            }
            Output::Close(flow, reason) => self.send(flow, Command::Close(reason)),
            Output::Connect(target) => {
                // The one who connects is gone when the process ends.
                let _ = self.connections.send(target);
            }
            Output::SetTimer(at) => {
                self.timer.send_replace(Some(at));
            }
            Output::Event(event) => self.note(&event),
        }
    }

    fn send(&self, flow: FlowId, command: Command) {
        match self.flows.send(flow, command) {
            Ok(()) | Err(Undelivered::Gone) => {}
            Err(Undelivered::Full(Capacity::Phone)) => {
                self.monitor.count("connection-closed", "overrun");
                tracing::info!(flow = flow.0, reason = "overrun", "a phone does not read what it is sent");
                self.flows.remove(flow);
            }
            Err(Undelivered::Full(Capacity::Link)) => {
                self.monitor.count("dropped", "link-overrun");
                tracing::warn!(flow = flow.0, reason = "link-overrun", "a link does not keep up: a message is dropped");
            }
        }
    }

    fn note(&self, event: &Event) {
        let ends = match event {
            Event::Refused { flow, .. } | Event::Dropped { flow, .. } => self.flows.ends(*flow),
            _ => None,
        };
        self.monitor.note(event, ends.as_deref());
    }
}

/// Both clocks.
pub(crate) fn now() -> Now {
    Now { monotonic: instant(), unix: UnixTime(runtime::clock::unix_seconds()) }
}

/// Monotonic time alone: the runtime's, which a test can stop.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}
