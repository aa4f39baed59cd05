//! The world of a play: both halves, what joins them, and who talks to them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use edge::{CoreSettings, EdgeSettings, ExpresswayC, ExpresswayE, Flow, FlowId, FlowKind, Input, Now, ZoneName};
use sip::message::Request;
use sip::transport::Frame;
use token::UnixTime;

use crate::answer::{answer, fill, frames};
use crate::carry::input;
use crate::plane::Plane;
use crate::view::{View, access_token};

const NODE_NAME: &str = "ucm1.example.com";

/// Longer than anything is remembered.
const LONG: Duration = Duration::from_secs(3 * 3_600);

/// How many timers may come due while that time passes: one that is always due again would never end.
const MOST_TIMERS: usize = 5_000;

pub struct Play {
    pub(crate) e: ExpresswayE,
    pub(crate) c: ExpresswayC,
    pub(crate) media_e: Plane,
    pub(crate) media_c: Plane,
    pub(crate) view: View,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) skew: i64,
    pub(crate) timers: [Option<Instant>; 2],
    /// The connection of each phone; numbers are not used again.
    pub(crate) phones: [Option<FlowId>; 3],
    /// The link at E and at C, and the connection to the node.
    pub(crate) link: Option<(FlowId, FlowId)>,
    pub(crate) node: Option<FlowId>,
    pub(crate) next: u64,
    pub(crate) at_node: Option<Request>,
    pub(crate) at_phone: Option<(FlowId, Request)>,
    pub(crate) route: Vec<u8>,
    pub(crate) token: String,
    pub(crate) answers_options: bool,
    pub(crate) to_e: VecDeque<Input>,
    pub(crate) to_c: VecDeque<Input>,
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

    pub(crate) fn now(&self, skew: i64) -> Now {
        let unix = crate::UNIX + self.now.duration_since(self.start).as_secs();
        Now { monotonic: self.now, unix: UnixTime(unix.saturating_add_signed(skew)) }
    }
}
