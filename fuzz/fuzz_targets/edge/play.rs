//! The world of a play: both halves, what joins them, and who talks to them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use edge::{
    CoreSettings, EdgeSettings, ExpresswayC, ExpresswayE, Flow, FlowId, FlowKind, Input, Now, Output, ZoneName,
};
use sip::message::{HeaderName, Message, Method, Request};
use sip::transport::Frame;
use token::UnixTime;

use crate::answer::{answer, fill, frames, route};
use crate::plane::Plane;
use crate::view::{View, access_token};

const NODE_NAME: &str = "ucm1.example.com";

/// Longer than anything is remembered.
const LONG: Duration = Duration::from_secs(3 * 3_600);

/// How many timers may come due while that time passes: one that is always due again would never end.
const MOST_TIMERS: usize = 5_000;

pub struct Play {
    e: ExpresswayE,
    c: ExpresswayC,
    media_e: Plane,
    media_c: Plane,
    view: View,
    start: Instant,
    now: Instant,
    skew: i64,
    timers: [Option<Instant>; 2],
    /// The connection of each phone; numbers are not used again.
    phones: [Option<FlowId>; 3],
    /// The link at E and at C, and the connection to the node.
    link: Option<(FlowId, FlowId)>,
    node: Option<FlowId>,
    next: u64,
    at_node: Option<Request>,
    at_phone: Option<(FlowId, Request)>,
    route: Vec<u8>,
    token: String,
    answers_options: bool,
    to_e: VecDeque<Input>,
    to_c: VecDeque<Input>,
}

impl Play {
    /// All are there, and no phone has connected.
    pub fn new() -> Self {
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
        let mut play = Self {
            e: ExpresswayE::new(edge, [1; 32]),
            c: ExpresswayC::new(core, [2; 32]),
            media_e: Plane::default(),
            media_c: Plane::default(),
            view: View::new(),
            start,
            now: start,
            skew: 0,
            timers: [None; 2],
            phones: [None; 3],
            link: None,
            node: None,
            next: 1,
            at_node: None,
            at_phone: None,
            route: Vec::new(),
            token: access_token("alice"),
            answers_options: true,
            to_e: VecDeque::new(),
            to_c: VecDeque::from([Input::Reconfigured]),
        };
        play.carry();
        play.join();
        play.node_up();
        play
    }

    pub fn step(&mut self, step: &[u8]) {
        let Some((what, words)) = step.split_first() else { return };
        let first = words.first().copied();
        match what {
            b'1'..=b'3' => {
                let flow = self.phone(usize::from(what - b'1'));
                self.say(words, |frame| (true, flow, frame));
            }
            b'n' => {
                if let Some(node) = self.node {
                    self.say(words, |frame| (false, node, frame));
                }
            }
            b'e' | b'c' => {
                if let Some((edge, core)) = self.link {
                    let is_e = *what == b'e';
                    self.say(words, |frame| (is_e, if is_e { edge } else { core }, frame));
                }
            }
            b'A' => {
                if let (Some(node), Some(request)) = (self.node, &self.at_node) {
                    let said = answer(request, words);
                    self.say(&said, |frame| (false, node, frame));
                }
            }
            b'P' => {
                if let Some((phone, request)) = &self.at_phone {
                    let (phone, said) = (*phone, answer(request, words));
                    if self.phones.contains(&Some(phone)) {
                        self.say(&said, |frame| (true, phone, frame));
                    }
                }
            }
            b'x' => {
                let index = usize::from(first.unwrap_or_default() % 3);
                if let Some(flow) = self.phones[index].take() {
                    self.to_e.push_back(Input::Closed(flow));
                }
            }
            b'l' if first == Some(b'+') => self.join(),
            b'l' => self.part(),
            b'd' if first == Some(b'+') => self.node_up(),
            b'd' => self.node_down(),
            b'w' => self.pass(Duration::from_secs(first.unwrap_or_default().into())),
            b's' => self.skew = i64::from(first.unwrap_or_default() as i8),
            b'k' => {
                self.e.rotate_key([first.unwrap_or_default(); 32]);
                self.c.rotate_key([first.unwrap_or_default(); 32]);
            }
            b'z' => {
                match first.unwrap_or_default() % 3 {
                    0 => self.view.set_nodes(&[]),
                    1 => self.view.set_nodes(&[(NODE_NAME, "10.0.0.11", 5099)]),
                    _ => self.view.set_nodes(&[(NODE_NAME, "10.0.0.11", 5091)]),
                }
                self.to_c.push_back(Input::Reconfigured);
            }
            b'q' => self.answers_options = false,
            _ => {}
        }
        self.carry();
    }

    /// All flows end.
    pub fn end(mut self) {
        for flow in std::mem::take(&mut self.phones).into_iter().flatten() {
            self.to_e.push_back(Input::Closed(flow));
        }
        self.carry();
        assert_eq!(self.e.remembered(), usize::from(self.link.is_some()), "of phones E remembers nothing at once");
        self.part();
        self.node_down();
        assert_eq!(self.e.remembered(), 0);
        self.pass(LONG);
        assert_eq!(self.c.remembered(), 0, "C in time");
        assert_eq!(self.c.sessions().count(), 0);
        assert!(self.media_e.open.is_empty() && self.media_c.open.is_empty(), "every stream is closed");
    }

    fn say(&mut self, words: &[u8], to: impl Fn(Frame) -> (bool, FlowId, Frame)) {
        for frame in frames(&fill(words, &self.route, &self.token)) {
            let (is_e, flow, frame) = to(frame);
            let queue = if is_e { &mut self.to_e } else { &mut self.to_c };
            queue.push_back(input(flow, frame));
        }
    }

    fn phone(&mut self, index: usize) -> FlowId {
        if let Some(flow) = self.phones[index] {
            return flow;
        }
        let flow = self.flow(FlowKind::Phone, "203.0.113.22:5061", "198.51.100.7");
        let id = flow.id;
        self.phones[index] = Some(id);
        self.to_e.push_back(Input::Opened(flow));
        id
    }

    fn join(&mut self) {
        if self.link.is_none() {
            let of = |name: &str| FlowKind::Traversal { names: vec![name.to_owned()] };
            let edge = self.flow(of("expc.example.com"), "203.0.113.22:7001", "10.0.0.21");
            let core = self.flow(of("expe.example.com"), "10.0.0.21:40000", "203.0.113.22");
            self.link = Some((edge.id, core.id));
            self.to_e.push_back(Input::Opened(edge));
            self.to_c.push_back(Input::Opened(core));
            self.carry();
        }
    }

    fn part(&mut self) {
        if let Some((edge, core)) = self.link.take() {
            self.to_e.push_back(Input::Closed(edge));
            self.to_c.push_back(Input::Closed(core));
            self.carry();
        }
    }

    fn node_up(&mut self) {
        if self.node.is_none() {
            let kind = FlowKind::Zone { name: ZoneName::ceoauth(NODE_NAME) };
            let flow = self.flow(kind, "10.0.0.21:40001", "10.0.0.11");
            self.node = Some(flow.id);
            self.to_c.push_back(Input::Opened(flow));
            self.carry();
        }
    }

    fn node_down(&mut self) {
        if let Some(node) = self.node.take() {
            self.to_c.push_back(Input::Closed(node));
            self.carry();
        }
    }

    fn flow(&mut self, kind: FlowKind, local: &str, remote: &str) -> Flow {
        let id = FlowId(self.next);
        self.next += 1;
        let remote = format!("{remote}:{}", 50_000 + self.next).parse().expect("an address");
        Flow { id, kind, local: local.parse().expect("an address"), remote }
    }

    /// Hands in each timeout when it is due.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut left = MOST_TIMERS;
        while let Some(due) = self.timers.into_iter().flatten().min().filter(|due| *due <= until) {
            left = left.checked_sub(1).expect("timers that come due without end");
            self.now = self.now.max(due);
            if self.timers[0].take_if(|at| *at <= due).is_some() {
                self.to_e.push_back(Input::Timeout);
            }
            if self.timers[1].take_if(|at| *at <= due).is_some() {
                self.to_c.push_back(Input::Timeout);
            }
            self.carry();
        }
        self.now = until;
    }

    fn now(&self, skew: i64) -> Now {
        let unix = crate::UNIX + self.now.duration_since(self.start).as_secs();
        Now { monotonic: self.now, unix: UnixTime(unix.saturating_add_signed(skew)) }
    }

    /// Until nothing moves.
    fn carry(&mut self) {
        loop {
            if let Some(input) = self.to_e.pop_front() {
                self.e.handle(self.now(self.skew), &mut self.media_e, input);
            } else if let Some(input) = self.to_c.pop_front() {
                self.c.handle(self.now(0), &self.view, &mut self.media_c, input);
            } else {
                return;
            }
            while let Some(output) = self.e.poll() {
                self.output_of_e(output);
            }
            while let Some(output) = self.c.poll() {
                self.output_of_c(output);
            }
        }
    }

    fn output_of_e(&mut self, output: Output) {
        match output {
            Output::Transmit(to, octets) => {
                let whole = whole(&octets);
                match self.link {
                    Some((edge, core)) if edge == to => {
                        self.to_c.extend(whole.into_iter().map(|frame| input(core, frame)));
                    }
                    _ => whole.into_iter().for_each(|frame| self.phone_gets(to, frame)),
                }
            }
            Output::Close(flow, _) => self.closed_by_e(flow),
            Output::Connect(target) => panic!("E connects to {target:?}"),
            Output::SetTimer(at) => self.timers[0] = Some(at),
            Output::Event(_) => {}
        }
    }

    fn output_of_c(&mut self, output: Output) {
        match output {
            Output::Transmit(to, octets) => {
                let whole = whole(&octets);
                match self.link {
                    Some((edge, core)) if core == to => {
                        self.to_e.extend(whole.into_iter().map(|frame| input(edge, frame)));
                    }
                    _ => whole.into_iter().for_each(|frame| self.node_gets(to, frame)),
                }
            }
            Output::Close(flow, _) if self.node == Some(flow) => {
                self.node = None;
                self.to_c.push_back(Input::Closed(flow));
            }
            Output::Close(flow, _) => self.link_closed(flow),
            Output::SetTimer(at) => self.timers[1] = Some(at),
            Output::Connect(_) | Output::Event(_) => {}
        }
    }

    fn closed_by_e(&mut self, flow: FlowId) {
        match self.phones.iter_mut().find(|phone| **phone == Some(flow)) {
            Some(phone) => {
                *phone = None;
                self.to_e.push_back(Input::Closed(flow));
            }
            None => self.link_closed(flow),
        }
    }

    fn link_closed(&mut self, flow: FlowId) {
        if let Some((edge, core)) = self.link.take_if(|(edge, core)| *edge == flow || *core == flow) {
            self.to_e.push_back(Input::Closed(edge));
            self.to_c.push_back(Input::Closed(core));
        }
    }

    fn phone_gets(&mut self, phone: FlowId, frame: Frame) {
        assert!(self.phones.contains(&Some(phone)), "nothing is written to a flow that has ended");
        if let Frame::Message(message) = frame {
            let headers = message.headers();
            assert!(!headers.contains(HeaderName::ProxyAuthorization) && !headers.contains(HeaderName::Authorization));
            if let Message::Request(request) = message {
                self.at_phone = Some((phone, request));
            }
        }
    }

    fn node_gets(&mut self, node: FlowId, frame: Frame) {
        assert_eq!(self.node, Some(node), "nothing is written to a flow that has ended");
        let Frame::Message(Message::Request(request)) = frame else { return };
        assert_eq!(request.headers().routes().count(), 0);
        let is_of_zone = request.headers().first(HeaderName::CallId).is_some_and(|id| id.starts_with(b"zone-"));
        if is_of_zone && *request.method() == Method::Options {
            if self.answers_options {
                let said = answer(&request, b"200 OK\r\nContent-Length: 0\r\n\r\n");
                self.to_c.extend(frames(&said).into_iter().map(|frame| input(node, frame)));
            }
            return;
        }
        if *request.method() == Method::Register {
            self.route = route(&request);
        }
        self.at_node = Some(request);
    }
}

/// What a half writes at once: whole messages that its reader takes.
fn whole(octets: &[u8]) -> Vec<Frame> {
    let frames = frames(octets);
    for frame in &frames {
        if let Frame::Malformed(error) = frame {
            panic!("what is written cannot be read: {error}\n{}", String::from_utf8_lossy(octets));
        }
    }
    assert!(!frames.is_empty(), "half a message: {}", String::from_utf8_lossy(octets));
    frames
}

fn input(flow: FlowId, frame: Frame) -> Input {
    match frame {
        Frame::KeepAlivePing => Input::Ping(flow),
        Frame::KeepAlivePong => Input::Pong(flow),
        Frame::Message(message) => Input::Received(flow, message),
        Frame::Malformed(error) => Input::Malformed(flow, error),
    }
}
