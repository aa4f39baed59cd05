//! The figures of RFC 3261 §17 and RFC 6026, row by row, on virtual time and through the layer.
//!
//! A test plays on a [`Flow`] and compares what it saw: one line for each output, with the milliseconds since the
//! start. `>` is the wire, `*` the transaction user.

mod cancel;
mod invite_client;
mod invite_server;
mod layer;
mod non_invite_client;
mod non_invite_server;
mod sequence;

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::*;
use crate::message::{Message, Request, Response, StatusCode};

/// A transaction layer, a clock that tests turn, and what came out.
struct Flow {
    layer: TransactionLayer,
    start: Instant,
    now: Instant,
    timer: Option<Instant>,
    seen: Vec<String>,
    last_server: Option<ServerKey>,
}

impl Flow {
    fn new(transport: Transport) -> Self {
        Self::with_limits(transport, TableLimits::default())
    }

    fn with_limits(transport: Transport, limits: TableLimits) -> Self {
        let start = Instant::now();
        let layer = TransactionLayer::new(transport, TimerValues::default(), limits);
        Self { layer, start, now: start, timer: None, seen: Vec::new(), last_server: None }
    }

    fn reliable() -> Self {
        Self::new(Transport::Reliable)
    }

    fn unreliable() -> Self {
        Self::new(Transport::Unreliable)
    }

    fn handle(&mut self, input: Input) {
        self.layer.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.layer.poll() {
            let what = match output {
                Output::SetTimer(at) => {
                    assert!(at >= self.now, "a timer in the past");
                    self.timer = Some(at);
                    continue;
                }
                Output::Transmit(bytes) => format!("> {}", summary(&bytes)),
                Output::Event(event) => format!("* {}", self.describe(event)),
            };
            let at = (self.now - self.start).as_millis();
            self.seen.push(format!("{at} {what}"));
        }
    }

    fn describe(&mut self, event: Event) -> String {
        match event {
            Event::Request { transaction, request } => {
                self.last_server = Some(transaction);
                request.method().to_string()
            }
            Event::Cancel { .. } => "cancelled".into(),
            Event::Ack { invite, .. } => format!("ACK {}", if invite.is_some() { "of a 2xx" } else { "of nothing" }),
            Event::Response { transaction, response } => format!("{} to {}", response.status(), transaction.0),
            Event::Timeout { transaction } => format!("timeout of {}", transaction.0),
            Event::TransportError { transaction } => format!("transport error of {}", transaction.0),
            Event::Terminated { transaction } => format!("end of {}", transaction.0),
            Event::Unacknowledged { .. } => "no ACK".into(),
            Event::Unanswered { .. } => "no answer".into(),
            Event::StrayResponse => "stray response".into(),
            Event::Refused { refusal, .. } => format!("{refusal:?}"),
        }
    }

    /// Turns the clock, firing timers on the way.
    fn advance(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        while let Some(at) = self.timer.filter(|at| *at <= end) {
            self.timer = None;
            self.now = at.max(self.now);
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    fn receive(&mut self, message: &str) {
        let message = Message::parse(Bytes::from(message.to_owned())).unwrap();
        self.handle(Input::Receive(message));
    }

    fn send(&mut self, key: u64, request: &str) {
        let request = Request::parse(Bytes::from(request.to_owned())).unwrap();
        self.handle(Input::Send { key: ClientKey(key), request });
    }

    /// Answers the last request that the transaction user saw.
    fn respond(&mut self, status: u16) {
        let transaction = self.last_server.unwrap();
        let status = StatusCode::new(status).unwrap();
        let response = Bytes::from(format!("SIP/2.0 {status} {}\r\n\r\n", status.reason()));
        self.handle(Input::Respond { transaction, status, response });
    }

    /// How many transactions are open.
    fn open(&self) -> usize {
        self.layer.servers() + self.layer.clients()
    }

    /// What was seen since the last call.
    fn seen(&mut self) -> Vec<String> {
        std::mem::take(&mut self.seen)
    }

    fn forget(&mut self) {
        self.seen.clear();
    }
}

/// Request line or status line, without the URI and the version.
fn summary(bytes: &Bytes) -> String {
    let line = String::from_utf8_lossy(bytes).lines().next().unwrap().to_owned();
    match line.strip_prefix("SIP/2.0 ") {
        Some(status) => status.split(' ').next().unwrap().to_owned(),
        None => line.split(' ').next().unwrap().to_owned(),
    }
}

/// A request from the peer, with a branch of its own unless given.
fn request(method: &str, branch: &str) -> String {
    numbered(method, branch, 1, "")
}

/// A request with a sequence number and To parameters.
fn numbered(method: &str, branch: &str, sequence: u32, to_parameters: &str) -> String {
    format!(
        "{method} sip:1002@127.0.0.11 SIP/2.0\r\n\
         Via: SIP/2.0/TLS 127.0.0.1:4711;branch={branch}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:1001@127.0.0.11>;tag=a1\r\n\
         To: <sip:1002@127.0.0.11>{to_parameters}\r\n\
         Call-ID: call-1@127.0.0.1\r\n\
         CSeq: {sequence} {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// A response from the peer to a request of ours with this branch.
fn response(status: u16, method: &str, branch: &str) -> String {
    format!(
        "SIP/2.0 {status} Whatever\r\n\
         Via: SIP/2.0/TLS 127.0.0.1:4711;branch={branch}\r\n\
         From: <sip:1001@127.0.0.11>;tag=a1\r\n\
         To: <sip:1002@127.0.0.11>;tag=b2\r\n\
         Call-ID: call-1@127.0.0.1\r\n\
         CSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// What went over the wire last, parsed as a response.
fn parsed_response(bytes: &Bytes) -> Response {
    Response::parse(bytes.clone()).unwrap()
}
