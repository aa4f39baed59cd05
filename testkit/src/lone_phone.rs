//! One softphone, and a test that plays its network: for what no good node would answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use phone::config::DeviceConfig;
use phone::{CallId, Command, EndCause, Event, FlowId, Input, Output, Phone, Settings, Target};
use sip::message::{Message, Request, Response, ResponseBuilder, StatusCode};

use crate::office::random;

/// A phone without a network.
pub struct LonePhone {
    /// The phone.
    pub phone: Phone,
    /// The time.
    pub now: Instant,
    /// The flow that the phone asked for last, and where to.
    pub flow: Option<(FlowId, Target)>,
    /// What the phone sent and no test has looked at.
    pub sent: Vec<String>,
    /// What its user saw and no test has looked at.
    pub events: Vec<Event>,
    /// Nodes that the phone wants probed.
    pub probes: Vec<Target>,
    /// Flows that it wanted closed.
    pub closed: Vec<FlowId>,
    timer: Option<Instant>,
}

impl LonePhone {
    /// A phone that has not been started.
    pub fn new(settings: Settings, config: DeviceConfig) -> Self {
        Self {
            phone: Phone::new(settings, config, random(1)),
            now: Instant::now(),
            flow: None,
            sent: Vec::new(),
            events: Vec::new(),
            probes: Vec::new(),
            closed: Vec::new(),
            timer: None,
        }
    }

    /// Something happens.
    pub fn input(&mut self, input: Input) {
        self.phone.handle(self.now, input);
        while let Some(output) = self.phone.poll() {
            match output {
                Output::Connect { flow, target } => self.flow = Some((flow, target)),
                Output::Disconnect { flow } => self.closed.push(flow),
                Output::Transmit { message, .. } => self.sent.push(String::from_utf8_lossy(&message).into_owned()),
                Output::Probe { target } => self.probes.push(target),
                Output::SetTimer(at) => self.timer = Some(at),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    /// The user wants something.
    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    /// The flow that the phone asked for comes up.
    pub fn connected(&mut self) {
        let flow = self.flow_id();
        self.input(Input::Connected { flow, local: SocketAddr::from(([10, 10, 10, 10], 62162)) });
    }

    /// The flow cannot be had, or breaks.
    pub fn disconnected(&mut self) {
        let flow = self.flow_id();
        self.input(Input::Disconnected { flow, reason: "connection refused".into() });
    }

    fn flow_id(&self) -> FlowId {
        self.flow.as_ref().unwrap().0
    }

    /// The node that the phone last asked for.
    pub fn target(&self) -> String {
        self.flow.as_ref().unwrap().1.to_string()
    }

    /// The request that the phone sent next.
    #[track_caller]
    pub fn request(&mut self, start: &str) -> Request {
        assert!(!self.sent.is_empty(), "nothing was sent, wanted {start}");
        let text = self.sent.remove(0);
        assert!(text.starts_with(start), "wanted {start}, got {text}");
        Request::parse(Bytes::from(text)).unwrap()
    }

    /// The response that the phone sent next.
    #[track_caller]
    pub fn response(&mut self, start: &str) -> Response {
        assert!(!self.sent.is_empty(), "nothing was sent, wanted {start}");
        let text = self.sent.remove(0);
        assert!(text.starts_with(start), "wanted {start}, got {text}");
        Response::parse(Bytes::from(text)).unwrap()
    }

    /// The server answers.
    pub fn answer(
        &mut self,
        request: &Request,
        status: StatusCode,
        complete: impl FnOnce(ResponseBuilder) -> ResponseBuilder,
    ) {
        let response = complete(Response::reply_to(request, status).to_tag("server")).finish().unwrap();
        self.receive(response);
    }

    /// A message comes.
    pub fn receive(&mut self, message: impl Into<Bytes>) {
        let flow = self.flow_id();
        let message = Message::parse(message.into()).unwrap();
        self.input(Input::Received { flow, message });
    }

    /// Time passes.
    pub fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        let mut in_a_row = 0;
        while let Some(at) = self.timer.filter(|at| *at <= end) {
            self.timer = None;
            in_a_row = if at > self.now { 0 } else { in_a_row + 1 };
            assert!(in_a_row < 100, "a timer that never ends");
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    /// When the phone wants to be called next.
    pub fn due_in(&self) -> Option<Duration> {
        Some(self.timer?.saturating_duration_since(self.now))
    }

    /// What its user saw since the last look.
    pub fn seen(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

/// A phone that is registered, by a server that asks for nothing.
pub fn registered() -> LonePhone {
    let config = crate::office::config("1001", true);
    let mut phone = LonePhone::new(Settings::new("CSFalice", [0x88, 0x23, 0x23, 0x45, 0x12, 0x34]), config);
    phone.command(Command::Register);
    phone.connected();
    let register = phone.request("REGISTER ");
    phone.answer(&register, StatusCode::OK, |response| response.header(sip::message::HeaderName::Expires, "36000"));
    phone.seen();
    phone
}

/// The call that has just been answered.
#[track_caller]
pub fn established(phone: &mut LonePhone) -> CallId {
    let seen = phone.seen();
    let Some(Event::Established { call }) = seen.last() else { panic!("{seen:?}") };
    *call
}

/// The call that has just come in.
#[track_caller]
pub fn incoming(phone: &mut LonePhone) -> CallId {
    let seen = phone.seen();
    let [Event::Incoming { call, .. }] = seen[..] else { panic!("{seen:?}") };
    call
}

/// Why the call that has just ended did.
#[track_caller]
pub fn end_of(phone: &mut LonePhone) -> EndCause {
    let seen = phone.seen();
    let Some(Event::Ended { cause, .. }) = seen.last() else { panic!("{seen:?}") };
    cause.clone()
}
