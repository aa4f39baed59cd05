//! The machine of one flow: it owns the flow's transactions, authenticates who sends over it, keeps the registrations of its
//! devices, and routes requests to calls.
//!
//! Checks run in one order, and none before the one above it has passed: syntax, Max-Forwards, authentication,
//! authorisation, Require, routing ([`refusal::Check`] has them all). The way of a REGISTER: [`refresh`](self) for one that repeats
//! a registration of this flow with the same token, which looks at nothing shared; else `register` decides and `registering`
//! carries out. Any other request comes from a device that is registered on this very flow, or is challenged; `request` serves
//! it, `calls` knows which call a dialog belongs to, and `screening` removes what a device may not assert.

mod authentication;
mod calls;
mod date;
mod keep_alive;
mod refresh;
pub mod refusal;
mod register;
mod registering;
mod registration;
mod reply;
mod request;
pub mod screening;
mod vendor;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use directory::DeviceName;
use sip::message::{Message, ParseError, Request, ResponseBuilder, StatusCode};
use sip::transaction::{self, ServerKey, TableLimits, TimerValues, TransactionLayer};

pub use authentication::{Authenticated, Identity};

use crate::flow::{CallKey, Flow, FlowCommand, FlowEvent, Listener, Reachable, Transport};
use crate::node_view::{NodeView, Now};
use crate::registrar::{Binding, UnregistrationReason};
use calls::Calls;
use keep_alive::PingBudget;
use refusal::evidence::Case;
use refusal::{Reason, Refusal};
use registering::Pending;
use registration::Registrations;
use reply::Tags;

/// A flow without a registration is closed after this time (TLS-3).
pub const UNREGISTERED_FLOW: Duration = Duration::from_secs(30);

/// What happens to a station.
#[derive(Debug)]
pub enum Input {
    /// A message came over the flow.
    Receive(Message),
    /// The same, from a source that has failed too often and has no registration on the flow.
    ReceiveThrottled(Message, Duration),
    /// A message came that breaks a rule.
    Malformed(ParseError),
    /// A keep-alive came (RFC 5626 §3.5.1).
    Ping,
    /// A call wants something of the flow.
    Command(FlowCommand),
    /// The answer to [`Output::Bind`].
    Bound(DeviceName, BindOutcome),
    /// This registration must end: another took the device over, its token was revoked, the directory changed.
    End(Arc<Binding>, UnregistrationReason),
    /// The instant of the last [`Output::SetTimer`] has come.
    Timeout,
    /// The flow is closed.
    Closed,
}

/// What the registrar said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindOutcome {
    /// The device is registered here.
    Bound,
    /// Another client holds it, and this one yields.
    ActiveElsewhere,
    /// The user's token stands for too many devices.
    TooManyDevices,
}

/// What a station asks for.
#[derive(Debug)]
pub enum Output {
    /// Put this message on the flow.
    Transmit(Bytes),
    /// Call back with [`Input::Timeout`] no later than this; replaces what was asked before.
    SetTimer(Instant),
    /// Enter this binding, and answer with [`Input::Bound`].
    Bind(Arc<Binding>),
    /// Take the device off, if it is still on this flow.
    Unbind(DeviceName),
    /// A new call begins.
    StartCall(Box<NewCall>),
    /// Tell a call.
    ToCall(CallKey, Box<FlowEvent>),
    /// Close the flow, once everything is sent.
    Close(CloseReason),
    /// Log it, count it, show it.
    Event(Event),
}

/// The INVITE that begins a call.
#[derive(Debug)]
pub struct NewCall {
    /// The call's name.
    pub key: CallKey,
    /// The server transaction of the INVITE.
    pub transaction: ServerKey,
    /// The INVITE, screened.
    pub invite: Authenticated<Request>,
    /// The calling device.
    pub caller: Reachable,
}

/// Why a station closes its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// No device registered in time.
    Unregistered,
    /// Framing is lost.
    FramingLost,
    /// Too many keep-alives.
    PingFlood,
    /// The registration ended for this reason.
    RegistrationEnded(UnregistrationReason),
}

/// What happened, for logs, counters and pages.
#[derive(Debug, Clone)]
pub enum Event {
    /// A device registered.
    Registered(Arc<Binding>),
    /// A registration ended.
    Unregistered(Arc<Binding>, UnregistrationReason),
    /// A request was refused.
    Refused(Box<Refusal>),
    /// A request was asked for credentials.
    Challenged,
    /// Credentials were wrong: counts against the source.
    AuthenticationFailed,
    /// A message broke a rule, and was answered or dropped.
    Malformed(sip::message::Violation),
    /// A response belonged to no transaction.
    StrayResponse,
}

/// The machine of one flow.
#[derive(Debug)]
pub struct Station {
    flow: Flow,
    transactions: TransactionLayer,
    registrations: Registrations,
    /// Registrations that wait for the registrar.
    pending: Vec<Pending>,
    calls: Option<Box<Calls>>,
    pings: PingBudget,
    tags: Tags,
    /// When the transaction layer wants to be called.
    transaction_timer: Option<Instant>,
    /// When the flow is closed for want of a registration.
    close_at: Option<Instant>,
    /// The last [`Output::SetTimer`].
    armed: Option<Instant>,
    is_closing: bool,
    is_closed: bool,
    /// Calls that this flow has begun.
    call_count: u32,
    outputs: VecDeque<Output>,
}

impl Station {
    /// The station of a new flow.
    #[must_use]
    pub fn new(flow: Flow, now: Instant) -> Self {
        let transport = match flow.transport {
            Transport::Udp => transaction::Transport::Unreliable,
            Transport::Tcp | Transport::Tls => transaction::Transport::Reliable,
        };
        let limits = match flow.listener {
            // An edge carries many phones over one flow.
            Listener::MraOAuth => TableLimits { server: 8_192, client: 8_192 },
            _ => TableLimits::default(),
        };
        // The peer of 5091 has authenticated itself by its certificate, and may be idle for long.
        let close_at = (flow.listener != Listener::MraOAuth).then(|| now + UNREGISTERED_FLOW);
        Self {
            flow,
            transactions: TransactionLayer::new(transport, TimerValues::default(), limits),
            registrations: Registrations::default(),
            pending: Vec::new(),
            calls: None,
            pings: PingBudget::default(),
            tags: Tags::default(),
            transaction_timer: None,
            close_at,
            armed: None,
            is_closing: false,
            is_closed: false,
            call_count: 0,
            outputs: VecDeque::new(),
        }
    }

    /// The flow.
    #[must_use]
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Whether a device is registered on the flow.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        !self.registrations.is_empty()
    }

    /// The devices that are registered on the flow.
    pub fn bindings(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.registrations.iter().map(|registration| &registration.binding)
    }

    /// The device that a request comes from, for who shows it: of a REGISTER the one that it names, of any other the one that is
    /// registered on the flow. Nothing is decided by it.
    #[must_use]
    pub fn shown_sender(&self, request: &Request) -> Option<String> {
        if *request.method() != sip::message::Method::Register {
            return self.sender(request).map(|registration| registration.binding.device.to_string());
        }
        match vendor::device_name(request) {
            Some(name) => Some(String::from_utf8_lossy(&name).into_owned()),
            None => self.registrations.only().map(|only| only.binding.device.to_string()),
        }
    }

    /// Whether a call has a dialog or a request on the flow.
    #[must_use]
    pub fn has_calls(&self) -> bool {
        self.calls.is_some()
    }

    /// Whether nothing would be lost with the station: no registration, no transaction, no call.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.registrations.is_empty()
            && self.transactions.servers() + self.transactions.clients() == 0
            && self.calls.is_none()
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Now, view: &impl NodeView, input: Input) {
        match input {
            Input::Receive(message) => self.receive(now, view, message),
            Input::ReceiveThrottled(message, wait) => self.receive_throttled(now, view, message, wait),
            Input::Malformed(error) => self.malformed(&error),
            Input::Ping => self.ping(now),
            Input::Command(command) => self.command(now, view, command),
            Input::Bound(device, outcome) => self.bound(now, view, &device, outcome),
            Input::End(binding, reason) => self.end(now, view, &binding, reason),
            Input::Timeout => self.timeout(now, view),
            Input::Closed => self.closed(now, view),
        }
        self.set_timer();
    }

    /// The next thing it wants.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() && self.outputs.capacity() > 8 {
            // A burst must not leave its room behind on an idle connection.
            self.outputs = VecDeque::new();
        }
        output
    }

    fn receive(&mut self, now: Now, view: &impl NodeView, message: Message) {
        let message = match message {
            Message::Request(mut request) => {
                request.set_source(self.flow.remote);
                Message::Request(request)
            }
            response @ Message::Response(_) => response,
        };
        self.transactions.handle(now.monotonic, transaction::Input::Receive(message));
        self.drain(now, view);
    }

    fn receive_throttled(&mut self, now: Now, view: &impl NodeView, message: Message, wait: Duration) {
        let Message::Request(mut request) = message else { return };
        if *request.method() == sip::message::Method::Ack {
            return;
        }
        request.set_source(self.flow.remote);
        let seconds = wait.as_secs().clamp(1, 300);
        let reply = reply::begin(&request, StatusCode::SERVICE_UNAVAILABLE, now, view, &mut self.tags)
            .header_display(sip::message::HeaderName::RetryAfter, seconds);
        self.refused((now, view), &request, StatusCode::SERVICE_UNAVAILABLE, Reason::Throttled, None, None);
        self.transmit(reply);
    }

    /// Takes what the transaction layer wants, until it wants nothing more.
    fn drain(&mut self, now: Now, view: &impl NodeView) {
        while let Some(output) = self.transactions.poll() {
            match output {
                transaction::Output::Transmit(message) => self.outputs.push_back(Output::Transmit(message)),
                transaction::Output::SetTimer(at) => self.transaction_timer = Some(at),
                transaction::Output::Event(event) => self.transaction_event(now, view, event),
            }
        }
        self.release_calls();
    }

    fn malformed(&mut self, error: &ParseError) {
        self.outputs.push_back(Output::Event(Event::Malformed(error.violation())));
        if let Some(reply) = error.reply() {
            self.outputs.push_back(Output::Transmit(reply));
        }
        if error.answer().close {
            self.close(CloseReason::FramingLost);
        }
    }

    fn ping(&mut self, now: Now) {
        if self.pings.spend(now.monotonic) {
            self.outputs.push_back(Output::Transmit(Bytes::from_static(b"\r\n")));
        } else {
            self.close(CloseReason::PingFlood);
        }
    }

    fn timeout(&mut self, now: Now, view: &impl NodeView) {
        self.armed = None;
        if self.transaction_timer.is_some_and(|at| at <= now.monotonic) {
            self.transaction_timer = None;
            self.transactions.handle(now.monotonic, transaction::Input::Timeout);
            self.drain(now, view);
        }
        if self.registrations.check_at().is_some_and(|at| at <= now.monotonic) {
            self.expire(now, view);
        }
        if self.close_at.is_some_and(|at| at <= now.monotonic) {
            self.close_at = None;
            self.close(CloseReason::Unregistered);
        }
    }

    fn closed(&mut self, now: Now, view: &impl NodeView) {
        (self.is_closing, self.is_closed) = (true, true);
        self.transactions.handle(now.monotonic, transaction::Input::TransportFailed);
        self.drain(now, view);
        if let Some(calls) = self.calls.take() {
            for leg in calls.legs() {
                let event = FlowEvent::FlowClosed { flow: self.flow.id, leg: leg.leg };
                self.outputs.push_back(Output::ToCall(leg.call, Box::new(event)));
            }
        }
        for device in self.registrations.names() {
            self.unregister(now, &device, UnregistrationReason::ConnectivityError);
        }
        self.pending.clear();
        (self.transaction_timer, self.close_at) = (None, None);
    }

    /// Announces the earliest deadline, when it is earlier than what was announced.
    fn set_timer(&mut self) {
        let deadlines = [self.transaction_timer, self.registrations.check_at(), self.close_at];
        let Some(earliest) = deadlines.into_iter().flatten().min() else { return };
        if self.armed.is_none_or(|armed| earliest < armed) {
            self.armed = Some(earliest);
            self.outputs.push_back(Output::SetTimer(earliest));
        }
    }

    fn close(&mut self, reason: CloseReason) {
        if !self.is_closing {
            self.is_closing = true;
            self.outputs.push_back(Output::Close(reason));
        }
    }

    /// Answers in a server transaction.
    fn respond(&mut self, now: Now, transaction: ServerKey, reply: ResponseBuilder) {
        let status = reply.status();
        // A reply is built from values of a parsed request and of the node's own settings, neither of which can break a line.
        let Ok(response) = reply.finish() else { return };
        let input = transaction::Input::Respond { transaction, status, response };
        self.transactions.handle(now.monotonic, input);
    }

    /// Answers outside any transaction.
    fn transmit(&mut self, reply: ResponseBuilder) {
        if let Ok(response) = reply.finish() {
            self.outputs.push_back(Output::Transmit(response));
        }
    }

    fn begin_reply(
        &mut self,
        request: &Request,
        status: StatusCode,
        now: Now,
        view: &impl NodeView,
    ) -> ResponseBuilder {
        reply::begin(request, status, now, view, &mut self.tags)
    }

    /// Notes a refusal.
    fn refused(
        &mut self,
        (now, view): (Now, &impl NodeView),
        request: &Request,
        status: StatusCode,
        reason: Reason,
        device: Option<String>,
        user: Option<String>,
    ) {
        let call_id = request.headers().call_id().unwrap_or_default();
        let case =
            Case { request, reason, flow: &self.flow, now, view, device: device.as_deref(), user: user.as_deref() };
        let (steps, remedy) = (case.steps(), case.remedy());
        let refusal = Refusal {
            reason,
            status,
            method: request.method().clone(),
            call_id: String::from_utf8_lossy(call_id).into_owned(),
            device,
            user,
            steps,
            remedy,
        };
        self.outputs.push_back(Output::Event(Event::Refused(Box::new(refusal))));
    }
}
