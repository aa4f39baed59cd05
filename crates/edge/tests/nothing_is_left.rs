//! Whatever happens on the flows of both halves, and in whatever order: nothing is left when the flows have ended, nothing
//! that one half writes is refused by the other, and nobody gets a message that is not for him.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod support;

use std::time::Duration;

use proptest::prelude::*;
use ringbearer_edge::{FlowId, Input};
use sip::message::{Message, Request};
use support::*;

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    Open(u64),
    Close(u64),
    Register {
        phone: u64,
        sequence: u32,
        with_token: bool,
    },
    Send {
        phone: u64,
        method: usize,
        sequence: u32,
        with_route: bool,
        with_body: bool,
    },
    AnswerAsNode {
        status: usize,
        expires: u32,
    },
    AnswerAsPhone {
        status: usize,
    },
    SendAsNode {
        method: usize,
    },
    Ping(u64),
    Part,
    Join,
    /// What is written to the link is lost from now on, until it is joined anew.
    Mute,
    NodeLost,
    Wait(u64),
    Skew(i64),
    Rotate(u8),
    Malformed(u64),
}

const METHODS: [&str; 9] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "SERVICE", "NOTIFY", "FROB"];
const STATUSES: [&str; 6] =
    ["100 Trying", "180 Ringing", "200 OK", "407 Proxy Authentication Required", "486 Busy Here", "503 No"];

fn step() -> impl Strategy<Value = Step> {
    let phone = 1..4u64;
    prop_oneof![
        3 => phone.clone().prop_map(Step::Open),
        1 => phone.clone().prop_map(Step::Close),
        5 => (phone.clone(), 1..5u32, any::<bool>())
            .prop_map(|(phone, sequence, with_token)| Step::Register { phone, sequence, with_token }),
        5 => (phone.clone(), 0..METHODS.len(), 1..9u32, any::<bool>(), any::<bool>()).prop_map(
            |(phone, method, sequence, with_route, with_body)| Step::Send { phone, method, sequence, with_route, with_body }
        ),
        6 => (0..STATUSES.len(), 0..200u32).prop_map(|(status, expires)| Step::AnswerAsNode { status, expires }),
        3 => (0..STATUSES.len()).prop_map(|status| Step::AnswerAsPhone { status }),
        4 => (0..METHODS.len()).prop_map(|method| Step::SendAsNode { method }),
        1 => phone.clone().prop_map(Step::Ping),
        1 => Just(Step::Part),
        2 => Just(Step::Join),
        1 => Just(Step::Mute),
        1 => Just(Step::NodeLost),
        2 => (0..90u64).prop_map(Step::Wait),
        1 => prop_oneof![Just(0), Just(100), Just(-100)].prop_map(Step::Skew),
        1 => any::<u8>().prop_map(Step::Rotate),
        1 => phone.prop_map(Step::Malformed),
    ]
}

/// The world, and what the test knows of it.
struct Run {
    world: World,
    /// The connection of each phone, if it has one; numbers are not used again.
    flows: [Option<FlowId>; 4],
    next: u64,
    path: String,
    at_node: Option<Request>,
    at_phone: Option<(FlowId, Request)>,
    is_node_up: bool,
    is_joined: bool,
}

impl Run {
    fn new() -> Self {
        let (flows, path) = ([None; 4], String::new());
        Self {
            world: World::new(),
            flows,
            next: 1,
            path,
            at_node: None,
            at_phone: None,
            is_node_up: true,
            is_joined: true,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Open(phone) => {
                let slot = &mut self.flows[phone as usize];
                if slot.is_none() {
                    *slot = Some(FlowId(self.next));
                    self.world.tell_e(Input::Opened(phone_flow(self.next)));
                    self.next += 1;
                }
            }
            Step::Close(phone) => {
                if let Some(flow) = self.flows[phone as usize].take() {
                    self.world.tell_e(Input::Closed(flow));
                }
            }
            Step::Register { phone, sequence, with_token } => {
                let token = if with_token { access_token("alice") } else { String::new() };
                self.send(phone, &register(phone, sequence, &token));
            }
            Step::Send { phone, method, sequence, with_route, with_body } => {
                let route: String = self.path.lines().rev().map(|line| format!("{line}\r\n")).collect();
                let lines = if with_route { route } else { String::new() };
                let mut message = request(phone, METHODS[method], "sip:1002@ucm1.example.com", sequence, &lines);
                if with_body {
                    message = message.replace(
                        "Content-Length: 0\r\n\r\n",
                        "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc",
                    );
                }
                self.send(phone, &message);
            }
            Step::AnswerAsNode { status, expires } => {
                if let Some(request) = self.at_node.clone().filter(|_| self.is_node_up) {
                    let lines = format!("Contact: <sip:guid@192.168.1.2>\r\nExpires: {expires}\r\n");
                    self.world.node_answers(&request, STATUSES[status], &lines);
                }
            }
            Step::AnswerAsPhone { status } => {
                if let Some((flow, request)) = self.at_phone.clone() {
                    self.world.phone_sends(flow, &answer(&request, STATUSES[status], ""));
                }
            }
            Step::SendAsNode { method } if self.is_node_up => {
                self.world.node_sends(&from_node(METHODS[method], &self.path, ""));
            }
            Step::SendAsNode { .. } => {}
            Step::Ping(phone) => {
                if let Some(flow) = self.flows[phone as usize] {
                    self.world.tell_e(Input::Ping(flow));
                }
            }
            Step::Part => self.part(),
            Step::Join if !self.is_joined => {
                self.world.join();
                self.is_joined = true;
            }
            Step::Join => {}
            Step::Mute => self.world.link = false,
            Step::NodeLost => {
                if std::mem::take(&mut self.is_node_up) {
                    self.world.tell_c(Input::Closed(NODE));
                }
            }
            Step::Wait(seconds) => self.world.pass(Duration::from_secs(seconds)),
            Step::Skew(seconds) => self.world.skew = seconds,
            Step::Rotate(seed) => {
                self.world.e.rotate_key([seed; 32]);
                self.world.c.rotate_key([seed; 32]);
            }
            Step::Malformed(phone) => {
                let mut framer = sip::transport::StreamFramer::new();
                framer.push(b"INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKa\r\n\r\n");
                if let (Some(flow), Some(sip::transport::Frame::Malformed(error))) =
                    (self.flows[phone as usize], framer.next_frame())
                {
                    self.world.tell_e(Input::Malformed(flow, error));
                }
            }
        }
        self.look();
    }

    fn send(&mut self, phone: u64, message: &str) {
        if let Some(flow) = self.flows[phone as usize] {
            self.world.phone_sends(flow, message);
        }
    }

    fn part(&mut self) {
        if std::mem::take(&mut self.is_joined) {
            self.world.part();
        }
    }

    /// Looks at what came out.
    fn look(&mut self) {
        while let Some((flow, message)) = self.world.at_phones.pop_front() {
            if flow.0 >= 1_000 {
                // Written to the link, and lost.
                continue;
            }
            assert!(self.flows.contains(&Some(flow)), "nothing is written to a flow that has ended");
            match message {
                Message::Request(request) => {
                    assert!(!request.headers().contains(sip::message::HeaderName::ProxyAuthorization));
                    self.at_phone = Some((flow, request));
                }
                Message::Response(response) => {
                    assert_eq!(response.headers().vias().count(), 1, "only the phone's own Via is left");
                }
            }
        }
        for (flow, _) in std::mem::take(&mut self.world.closed) {
            if flow == self.world.edge_link || flow == self.world.core_link {
                self.part();
            }
            for slot in &mut self.flows {
                if *slot == Some(flow) {
                    *slot = None;
                    self.world.tell_e(Input::Closed(flow));
                }
            }
        }
        while let Some(message) = self.world.at_node.pop_front() {
            if let Message::Request(request) = message {
                assert_eq!(request.headers().routes().count(), 0);
                if *request.method() == sip::message::Method::Register {
                    self.path = path_of(&request);
                }
                self.at_node = Some(request);
            }
        }
        self.world.events.clear();
        self.world.connects.clear();
    }

    fn end(mut self) {
        for flow in std::mem::take(&mut self.flows).into_iter().flatten() {
            self.world.tell_e(Input::Closed(flow));
        }
        assert_eq!(self.world.e.remembered(), usize::from(self.is_joined), "of phones E remembers nothing at once");
        self.part();
        if self.is_node_up {
            self.world.tell_c(Input::Closed(NODE));
        }
        assert_eq!(self.world.e.remembered(), 0);
        self.world.pass(Duration::from_secs(7_300));
        assert_eq!(self.world.c.remembered(), 0, "C in time");
        assert_eq!(self.world.c.sessions().count(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn of_any_sequence_of_flows_and_messages(steps in proptest::collection::vec(step(), 1..60)) {
        let mut run = Run::new();
        for step in steps {
            run.take(step);
        }
        run.end();
    }
}
