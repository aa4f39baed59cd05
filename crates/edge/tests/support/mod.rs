//! An Expressway-E and an Expressway-C joined by a stream, with phones on one side and a Unified CM node on the other.
//!
//! Whatever one half writes to the link is cut by the stream framer and handed to the other, and must parse: a message
//! that its reader refuses by closing would end the test.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod plane;
mod view;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ringbearer_edge::{
    CloseReason, CoreSettings, EdgeSettings, Event, ExpresswayC, ExpresswayE, Flow, FlowId, FlowKind, Input, Now,
    Output, Target, ZoneName,
};
use sip::message::{HeaderName, Message, Request, Response};
use sip::transport::{Frame, StreamFramer};
use token::UnixTime;

pub(crate) use plane::NoMedia;
pub(crate) use view::*;

pub(crate) const UNIX: u64 = 1_800_000_000;
pub(crate) const NODE: FlowId = FlowId(3_000);

/// Both halves and what they wrote.
pub(crate) struct World {
    pub(crate) e: ExpresswayE,
    pub(crate) c: ExpresswayC,
    pub(crate) view: View,
    pub(crate) now: Now,
    /// How far E's wall clock is ahead of C's.
    pub(crate) skew: i64,
    pub(crate) link: bool,
    /// The flow of the link at either end; no number is used twice.
    pub(crate) edge_link: FlowId,
    pub(crate) core_link: FlowId,
    /// Whether the node answers OPTIONS by itself.
    pub(crate) node_answers_options: bool,
    pub(crate) at_phones: VecDeque<(FlowId, Message)>,
    pub(crate) at_node: VecDeque<Message>,
    pub(crate) closed: Vec<(FlowId, CloseReason)>,
    pub(crate) events: Vec<Event>,
    pub(crate) connects: Vec<Target>,
    pub(crate) pongs: usize,
    pub(crate) pings: usize,
    pub(crate) timer_e: Option<Instant>,
    pub(crate) timer_c: Option<Instant>,
    to_c: StreamFramer,
    to_e: StreamFramer,
    start: Instant,
}

pub(crate) fn zone() -> ZoneName {
    ZoneName::ceoauth("ucm1.example.com")
}

impl World {
    /// Both halves, without link and node.
    pub(crate) fn apart() -> Self {
        let edge = EdgeSettings {
            host: "203.0.113.22".into(),
            port: 5061,
            aliases: vec!["expe.example.com".into()],
            certificate_subject: "CN=expe.example.com".into(),
            certificate_key_usage: vec!["serverAuth".into()],
        };
        let core = CoreSettings {
            host: "10.0.0.21".into(),
            port: 5061,
            aliases: vec!["expc.example.com".into()],
            realm: "ccmsipline".into(),
        };
        let start = Instant::now();
        Self {
            e: ExpresswayE::new(edge, [1; 32]),
            c: ExpresswayC::new(core, [2; 32]),
            view: View::new(),
            now: Now { monotonic: start, unix: UnixTime(UNIX) },
            skew: 0,
            link: false,
            edge_link: FlowId(1_000),
            core_link: FlowId(2_000),
            node_answers_options: true,
            at_phones: VecDeque::new(),
            at_node: VecDeque::new(),
            closed: Vec::new(),
            events: Vec::new(),
            connects: Vec::new(),
            pongs: 0,
            pings: 0,
            timer_e: None,
            timer_c: None,
            to_c: StreamFramer::new(),
            to_e: StreamFramer::new(),
            start,
        }
    }

    /// Joined, with a node that answers OPTIONS.
    pub(crate) fn new() -> Self {
        let mut world = Self::apart();
        world.tell_c(Input::Reconfigured);
        world.join();
        world.node_up();
        world
    }

    pub(crate) fn join(&mut self) {
        self.link = true;
        self.edge_link.0 += 10;
        self.core_link.0 += 10;
        (self.to_c, self.to_e) = (StreamFramer::new(), StreamFramer::new());
        let names = vec!["expe.example.com".to_owned()];
        let core = Flow {
            id: self.core_link,
            kind: FlowKind::Traversal { names },
            local: "10.0.0.21:40000".parse().unwrap(),
            remote: "203.0.113.22:7001".parse().unwrap(),
        };
        self.tell_e(Input::Opened(traversal(self.edge_link)));
        self.tell_c(Input::Opened(core));
    }

    /// The link breaks; both see it.
    pub(crate) fn part(&mut self) {
        self.link = false;
        self.tell_e(Input::Closed(self.edge_link));
        self.tell_c(Input::Closed(self.core_link));
    }

    /// The node's connection comes up and OPTIONS is answered.
    pub(crate) fn node_up(&mut self) {
        let flow = Flow {
            id: NODE,
            kind: FlowKind::Zone { name: zone() },
            local: "10.0.0.21:40001".parse().unwrap(),
            remote: "10.0.0.11:5091".parse().unwrap(),
        };
        self.tell_c(Input::Opened(flow));
        if !self.node_answers_options {
            let options = self.node_request();
            self.node_answers(&options, "200 OK", "");
        }
    }

    /// A phone connects.
    pub(crate) fn phone(&mut self, id: u64) -> FlowId {
        self.tell_e(Input::Opened(phone_flow(id)));
        FlowId(id)
    }

    /// A phone registers with a good token.
    pub(crate) fn registered_phone(&mut self, id: u64) -> FlowId {
        let phone = self.phone(id);
        self.phone_sends(phone, &register(id, 1, &access_token(&format!("user{id}"))));
        let request = self.node_request();
        let contact = text(request.headers().first(HeaderName::Contact).unwrap());
        self.node_answers(&request, "200 OK", &format!("Contact: {contact}\r\nExpires: 120\r\n"));
        assert_eq!(self.phone_response(phone).status().as_u16(), 200);
        phone
    }

    pub(crate) fn phone_sends(&mut self, phone: FlowId, message: &str) {
        let message = Message::parse(Bytes::from(message.to_owned())).expect("a message of the test parses");
        self.tell_e(Input::Received(phone, message));
    }

    pub(crate) fn node_sends(&mut self, message: &str) {
        let message = Message::parse(Bytes::from(message.to_owned())).expect("a message of the test parses");
        self.tell_c(Input::Received(NODE, message));
    }

    /// What the node got next.
    pub(crate) fn node_request(&mut self) -> Request {
        match self.at_node.pop_front() {
            Some(Message::Request(request)) => request,
            other => panic!("no request at the node: {other:?}, {:?}", self.events),
        }
    }

    pub(crate) fn node_response(&mut self) -> Response {
        match self.at_node.pop_front() {
            Some(Message::Response(response)) => response,
            other => panic!("no response at the node: {other:?}, {:?}", self.events),
        }
    }

    /// What a phone got next.
    pub(crate) fn phone_response(&mut self, phone: FlowId) -> Response {
        match self.at_phones.pop_front() {
            Some((at, Message::Response(response))) if at == phone => response,
            other => panic!("no response at the phone: {other:?}, {:?}", self.events),
        }
    }

    pub(crate) fn phone_request(&mut self, phone: FlowId) -> Request {
        match self.at_phones.pop_front() {
            Some((at, Message::Request(request))) if at == phone => request,
            other => panic!("no request at the phone: {other:?}, {:?}", self.events),
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.at_phones.is_empty() && self.at_node.is_empty()
    }

    /// The node answers.
    pub(crate) fn node_answers(&mut self, request: &Request, status: &str, lines: &str) {
        let response = answer(request, status, lines);
        self.node_sends(&response);
    }

    /// The status, and the text of the Warning.
    pub(crate) fn refusal(&mut self, phone: FlowId) -> (u16, String) {
        let response = self.phone_response(phone);
        let warning = response.headers().warnings().next().map(|warning| warning.unwrap().text.into_owned());
        (response.status().as_u16(), warning.unwrap_or_default())
    }

    /// The codes of the refusals and drops since the last look.
    pub(crate) fn reasons(&mut self) -> Vec<&'static str> {
        let events = std::mem::take(&mut self.events);
        events
            .iter()
            .filter_map(|event| match event {
                Event::Refused { reason, .. } | Event::Dropped { reason, .. } => Some(reason.code()),
                _ => None,
            })
            .collect()
    }

    /// Lets time pass, and hands in each timeout when it is due.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now.monotonic + time;
        while let Some(due) = [self.timer_e, self.timer_c].into_iter().flatten().min().filter(|due| *due <= until) {
            self.set_clock(due.max(self.now.monotonic));
            if self.timer_e.is_some_and(|at| at <= due) {
                self.timer_e = None;
                self.tell_e(Input::Timeout);
            }
            if self.timer_c.is_some_and(|at| at <= due) {
                self.timer_c = None;
                self.tell_c(Input::Timeout);
            }
        }
        self.set_clock(until);
    }

    fn set_clock(&mut self, at: Instant) {
        let elapsed = at.duration_since(self.start).as_secs();
        self.now = Now { monotonic: at, unix: UnixTime(UNIX + elapsed) };
    }

    pub(crate) fn tell_e(&mut self, input: Input) {
        let unix = UnixTime(self.now.unix.0.checked_add_signed(self.skew).unwrap());
        self.e.handle(Now { unix, ..self.now }, &mut NoMedia, input);
        self.carry();
    }

    pub(crate) fn tell_c(&mut self, input: Input) {
        self.c.handle(self.now, &self.view, &mut NoMedia, input);
        self.carry();
    }

    fn carry(&mut self) {
        let mut has_moved = true;
        while has_moved {
            has_moved = false;
            while let Some(output) = self.e.poll() {
                has_moved = true;
                self.output_of_e(output);
            }
            while let Some(output) = self.c.poll() {
                has_moved = true;
                self.output_of_c(output);
            }
        }
    }

    fn output_of_e(&mut self, output: Output) {
        match output {
            Output::Transmit(id, octets) if self.link && id == self.edge_link => {
                self.to_c.push(&octets);
                while let Some(frame) = self.to_c.next_frame() {
                    let input = self.input(self.core_link, frame);
                    self.c.handle(self.now, &self.view, &mut NoMedia, input);
                }
            }
            Output::Transmit(_, octets) if &octets[..] == b"\r\n" => self.pongs += 1,
            Output::Transmit(phone, octets) => {
                self.at_phones.push_back((phone, Message::parse(octets).expect("what a phone gets parses")));
            }
            Output::Close(id, reason) => self.closed.push((id, reason)),
            Output::Connect(target) => panic!("E connects to {target:?}"),
            Output::SetTimer(at) => self.timer_e = Some(at),
            Output::Event(event) => self.events.push(event),
        }
    }

    fn output_of_c(&mut self, output: Output) {
        match output {
            Output::Transmit(id, octets) if self.link && id == self.core_link => {
                self.to_e.push(&octets);
                while let Some(frame) = self.to_e.next_frame() {
                    let input = self.input(self.edge_link, frame);
                    let unix = UnixTime(self.now.unix.0.checked_add_signed(self.skew).unwrap());
                    self.e.handle(Now { unix, ..self.now }, &mut NoMedia, input);
                }
            }
            Output::Transmit(_, octets) if octets.starts_with(b"\r\n") => {}
            Output::Transmit(NODE, octets) => {
                let message = Message::parse(octets).expect("what a node gets parses");
                match &message {
                    Message::Request(request) if self.node_answers_options && is_of_a_zone(request) => {
                        let response = Message::parse(Bytes::from(answer(request, "200 OK", ""))).unwrap();
                        self.c.handle(self.now, &self.view, &mut NoMedia, Input::Received(NODE, response));
                    }
                    _ => self.at_node.push_back(message),
                }
            }
            Output::Transmit(..) => {}
            Output::Close(id, reason) => self.closed.push((id, reason)),
            Output::Connect(target) => self.connects.push(target),
            Output::SetTimer(at) => self.timer_c = Some(at),
            Output::Event(event) => self.events.push(event),
        }
    }

    fn input(&mut self, flow: FlowId, frame: Frame) -> Input {
        match frame {
            Frame::KeepAlivePing => {
                // To C, the second of two answers looks like a ping.
                self.pings += usize::from(flow == self.edge_link);
                Input::Ping(flow)
            }
            Frame::KeepAlivePong => Input::Pong(flow),
            Frame::Message(message) => Input::Received(flow, message),
            Frame::Malformed(error) => panic!("one half wrote what the other cannot read: {error}"),
        }
    }
}

fn is_of_a_zone(request: &Request) -> bool {
    request.headers().first(HeaderName::CallId).is_some_and(|call_id| call_id.starts_with(b"zone-"))
}

pub(crate) fn phone_flow(id: u64) -> Flow {
    Flow {
        id: FlowId(id),
        kind: FlowKind::Phone,
        local: "203.0.113.22:5061".parse().unwrap(),
        remote: format!("198.51.100.7:{}", 50_000 + id).parse().unwrap(),
    }
}

pub(crate) fn traversal(id: FlowId) -> Flow {
    let names = vec!["expc.example.com".to_owned()];
    Flow {
        id,
        kind: FlowKind::Traversal { names },
        local: "203.0.113.22:7001".parse().unwrap(),
        remote: "10.0.0.21:40000".parse().unwrap(),
    }
}

/// A REGISTER of a phone; all phones have the same private address.
pub(crate) fn register(id: u64, sequence: u32, token: &str) -> String {
    let credentials = match token {
        "" => String::new(),
        token => format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n"),
    };
    request(
        id,
        "REGISTER",
        "sip:ucm1.example.com",
        sequence,
        &format!(
            "{credentials}Contact: <sip:guid@192.168.1.2:50000;transport=tls>;+u.sip!devicename.ccm.cisco.com=\"CSF{id}\"\r\nExpires: 3600\r\n"
        ),
    )
}

/// A request of a phone.
pub(crate) fn request(id: u64, method: &str, uri: &str, sequence: u32, lines: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\n\
         Via: SIP/2.0/TLS 192.168.1.2:50000;branch=z9hG4bK{id}x{sequence};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:{id}@ucm1.example.com>;tag=from{id}\r\n\
         To: <sip:1002@ucm1.example.com>\r\n\
         Call-ID: call-{id}@192.168.1.2\r\n\
         CSeq: {sequence} {method}\r\n\
         {lines}Content-Length: 0\r\n\r\n"
    )
}

/// A request of the node to a phone, with this route.
pub(crate) fn from_node(method: &str, route: &str, lines: &str) -> String {
    format!(
        "{method} sip:guid@192.168.1.2:50000;transport=tls SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.0.0.11:5091;branch=z9hG4bKnode1\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:1002@ucm1.example.com>;tag=ucm\r\n\
         To: <sip:1@ucm1.example.com>\r\n\
         Call-ID: call-of-node@10.0.0.11\r\n\
         CSeq: 101 {method}\r\n\
         {route}{lines}Content-Length: 0\r\n\r\n"
    )
}

/// The Route of requests to the phone whose REGISTER came to the node as `request`.
pub(crate) fn path_of(request: &Request) -> String {
    request.headers().values(HeaderName::Path).map(|path| format!("Route: {}\r\n", text(path))).collect()
}

pub(crate) fn answer(request: &Request, status: &str, lines: &str) -> String {
    let headers = request.headers();
    let mut response = format!("SIP/2.0 {status}\r\n");
    for via in headers.values(HeaderName::Via) {
        response += &format!("Via: {}\r\n", text(via));
    }
    for record_route in headers.values(HeaderName::RecordRoute) {
        response += &format!("Record-Route: {}\r\n", text(record_route));
    }
    for name in [HeaderName::From, HeaderName::CallId, HeaderName::CSeq] {
        response += &format!("{name}: {}\r\n", text(headers.first(name).unwrap()));
    }
    let to = text(headers.first(HeaderName::To).unwrap());
    let tag = if to.contains(";tag=") { "" } else { ";tag=answered" };
    response + &format!("To: {to}{tag}\r\n{lines}Content-Length: 0\r\n\r\n")
}

pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Each field of a message, in order.
pub(crate) fn fields(message: &Message) -> Vec<(String, String)> {
    message.headers().iter().map(|field| (text(field.name()), text(field.value()))).collect()
}
